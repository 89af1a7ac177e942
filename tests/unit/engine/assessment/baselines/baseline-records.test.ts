import { describe, expect, it } from 'vitest'
import { baselineId, type BaselineRule } from '#shared/contract/baseline.contract.ts'
import { imageId } from '#shared/contract/base.contract.ts'
import type { AnsweredImage, BaselineRow } from '#engine/assessment/baselines/baseline.repo.ts'
import { BaselineRecords } from '#engine/assessment/baselines/baseline-records.ts'
import { chooseMetric } from '#engine/assessment/fairness/domain/choose-metric.ts'
import { MappingTable } from '#engine/assessment/baselines/domain/mapping-table.ts'

const id = baselineId.parse(1)

/** An answer about a White man of 25 years. */
const makeAnswer = (part: Partial<AnsweredImage>, at: number): AnsweredImage => ({
  imageId: imageId.parse(at + 1),
  outcome: 'answered',
  race: null,
  gender: null,
  age: null,
  scheme: 'fairface7',
  labelledRace: 'White',
  labelledGender: 'Male',
  labelledBin: '20-29',
  labelledYears: 25,
  fileSha256: 'f'.repeat(63) + String(at),
  pixelSha256: 'a'.repeat(63) + String(at),
  identity: null,
  person: null,
  isRemoved: false,
  ...part,
})

/** Answers as if they had been taken in by these rules. */
function store(
  answers: readonly Partial<AnsweredImage>[],
  rules: readonly BaselineRule[] = [],
): BaselineRecords {
  const answered = answers.map(makeAnswer)
  const table = new MappingTable(rules)
  for (const { scheme, ...answer } of answered) table.add({ ...answer, faces: 1 }, scheme)
  const row: BaselineRow = {
    id,
    name: 'theirs',
    kind: 'csv',
    source: 'answers.csv',
    sourceSha256: 'b'.repeat(64),
    createdAt: '2026-01-01T00:00:00.000Z',
    sha256: 'c'.repeat(64),
    answers: answered.length,
    answersSha256: 'd'.repeat(64),
    record: {
      rows: answered.length,
      matched: answered.length,
      duplicates: 0,
      undetected: 0,
      notAsked: 0,
      severalFaces: 0,
      unreadAges: table.unreadAges,
      mapping: table.list(),
      unmatched: 0,
      jobId: null,
      tasks: ['age', 'gender', 'race'],
    },
  }
  return new BaselineRecords({
    repo: { answered: ({ after }) => (after === 0 ? answered : []) },
    service: { get: () => Promise.resolve(row) },
  })
}

const counted = { undetected: 'counted', ofYears: false } as const

describe('figures of stored answers', () => {
  it('obey a rule for an age, be it a bin that stands for nothing or a number of years', async () => {
    const rules: BaselineRule[] = [
      { task: 'age', from: '20-29', to: null },
      { task: 'age', from: '25', to: '30-39' },
    ]
    const { records } = await store([{ age: '20-29' }, { age: '25' }, { age: '26' }], rules).read(id, {
      task: 'age',
      ...counted,
    })
    const said = Array.from(records.predicted, (label) => records.labels[label] ?? null)
    expect(said).toEqual([null, '30-39', '20-29'])
  })

  it('tell of the words of their own task alone, and what becomes of a face that was not found', async () => {
    const records = store([
      { race: 'unheard', gender: 'Man', age: '31' },
      { race: 'White', gender: 'somebody', age: '20-29' },
      { outcome: 'undetected' },
    ])
    const notesOf = async (task: 'age' | 'race', ofYears: boolean) =>
      (await records.read(id, { task, undetected: 'counted', ofYears })).notes.slice(1)
    expect(await notesOf('race', false)).toEqual([
      'In 1 of 3 images it found no face: they count as errors.',
      'Words that stand for no label here count as wrong: race "unheard" (1 images).',
    ])
    expect(await notesOf('age', false)).toEqual(['In 1 of 3 images it found no face: they count as errors.'])
    expect(await notesOf('age', true)).toEqual([
      'In 1 of 3 images it found no face: they are left out, which flatters it.',
      'Words that stand for no age in years are left out: age "20-29" (1 images).',
    ])
  })

  it('leave out images that curation removed, and say how many', async () => {
    const { records, notes } = await store([{ race: 'White' }, { race: 'Black', isRemoved: true }]).read(id, {
      task: 'race',
      ...counted,
    })
    expect([...records.predicted]).toEqual([0])
    expect(notes).toContain('1 images that curation removed are left out.')
  })

  it('are none by metrics of probabilities, which are refused', async () => {
    const { records } = await store([{ race: 'White' }]).read(id, { task: 'race', ...counted })
    for (const metric of ['top2', 'brier', 'calibrationError', 'classCalibrationError'] as const)
      expect(() => chooseMetric(records, { metric })).toThrow(/wants a probability of every label/)
    expect(chooseMetric(records, { metric: 'balancedAccuracy' }).label).toBeNull()
  })
})
