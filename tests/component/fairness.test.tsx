import { cleanup, configure, screen, waitFor, within } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ORPCError } from '@orpc/client'
import { imageId } from '#shared/contract/base.contract.ts'
import { baselineId, type Baseline } from '#shared/contract/baseline.contract.ts'
import type { EvaluationDetail } from '#shared/contract/evaluation.contract.ts'
import type {
  ErrorTreeResult,
  ImagesOfFigure,
  TreeLeaf,
  FairnessResult,
  GroupFigure,
  ComparisonResult,
  PairedFigures,
} from '#shared/contract/fairness.contract.ts'
import type {
  ListedSensitivity,
  SensitivityComparison,
  SensitivityResult,
} from '#shared/contract/sensitivity.contract.ts'
import { makeEvaluation, makeJob, makeTaskEvaluation } from './factories.ts'
import { createFixtureProcedures, fixtureImplementer as os, renderWindow } from './fixture-window.tsx'
import { stubLayout } from './stub-layout.ts'

configure({ asyncUtilTimeout: 20_000, getElementError: (message) => new Error(message ?? 'not found') })

beforeAll(stubLayout)
afterEach(cleanup)

const makeGroup = (race: string, part: Partial<GroupFigure>): GroupFigure => ({
  group: { race },
  value: 0.8,
  low: 0.74,
  high: 0.85,
  n: 180,
  identities: 150,
  shown: 'yes',
  shrunken: 0.79,
  pZero: null,
  ...part,
})

/** White has a whole figure, Indian one to be read with care, Black its count alone, and nobody is labelled Asian. */
const groups: readonly GroupFigure[] = [
  makeGroup('White', {}),
  makeGroup('Indian', {
    value: 0.55,
    low: 0.42,
    high: 0.67,
    n: 60,
    identities: 60,
    shown: 'wide',
    shrunken: 0.61,
  }),
  makeGroup('Black', {
    value: null,
    low: null,
    high: null,
    n: 20,
    identities: 9,
    shown: 'counts only',
    shrunken: null,
  }),
  makeGroup('Asian', {
    value: null,
    low: null,
    high: null,
    n: 0,
    identities: 0,
    shown: 'counts only',
    shrunken: null,
  }),
]

const makeResult = (part: Partial<FairnessResult> = {}): FairnessResult => ({
  evaluationId: makeEvaluation().evaluationId,
  baselineId: null,
  task: 'race',
  metric: 'accuracy',
  label: null,
  by: ['race'],
  confidence: 0.95,
  overall: { value: 0.7, low: 0.64, high: 0.75, n: 260 },
  groups: [...groups],
  aggregate: {
    min: 0.55,
    max: 0.8,
    difference: 0.25,
    ratio: 0.6875,
    differenceToOverall: 0.15,
    ratioToOverall: 0.786,
    low: 0.12,
    high: 0.38,
    groups: 2,
    undefinedGroups: 0,
  },
  gap: null,
  unshuffled: [],
  pairs: [
    {
      a: { race: 'White' },
      b: { race: 'Indian' },
      difference: 0.25,
      low: 0.12,
      high: 0.38,
      p: 0.0002,
      adjusted: 0.0002,
      method: 'cluster-robust',
      verdict: 'differs',
      margin: 0.05,
      smallestSeen: 0.18,
    },
  ],
  ungrouped: 3,
  unlabelled: 5,
  draws: { seed: 1, count: 0 },
  method: 'Intervals over people.',
  notes: ['3 images stand in no group.'],
  ...part,
})

const gap = { observed: 0.25, expectedByChance: 0.061, highByChance: 0.09, p: 0.0005, excess: 0.189 }

const theirs: Baseline = {
  baselineId: baselineId.parse(1),
  kind: 'deepface',
  name: 'DeepFace',
  source: 'answers.csv',
  sha256: 'a'.repeat(64),
  rows: 260,
  matched: 260,
  duplicates: 0,
  undetected: 12,
  notAsked: 0,
  severalFaces: 0,
  unreadAges: 0,
  mapping: [],
  unmatched: 0,
  tasks: ['race', 'gender'],
  answers: 260,
  createdAt: '2026-01-01T00:00:00.000Z',
}

