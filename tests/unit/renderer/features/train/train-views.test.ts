import { describe, expect, it } from 'vitest'
import { plotColors } from '#renderer/components/plot/plot-figure.ts'
import { describeConfig, findDifferingColumns } from '#renderer/features/train/config-words.ts'
import { accuracyFigure, yearsFigure } from '#renderer/features/train/figures/accuracy-figures.ts'
import { comparisonFigure, lineStyleOf } from '#renderer/features/train/figures/comparison-figure.ts'
import {
  gradientFigure,
  lossWeightsFigure,
  speedFigure,
} from '#renderer/features/train/figures/course-figures.ts'
import { groupFigure, tasksByRace } from '#renderer/features/train/figures/group-figure.ts'
import { taskLossFigure } from '#renderer/features/train/figures/loss-figures.ts'
import { trainFields } from '#renderer/features/train/fields/train-fields.ts'
import {
  canKeepBest,
  canResumeRun,
  describeRunEnd,
  describeSpeed,
  filterRuns,
  readTags,
} from '#renderer/features/train/runs-view.ts'
import { emptySweepForm, makeAxis, readSweep, type SweepForm } from '#renderer/features/train/sweep-view.ts'
import {
  appliesTo,
  draftOfConfig,
  draftOfPreset,
  findChanges,
  flattenConfig,
  toTrainRequest,
} from '#renderer/features/train/train-draft.ts'
import { changeTrainForm, openTrainForm, referenceOf } from '#renderer/features/train/train-form-state.ts'
import { runId } from '#shared/contract/base.contract.ts'
import { sweepRequest } from '#shared/contract/sweep.contract.ts'
import { trainConfig, type TrainConfigInput } from '#shared/contract/train-config.contract.ts'
import { fillFromPreset, trainPresets } from '#shared/derived/train-presets.ts'
import { makeEpoch, makeEstimate, makeRun, makeRunDetail } from '#tests/component/factories.ts'

const configOf = (part: Partial<TrainConfigInput> = {}) => trainConfig.parse({ splitId: 1, ...part })
const colors = plotColors.light

/** One configuration for each branch of each choice. */
const everyBranch = [
  {},
  { age: { target: 'years' } },
  { combination: { kind: 'fixed', weights: {} } },
  { combination: { kind: 'dwa' } },
  { optimiser: { kind: 'sgd' } },
  { arithmetic: 'float32' },
] as const satisfies Partial<TrainConfigInput>[]

describe('the fields of the form', () => {
  it('are all the choices of a run, each once', () => {
    const paths = new Set(everyBranch.flatMap((part) => Object.keys(flattenConfig(configOf(part)))))
    expect(trainFields.map(({ path }) => path).toSorted()).toEqual([...paths, 'name'].toSorted())
  })

  it('offer every value that the configuration knows, and only those', () => {
    for (const { path, control } of trainFields) {
      if (control.kind !== 'choice') continue
      expect(control.options.length).toBeGreaterThan(1)
      const base = draftOfConfig(configOf())
      const words = control.options.map(({ value }) => {
        const draft = { ...base, 'age.target': 'years', 'age.readOut': 'expected-years', [path]: value }
        const request = toTrainRequest(draft)
        return request.ok ? 'fine' : [path, value, ...request.problems.values()].join(' ')
      })
      expect(new Set(words)).toEqual(new Set(['fine']))
    }
  })

  it('are hidden where another choice makes them meaningless', () => {
    const shown = (part: Partial<TrainConfigInput>) => {
      const draft = draftOfConfig(configOf(part))
      return new Set(trainFields.filter((field) => appliesTo(field, draft)).map(({ path }) => path))
    }
    expect(shown({}).has('age.huberDelta')).toBe(false)
    expect(shown({ age: { target: 'years', loss: 'huber' } }).has('age.huberDelta')).toBe(true)
    expect(shown({ tasks: ['gender'] }).has('combination.kind')).toBe(false)
    expect(shown({ schedule: 'step' }).has('stepEpochs')).toBe(true)
    expect(shown({ optimiser: { kind: 'sgd' } }).has('optimiser.beta1')).toBe(false)
  })
})

