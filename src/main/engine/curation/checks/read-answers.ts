import type { LabelAnswer } from '#shared/contract/check.contract.ts'
import { neighbourDetail, labelDetail, type NeighbourDetail } from '#shared/domain/check-details.ts'
import { checkOfCode, checks } from '#shared/domain/checks.ts'
import { type Task } from '#shared/domain/tasks.ts'
import type { AnswerRow } from './group.repo.ts'

const mostAnswers = 3

const labelOf = ({ race, gender, ageBin }: AnswerRow, task: Task): string | null =>
  task === 'age' ? ageBin : task === 'race' ? race : gender

type Told = Omit<LabelAnswer, 'by'>

function readModels(row: AnswerRow, task: Task): Told[] {
  const read = labelDetail.nullable().safeParse(row.detail)
  if (!read.success) return []
  // Nothing is kept where the model agrees with the label.
  if (read.data === null) {
    const label = labelOf(row, task)
    return label === null ? [] : [{ label, share: null }]
  }
  const { given, probability, suggested, predictedYears } = read.data
  if (predictedYears !== undefined) return [{ label: String(Math.round(predictedYears)), share: null }]
  return [
    ...suggested.map((one) => ({ label: one.label, share: one.probability })),
    ...(probability === undefined ? [] : [{ label: given, share: probability }]),
  ]
}

/** Null where the neighbours agree with the label, since nothing is kept then. */
function shareOfOwn(detail: NeighbourDetail | null): number | null {
  return detail?.same === undefined ? null : detail.same / Math.max(1, detail.labelled ?? 0)
}

function readNeighbours(row: AnswerRow, task: Task): Told[] {
  const read = neighbourDetail.nullable().safeParse(row.detail)
  if (!read.success) return []
  const { data } = read
  if (data?.medianYears !== undefined) return [{ label: String(Math.round(data.medianYears)), share: null }]
  const own = labelOf(row, task)
  return [
    ...(data?.suggested ?? []).map((one) => ({ label: one.label, share: one.probability })),
    ...(own === null ? [] : [{ label: own, share: shareOfOwn(data) }]),
  ]
}

/** What several copies are told of each label, in the mean of those that are told a share. */
function meanShares(told: readonly Told[]): Map<string, number | null> {
  const shares = Map.groupBy(told, ({ label }) => label)
  return new Map(
    [...shares].map(([label, all]) => {
      const known = all.flatMap(({ share }) => (share === null ? [] : [share]))
      return [label, known.length === 0 ? null : known.reduce((sum, one) => sum + one, 0) / known.length]
    }),
  )
}

/** The surest label first. */
function mergeAnswers(told: readonly Told[]): Told[] {
  return [...meanShares(told)]
    .map(([label, share]) => ({ label, share }))
    .sort((a, b) => (b.share ?? 2) - (a.share ?? 2))
    .slice(0, mostAnswers)
}

/** What speaks for which label of copies of one picture. */
export interface Voices {
  /** Mean probability by models that never saw the copies; of ages by bin. */
  readonly models: ReadonlyMap<string, number>
  /** Of each copy the label that its neighbours speak for most. */
  readonly tops: readonly string[]
  /** Of each copy the median age of its neighbours. */
  readonly years: readonly number[]
}

function readTop(row: AnswerRow, task: Task): Pick<Voices, 'tops' | 'years'> {
  const read = neighbourDetail.nullable().safeParse(row.detail)
  if (!read.success) return { tops: [], years: [] }
  const { data } = read
  if (data?.medianYears !== undefined) return { tops: [], years: [data.medianYears] }
  // Nothing is kept where they speak for the label that it has.
  const top = data === null ? labelOf(row, task) : (data.suggested[0]?.label ?? null)
  return { tops: top === null ? [] : [top], years: [] }
}

/** All that is known for or against labels of copies, the copies' own word left out. */
export function readVoices(rows: readonly AnswerRow[], task: Task): Voices {
  const { models, near } = bySource(rows, task)
  const told = meanShares(models.flatMap((row) => readModels(row, task)))
  const tops = near.map((row) => readTop(row, task))
  return {
    models: new Map([...told].flatMap(([label, share]) => (share === null ? [] : [[label, share]]))),
    tops: tops.flatMap((one) => one.tops),
    years: tops.flatMap((one) => one.years),
  }
}

/** The rows of a task's checks, by what they were judged by. */
function bySource(rows: readonly AnswerRow[], task: Task) {
  const from = (source: 'labels' | 'embeddings'): AnswerRow[] =>
    rows.filter((row) => {
      const check = checkOfCode(row.checkId)
      return check !== null && checks[check].task === task && checks[check].source === source
    })
  return { models: from('labels'), near: from('embeddings') }
}

/** What models that never saw the copies, and their neighbours, say of each label. */
export function readAnswers(rows: readonly AnswerRow[]): Record<Task, LabelAnswer[]> {
  const answersFor = (task: Task): LabelAnswer[] => {
    const { models, near } = bySource(rows, task)
    const [told, shared] = [
      models.flatMap((row) => readModels(row, task)),
      near.flatMap((row) => readNeighbours(row, task)),
    ]
    return [
      ...mergeAnswers(told).map((one) => ({ by: 'models' as const, ...one })),
      ...mergeAnswers(shared).map((one) => ({ by: 'neighbours' as const, ...one })),
    ]
  }
  return { race: answersFor('race'), gender: answersFor('gender'), age: answersFor('age') }
}