const paired: PairedFigures = {
  a: { value: 0.7, low: 0.64, high: 0.75, n: 260 },
  b: { value: 0.6, low: 0.54, high: 0.66, n: 260 },
  difference: { value: 0.1, low: 0.03, high: 0.17, n: 260 },
  p: 0.004,
  adjusted: 0.004,
  verdict: 'differs',
  margin: 0.05,
  smallestSeen: 0.09,
}

const comparison: ComparisonResult = {
  a: { name: 'own', evaluationId: makeEvaluation().evaluationId, baselineId: null },
  b: { name: 'DeepFace', evaluationId: null, baselineId: theirs.baselineId },
  by: ['race'],
  confidence: 0.95,
  images: 260,
  tasks: {
    race: {
      ...paired,
      images: 260,
      detected: paired,
      byGroup: [{ group: { race: 'White' }, ...paired }],
      years: null,
    },
    gender: null,
    age: null,
  },
  undetected: 12,
  method: 'Over people.',
  notes: [],
}

const half = (value: number | null, n: number) => ({
  wrong: { value, low: value === null ? null : value - 0.05, high: value === null ? null : value + 0.05, n },
  people: n,
})
const makeLeaf = (part: Partial<TreeLeaf>): TreeLeaf => ({
  leaf: 0,
  conditions: [],
  grown: half(0.5, 60),
  held: half(0.45, 64),
  rest: half(0.2, 120),
  difference: { value: 0.25, low: 0.1, high: 0.4, p: 0.0005, adjusted: 0.001 },
  claim: 'more',
  state: 'confirmed',
  ...part,
})
const condition = { cut: null, label: null, withUnknown: false } as const

/** A leaf that holds, one that does not, and one of too few images. */
const tree: ErrorTreeResult = {
  evaluationId: makeEvaluation().evaluationId,
  baselineId: null,
  task: 'race',
  seed: 1,
  covariates: [],
  grown: half(0.3, 184),
  held: half(0.3, 204),
  leaves: [
    makeLeaf({
      leaf: 1,
      conditions: [
        { ...condition, covariate: 'race', relation: 'is', label: 'Indian' },
        { ...condition, covariate: 'brightness', relation: 'at most', cut: 0.41234 },
        { ...condition, covariate: 'brightness', relation: 'above', cut: 0.2, withUnknown: true },
      ],
    }),
    makeLeaf({
      leaf: 0,
      state: 'not confirmed',
      conditions: [{ ...condition, covariate: 'race', relation: 'is not', label: 'Indian' }],
    }),
    makeLeaf({
      leaf: 2,
      held: half(null, 12),
      difference: null,
      state: 'too few',
      conditions: [{ ...condition, covariate: 'yaw', relation: 'not known' }],
    }),
  ],
  unlabelled: 0,
  method: 'A tree.',
  notes: [],
}

const flips = { value: 0.06, low: 0.03, high: 0.1, n: 200 }
const figure = { flips, movedYears: null, people: 190 }
const change = (kind: SensitivityComparison['kind']): SensitivityComparison => ({
  task: 'race',
  kind,
  by: 'race',
  overall: figure,
  groups: [
    { group: 'White', ...figure },
    { group: 'Indian', ...figure, flips: { value: null, low: null, high: null, n: 20 }, people: 20 },
  ],
  flipsGap:
    kind === 'flip'
      ? { observed: 0.08, expectedByChance: 0.02, highByChance: 0.05, p: 0.001, adjusted: 0.004 }
      : null,
  movedYearsGap: null,
})
const changed = [change('crop'), change('brightness'), change('flip')]
const summary: ListedSensitivity['results'][number] = {
  jobId: makeJob().id,
  subject: makeEvaluation().weightsSha256,
  evaluationId: makeEvaluation().evaluationId,
  modelId: makeEvaluation().modelId,
  model: 'own',
  weightsSha256: makeEvaluation().weightsSha256,
  split: 'one',
  splitHash: makeEvaluation().splitHash,
  part: 'val',
  choices: { perGroup: null, draws: 1000, seed: 1 },
  images: 220,
  unreadable: 0,
  withoutFace: 0,
  unlike: 0,
  createdAt: '2026-01-01T00:00:00.000Z',
}