describe('what the form sends', () => {
  it.each(everyBranch)('is the run that it was filled from, unchanged: %j', (part) => {
    const config = configOf(part)
    expect(toTrainRequest(draftOfConfig(config))).toEqual({ ok: true, config })
  })

  it('is every preset as it stands', () => {
    for (const preset of trainPresets) {
      // A probe takes no start weights, and its form asks for none.
      for (const init of preset.id === 'probe' ? ['random'] : ['random', '/weights.pth']) {
        const request = toTrainRequest({ ...draftOfPreset(preset, init), splitId: 1 })
        expect(request).toEqual({
          ok: true,
          config: configOf({ ...fillFromPreset(preset, init), init }),
        })
      }
    }
  })

  it('leaves out what a hidden field still holds, however wrong', () => {
    const draft = { ...draftOfConfig(configOf()), stepEpochs: '', 'age.huberDelta': -3 }
    expect(toTrainRequest(draft)).toEqual({ ok: true, config: configOf() })
  })

  it('says in words what is wrong with each field', () => {
    const request = toTrainRequest({
      ...draftOfConfig(configOf()),
      splitId: null,
      tasks: [],
      inputSize: 50,
      epochs: '',
      batchSize: 1,
      labelSmoothing: 1.5,
      'optimiser.beta1': 1,
      seed: 1.5,
      init: ' ',
    })
    expect(request.ok ? [] : [...request.problems]).toEqual([
      ['splitId', 'Choose the split to train on.'],
      ['tasks', 'Choose at least one head.'],
      ['inputSize', 'A multiple of 32.'],
      ['epochs', 'A number.'],
      ['batchSize', 'At least 2.'],
      ['labelSmoothing', 'At most 0.9.'],
      ['optimiser.beta1', 'Less than 1.'],
      ['seed', 'A whole number.'],
      ['init', 'Name the weights file, or start from random weights.'],
    ])
  })

  it('names the field of a rule that joins two', () => {
    const draft = draftOfConfig(configOf({ age: { target: 'years' } }))
    const request = toTrainRequest({ ...draft, 'age.loss': 'cross-entropy' })
    expect(request.ok ? '' : request.problems.get('age.loss')).toContain('expected-years')
  })
})

describe('presets in the form', () => {
  const [quick, fairface] = ['quick-look', 'fairface-baseline'].map((id) =>
    trainPresets.find((preset) => preset.id === id),
  )
  if (quick === undefined || fairface === undefined) throw new Error('There are no presets')
  const opened = openTrainForm({ kind: 'preset', preset: fairface }, 1)

  it('fill every field but the split and the name', () => {
    const named = changeTrainForm(opened, { kind: 'change', path: 'name', value: 'Mine' })
    const filled = changeTrainForm(named, { kind: 'fill', source: { kind: 'preset', preset: quick } })
    expect(filled.draft).toEqual({ ...draftOfPreset(quick, 'random'), splitId: 1, name: 'Mine' })
  })

  it('mark what differs from them, and take it back', () => {
    const changed = changeTrainForm(opened, { kind: 'change', path: 'epochs', value: 3 })
    expect([...findChanges(changed.draft, referenceOf(changed))]).toEqual(['epochs'])
    const reset = changeTrainForm(changed, { kind: 'reset', path: 'epochs' })
    expect(findChanges(reset.draft, referenceOf(reset)).size).toBe(0)
  })

  it('take another rate for a start from weights, and keep what was changed by hand', () => {
    const changed = changeTrainForm(opened, { kind: 'change', path: 'epochs', value: 3 })
    const pretrained = changeTrainForm(changed, { kind: 'change', path: 'init', value: '/w.pth' })
    expect(pretrained.draft['learningRate']).toBe(fairface.config.learningRate)
    expect([...findChanges(pretrained.draft, referenceOf(pretrained))]).toEqual(['epochs'])
  })
})