function openFairness(path = '/fairness', evaluation: Partial<EvaluationDetail> = {}) {
  const asked: {
    draws: number
    metric: string
    by: readonly string[]
    label: string | undefined
    margin: number | undefined
    confidence: number
    correction: string
    baselineId: number | undefined
    undetected: string
  }[] = []
  const leaves: number[] = []
  const flipped: string[] = []
  const procedures = createFixtureProcedures()
  procedures.evaluation.list = os.evaluation.list.handler(() => [makeEvaluation(evaluation)])
  procedures.baseline.list = os.baseline.list.handler(() => [theirs])
  const fairness = {
    get: os.fairness.get.handler(({ input }) => {
      asked.push({
        draws: input.draws,
        metric: input.metric,
        by: input.by,
        label: input.label,
        margin: input.margin,
        confidence: input.confidence,
        correction: input.correction,
        baselineId: input.baselineId,
        undetected: input.undetected,
      })
      const { task, metric, by, label = null } = input
      const draws = { seed: 1, count: input.draws }
      return makeResult({ task, metric, by, label, draws, gap: input.draws === 0 ? null : gap })
    }),
    progress: os.fairness.progress.handler(() => ({ done: 500, total: 2000 })),
    compare: os.fairness.compare.handler((): ComparisonResult => comparison),
    errorTree: os.fairness.errorTree.handler((): ErrorTreeResult => tree),
    errorTreeImages: os.fairness.errorTreeImages.handler(({ input }) => {
      leaves.push(input.leaf)
      return behind
    }),
    images: os.fairness.images.handler(() => behind),
  }
  const sensitivity = {
    list: os.sensitivity.list.handler((): ListedSensitivity => ({ results: [summary], faulty: [] })),
    get: os.sensitivity.get.handler((): SensitivityResult => ({
      ...summary,
      comparisons: changed,
      notes: ['A flip does not say which is right.'],
    })),
    images: os.sensitivity.images.handler(({ input }) => {
      flipped.push(`${input.kind} ${input.group ?? 'all'}`)
      return {
        n: 200,
        changed: 12,
        images: [
          { imageId: imageId.parse(8), thumb: 't8', answer: 'Indian', others: ['White'], movedYears: null },
        ],
      }
    }),
  }
  renderWindow({ path, procedures: Object.assign(procedures, { fairness, sensitivity }) })
  return { asked, leaves, flipped }
}

const behind: ImagesOfFigure = {
  n: 2,
  wrong: 1,
  images: [
    {
      imageId: imageId.parse(4),
      thumb: 't4',
      labelled: 'Indian',
      predicted: 'White',
      isRight: false,
      years: null,
      labelledYears: null,
    },
    {
      imageId: imageId.parse(5),
      thumb: 't5',
      labelled: 'Indian',
      predicted: 'Indian',
      isRight: true,
      years: null,
      labelledYears: null,
    },
  ],
}

const cellsOf = (row: HTMLElement) =>
  within(row)
    .getAllByRole('cell')
    .map(({ textContent }) => textContent)

describe('the Fairness screen', () => {
  it('gives every group with images its figure, interval, images and people, and says why one is grey', async () => {
    openFairness()
    const table = await screen.findByRole('table', { name: 'Accuracy by group' })
    const rows = within(table).getAllByRole('row').slice(1)
    expect(rows.map((row) => within(row).getByRole('rowheader').textContent)).toEqual([
      'White',
      'Indian',
      'Black',
    ])
    const [white = table, indian = table, black = table] = rows
    expect(cellsOf(white)).toEqual(['80.0%', '(74.0 to 85.0)', '180', '150', '79.0%', ''])
    expect(cellsOf(indian).at(-1)).toContain('60 images')
    expect(cellsOf(black).slice(0, 3)).toEqual(['–', '–', '20'])
    expect(cellsOf(black).at(-1)).toContain('below 30')
  })

  it('says the gap at once, and what chance alone would give when it has been drawn', async () => {
    const { asked } = openFairness()
    await screen.findByText(/25\.0 points apart \(12\.0 to 38\.0\)/)
    await screen.findByText(/Chance alone would give 6\.1 points/)
    expect(asked.map(({ draws }) => draws).toSorted((a, b) => a - b)).toEqual([0, 2000])
  })

  it('ends each pair of groups in a verdict', async () => {
    openFairness()
    const table = await screen.findByRole('table', { name: 'Pairs of groups' })
    const row = within(table).getByRole('row', { name: /White less Indian/ })
    expect(cellsOf(row)).toEqual(['+25.0 points', '(+12.0 to +38.0)', '0.0002', 'differs'])
  })

  it('leads from the count of a group to its images, wrong answers first', async () => {
    openFairness()
    const table = await screen.findByRole('table', { name: 'Accuracy by group' })
    await userEvent.click(within(table).getByRole('button', { name: 'Show the 60 images labelled Indian' }))
    await screen.findByText('1 of 2 answered wrong, these first')
    const links = screen.getAllByRole('link', { name: /^Image [45]/ })
    expect(links.map(({ textContent }) => textContent)).toEqual(['Indian → White', 'Indian'])
    expect(links[0]?.getAttribute('href')).toContain('image=4')
    await userEvent.click(screen.getByRole('button', { name: 'Close the images' }))
    await waitFor(() => expect(screen.queryByRole('link', { name: /^Image 4/ })).toBeNull())
  })

  it('asks for what is chosen, and offers a label only for metrics of one', async () => {
    const { asked } = openFairness()
    const metric = await screen.findByRole('combobox', { name: 'Metric' })
    expect(screen.queryByRole('combobox', { name: 'Of label' })).toBeNull()
    await userEvent.selectOptions(metric, 'False positive rate')
    await userEvent.selectOptions(await screen.findByRole('combobox', { name: 'Of label' }), 'Indian')
    await userEvent.click(screen.getByRole('checkbox', { name: 'Gender' }))
    await waitFor(() =>
      expect(asked.at(-1)).toMatchObject({
        metric: 'falsePositiveRate',
        label: 'Indian',
        by: ['race', 'gender'],
      }),
    )
  })

  it('asks for the margin, the confidence and the correction that are chosen', async () => {
    const { asked } = openFairness()
    const margin = await screen.findByRole('textbox', { name: 'Alike within (points)' })
    await userEvent.clear(margin)
    await userEvent.type(margin, '3')
    await userEvent.selectOptions(screen.getByRole('combobox', { name: 'Confidence' }), '99%')
    await userEvent.selectOptions(screen.getByRole('combobox', { name: 'Pairs corrected by' }), 'None')
    await waitFor(() =>
      expect(asked.at(-1)).toMatchObject({ margin: 0.03, confidence: 0.99, correction: 'none' }),
    )
  })

  it('gives the stored answers of another system the same figures, without faces counted or left out', async () => {
    const { asked } = openFairness()
    const source = await screen.findByRole('combobox', { name: 'Evaluation' })
    await userEvent.selectOptions(source, 'DeepFace')
    await userEvent.click(await screen.findByRole('checkbox', { name: /Leave out 12 images/ }))
    await waitFor(() => expect(asked.at(-1)).toMatchObject({ baselineId: 1, undetected: 'excluded' }))
    // Stored answers are labels, and no probabilities.
    const metric = screen.getByRole('combobox', { name: 'Metric' })
    expect(within(metric).queryByRole('option', { name: 'Brier score' })).toBeNull()
    expect(within(metric).getByRole('option', { name: 'Balanced accuracy' })).toBeDefined()
  })

  it('sets a model beside another system on the same images, paired', async () => {
    openFairness()
    await userEvent.selectOptions(await screen.findByRole('combobox', { name: 'Compare with' }), 'DeepFace')
    const table = await screen.findByRole('table', { name: 'Two systems on the same images' })
    const rows = within(table).getAllByRole('row').slice(1)
    expect(rows.map((row) => within(row).getByRole('rowheader').textContent)).toEqual([
      'All',
      'Where the second found a face',
      'White',
    ])
    expect(cellsOf(rows[0] ?? table)).toEqual([
      '70.0% (64.0 to 75.0)',
      '60.0% (54.0 to 66.0)',
      '+10.0 points (+3.0 to +17.0)',
      '260',
      'differs',
    ])
  })

  it('looks where errors gather when it is asked to, and says of each leaf whether it holds', async () => {
    const { leaves } = openFairness()
    await userEvent.click(await screen.findByRole('button', { name: 'Look for it' }))
    const table = await screen.findByRole('table', { name: 'Leaves of the tree of errors' })
    const rows = within(table).getAllByRole('row').slice(1)
    expect(rows.map((row) => within(row).getByRole('rowheader').textContent)).toEqual([
      'Leaf 1 labelled Indian; Brightness above 0.2 and at most 0.412, or not known',
      'Leaf 2 not labelled Indian',
      'Leaf 3 Turned aside not known',
    ])
    expect(rows.map((row) => cellsOf(row).at(-2))).toEqual([
      'more errors: confirmed',
      'not confirmed',
      'not tested: 12 images of 12 people on the other half',
    ])
    expect(cellsOf(rows[0] ?? table).slice(0, 4)).toEqual([
      '45.0% (40.0-50.0)',
      '64',
      '64',
      '+25.0 points (+10.0 to +40.0)',
    ])
    await screen.findByText(/Of 3 leaves 1 are confirmed.*Most errors: labelled Indian/)
    await userEvent.click(within(table).getByRole('button', { name: 'Show the 64 images of Leaf 1' }))
    await screen.findByText('1 of 2 answered wrong, these first')
    expect(leaves).toEqual([1])
    await userEvent.click(screen.getByRole('button', { name: 'Hide' }))
    await waitFor(() => expect(screen.queryByRole('link', { name: /^Image 4/ })).toBeNull())
  })

  it('shows how answers flip with the picture, by group and kind of change, and leads to the images', async () => {
    const { flipped } = openFairness()
    const cropped = await screen.findByRole('table', { name: 'Answers that flip: crop' })
    expect(within(cropped).getByRole('row', { name: /^White/ }).textContent).toContain('6.0% (3.0-10.0)')
    expect(cellsOf(within(cropped).getByRole('row', { name: /^Indian/ })).slice(0, 2)).toEqual(['–', '20'])
    await screen.findByText(/No gap of chance/)
    await userEvent.click(screen.getByRole('radio', { name: 'Mirrored' }))
    const mirrored = await screen.findByRole('table', { name: 'Answers that flip: mirrored' })
    await screen.findByText(/8\.0 points apart, by chance 2\.0 points .* groups differ/)
    await userEvent.click(within(mirrored).getByRole('button', { name: 'Show the 200 images: White' }))
    await screen.findByText('12 of 200 flip, these first; first 100 shown')
    expect(screen.getByRole('link', { name: /^Image 8/ }).textContent).toBe('Indian → White')
    expect(flipped).toEqual(['flip White'])
  })

  it('offers metrics of years for a model that gives years, and for no other', async () => {
    openFairness('/fairness?task=age', { tasks: { race: null, gender: null, age: makeTaskEvaluation() } })
    const metric = await screen.findByRole('combobox', { name: 'Metric' })
    const titles = within(metric)
      .getAllByRole('option')
      .map(({ textContent }) => textContent)
    expect(titles).toContain('At most one bin off')
    expect(titles).not.toContain('Mean absolute error')
  })

  it('without an evaluation leads to where one is made', async () => {
    const procedures = createFixtureProcedures()
    procedures.evaluation.list = os.evaluation.list.handler(() => [])
    renderWindow({ path: '/fairness', procedures })
    expect(await screen.findByRole('button', { name: 'Evaluate a model' })).toBeDefined()
  })

  it('says what the engine says when figures cannot be had', async () => {
    const procedures = createFixtureProcedures()
    const get = os.fairness.get.handler(() => {
      throw new ORPCError('CONFLICT', { message: 'The answers of evaluation 1 were changed.', defined: true })
    })
    renderWindow({ path: '/fairness', procedures: Object.assign(procedures, { fairness: { get } }) })
    expect((await screen.findByRole('alert')).textContent).toContain(
      'The answers of evaluation 1 were changed.',
    )
  })
})