describe('configurations in words', () => {
  it('have a column only for what differs', () => {
    const configs = [configOf(), configOf({ seed: 2, schedule: 'step' })]
    expect(findDifferingColumns(configs).map(({ path }) => path)).toEqual([
      'schedule',
      'warmupEpochs',
      'stepEpochs',
      'stepFactor',
      'seed',
    ])
    expect(findDifferingColumns([configOf(), configOf()])).toEqual([])
  })

  it('name options, lists and absent limits', () => {
    const words = describeConfig(
      configOf({
        oversampling: [{ task: 'race', label: 'Indian', factor: 2 }],
        init: '/home/weights/face.pth',
      }),
    )
    expect([words.get('optimiser.kind'), words.get('clipNorm'), words.get('oversampling')]).toEqual([
      'AdamW',
      'No limit',
      'Indian × 2',
    ])
    expect([words.get('init'), words.get('tasks')]).toEqual(['face.pth', 'Race, gender, age'])
  })
})

describe('sweeps', () => {
  const draft = draftOfConfig(configOf())
  const grid = (...axes: SweepForm['axes']): SweepForm => ({ ...emptySweepForm, axes })

  it('are a grid of every value, counted before they start', () => {
    const reading = readSweep(
      grid(
        { ...makeAxis(0, 'learningRate'), text: '0.001, 0.002; 0.004' },
        { ...makeAxis(1, 'combination.kind'), words: ['sum', 'dwa'] },
      ),
      draft,
    )
    expect(reading).toEqual({
      ok: true,
      runs: 6,
      plan: {
        kind: 'grid',
        axes: [
          { path: 'learningRate', values: [0.001, 0.002, 0.004] },
          { path: 'combination', values: [{ kind: 'sum' }, { kind: 'dwa', temperature: 2 }] },
        ],
      },
    })
    if (!reading.ok) throw new Error(reading.problem)
    expect(() => sweepRequest.parse({ base: configOf(), plan: reading.plan })).not.toThrow()
  })

  it('draw at random between bounds', () => {
    const axis = { ...makeAxis(0, 'learningRate'), isRange: true, low: 0.0001, high: 0.01 } as const
    const form: SweepForm = { ...emptySweepForm, kind: 'random', draws: 5, seed: 3, axes: [axis] }
    expect(readSweep(form, draft)).toEqual({
      ok: true,
      runs: 5,
      plan: {
        kind: 'random',
        draws: 5,
        seed: 3,
        axes: [{ path: 'learningRate', low: 0.0001, high: 0.01, scale: 'log', isWhole: false }],
      },
    })
  })

  it.each([
    [grid(), 'Add a field to vary.'],
    [grid(makeAxis(0, 'seed')), 'Seed: choose at least one value.'],
    [grid({ ...makeAxis(0, 'seed'), text: '1, two' }), 'Seed: write numbers with commas between them.'],
    [grid({ ...makeAxis(0, 'inputSize'), text: '64, 65' }), 'Input size: A multiple of 32.'],
    [
      grid({ ...makeAxis(0, 'seed'), text: Array.from({ length: 65 }, (_, n) => n).join(' ') }),
      /too_big|64|at most|<=64/i,
    ],
  ])('say what stands in the way', (form, problem) => {
    const reading = readSweep(form, draft)
    expect(reading.ok ? '' : reading.problem).toMatch(problem)
  })
})

describe('runs', () => {
  it('are found by name, tag, note and state, without the archived ones', () => {
    const runs = [
      makeRun({ id: runId.parse(1), tags: ['pilot'] }),
      makeRun({ id: runId.parse(2), userNotes: 'a pilot with more data' }),
      makeRun({ id: runId.parse(3), tags: ['pilot'], archived: true }),
      makeRun({ id: runId.parse(4), name: 'Other', state: 'failed' }),
    ]
    const idsOf = (text: string, showsArchived = false) =>
      filterRuns(runs, { text, showsArchived }).map(({ id }) => id)
    expect([idsOf('PILOT'), idsOf('pilot', true), idsOf('failed'), idsOf('pilot data')]).toEqual([
      [2, 1],
      [3, 2, 1],
      [4],
      [2],
    ])
  })

  it('say how they ended and what is kept', () => {
    const detail = makeRunDetail()
    const endOf = (part: Parameters<typeof makeRunDetail>[0]) => describeRunEnd(makeRunDetail(part))
    expect(describeRunEnd(detail)).toEqual({
      tone: 'good',
      title: 'Finished',
      text: '2 of 2 epochs done. The weights of epoch 2 validated best and are kept.',
    })
    expect(endOf({ config: configOf({ epochs: 9, patience: 3 }) }).text).toBe(
      'Ended at epoch 2 of 9: no better epoch in 3. The weights of epoch 2 validated best and are kept.',
    )
    expect(endOf({ state: 'failed', error: 'The disk is full.' })).toMatchObject({
      tone: 'bad',
      text: expect.stringContaining('The disk is full.') as string,
    })
    expect(endOf({ state: 'cancelled', epochsDone: 1 }).text).toContain('After step 2, 1 of 2 epochs done.')
    expect(endOf({ state: 'queued', queuePosition: 3 }).text).toBe('Number 3 in the queue.')
  })

  it('can go on unless they succeeded or still go on, and keep a best epoch where there is one', () => {
    const states = ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'paused', 'interrupted'] as const
    expect(states.filter((state) => canResumeRun({ state }))).toEqual([
      'failed',
      'cancelled',
      'paused',
      'interrupted',
    ])
    expect(canKeepBest({ state: 'failed', modelId: null, bestEpoch: runId.parse(1) })).toBe(true)
    expect(canKeepBest({ state: 'failed', modelId: null, bestEpoch: null })).toBe(false)
  })

  it('tell how long training waited for images and the memory it took', () => {
    const epochs = [makeEpoch(1, { memoryBytes: 1.4e9 }), makeEpoch(2, { memoryBytes: 1.2e9 })]
    expect(describeSpeed(makeRunDetail({ epochs }))).toEqual({
      imagesPerSecond: '80',
      feederWait: '5.0%',
      secondsPerEpoch: '10 s',
      elapsed: '20 s',
      memory: '1.4 GB',
    })
  })

  it('take tags as typed, each once', () => {
    expect(readTags(' pilot, race ,,pilot')).toEqual(['pilot', 'race'])
  })
})

describe('curves of a run', () => {
  const years = { n: 80, mae: 6.5, rmse: 8.4, bias: -0.7 }
  const accuracy = makeEstimate(0.4, 100)
  const record = (epoch: number) =>
    makeEpoch(epoch, {
      validation: { ...makeEpoch(epoch).validation, age: { accuracy, years } },
      validationLosses: { age: 2, gender: 0.5, race: 1.2 },
      byRace: [
        { group: 'White', age: makeEstimate(0.5, 60), gender: makeEstimate(0.9, 60) },
        { group: 'Indian', age: null, gender: makeEstimate(0.7, 40) },
      ],
      lossWeights: { age: 0.4, gender: 1.1, race: null },
      gradientNorm: 3 / epoch,
    })
  const run = makeRunDetail({ epochs: [record(1), record(2)] })

  it('draw the interval of each accuracy as a band around its line', () => {
    const [low, high, line] = accuracyFigure(run, colors).data
    expect([low, high, line]).toMatchObject([
      { y: [expect.closeTo(47), expect.closeTo(48)] },
      { y: [expect.closeTo(55), expect.closeTo(56)], fill: 'tonexty' },
      { name: 'Race', y: [51, 52] },
    ])
  })

  it('draw each task in training and validation', () => {
    const figure = taskLossFigure(run, colors)
    expect(figure.data.map(({ name }) => name)).toEqual(['Race', 'Race', 'Gender', 'Gender', 'Age', 'Age'])
    expect(figure.data.slice(0, 2)).toMatchObject([
      { line: { dash: 'solid' }, showlegend: true },
      { line: { dash: 'dash' }, showlegend: false },
    ])
  })

  it('follow gender and age by labelled race too, with the gap in points', () => {
    expect(tasksByRace(run)).toEqual(['race', 'gender', 'age'])
    const figure = groupFigure(run, colors, 'gender')
    expect(figure.title).toBe('Validation gender accuracy by labelled race')
    expect(figure.note).toContain('gap 20.0 points at epoch 2')
    expect(tasksByRace(makeRunDetail())).toEqual(['race'])
  })

  it('show the errors of years, gradients, weights and speed with units', () => {
    expect(yearsFigure(run, colors)).toMatchObject({
      note: 'n = 80 images with exact years',
      layout: { yaxis: { title: { text: 'Error (years)' } } },
    })
    expect(gradientFigure(run, colors).data[0]).toMatchObject({ y: [3, 1.5] })
    expect(lossWeightsFigure(run, colors).data.map(({ name }) => name)).toEqual(['Gender', 'Age'])
    expect(speedFigure(run, colors).data.map((trace) => ('y' in trace ? trace.y : null))).toEqual([
      [80, 80],
      [5, 5],
    ])
  })
})

describe('compared curves', () => {
  it('have a colour, a dash and a marker of their own', () => {
    const styles = Array.from({ length: 8 }, (_, index) => JSON.stringify(lineStyleOf(index)))
    expect(new Set(styles).size).toBe(8)
  })

  it('bring steps of other programs to epochs and shares to percent', () => {
    const points = [
      { step: 10, value: 0.5 },
      { step: 20, value: null },
      { step: 40, value: 0.7 },
    ]
    const figure = comparisonFigure(
      {
        runs: [makeRunDetail({ name: 'Mine' })],
        curves: [{ name: 'Other', tag: 'val/race', stepsPerEpoch: 10, points }],
        measure: 'race',
      },
      colors,
    )
    expect(figure.data).toMatchObject([
      { name: 'Mine', x: [1, 2], y: [51, 52] },
      { name: 'Other: val/race', x: [1, 4], y: [50, 70] },
    ])
    expect(figure.note).toBe('n = 100 validation images')
  })

  it('of runs of one name are told apart, by their whole names and in one label', () => {
    const runs = [makeRunDetail({ name: 'Same' }), makeRunDetail({ id: runId.parse(2), name: 'Same' })]
    const { data, layout } = comparisonFigure({ runs, curves: [], measure: 'race' }, colors)
    expect(data.map(({ name }) => name)).toEqual(['Same · run 1', 'Same · run 2'])
    expect(layout).toMatchObject({ hovermode: 'x unified', hoverlabel: { namelength: -1 } })
  })

  it('are smoothed beside what was measured, which the label still tells and the file holds', () => {
    const run = makeRunDetail({ name: 'Mine' })
    const plain = comparisonFigure({ runs: [run], curves: [], measure: 'race' }, colors)
    const { data, note, table } = comparisonFigure(
      { runs: [run], curves: [], measure: 'race', smoothing: 0.6 },
      colors,
    )
    expect(data).toMatchObject([
      { mode: 'markers', y: [51, 52] },
      { mode: 'lines', hoverinfo: 'skip', y: [51, expect.closeTo(51.625)] },
    ])
    expect(note).toContain('lines smoothed by 0.6, the points and figures are not')
    expect(table).toEqual(plain.table)
  })
})
