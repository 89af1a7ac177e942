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

/** Of several copies the surest answer for each label, the surest label first. */
function mergeAnswers(told: readonly Told[]): Told[] {
  const surest = new Map<string, number | null>()
  for (const { label, share } of told) {
    const known = surest.get(label)
    surest.set(label, known === undefined || known === null ? share : Math.max(known, share ?? 0))
  }
  return [...surest]
    .map(([label, share]) => ({ label, share }))
    .sort((a, b) => (b.share ?? 2) - (a.share ?? 2))
    .slice(0, mostAnswers)
}

/** What models that never saw the copies, and their neighbours, say of each label. */
export function readAnswers(rows: readonly AnswerRow[]): Record<Task, LabelAnswer[]> {
  const answersFor = (task: Task): LabelAnswer[] => {
    const ofTask = rows.flatMap((row) => {
      const check = checkOfCode(row.checkId)
      return check !== null && checks[check].task === task ? [{ row, source: checks[check].source }] : []
    })
    const models = ofTask
      .filter(({ source }) => source === 'labels')
      .flatMap(({ row }) => readModels(row, task))
    const near = ofTask
      .filter(({ source }) => source === 'embeddings')
      .flatMap(({ row }) => readNeighbours(row, task))
    return [
      ...mergeAnswers(models).map((one) => ({ by: 'models' as const, ...one })),
      ...mergeAnswers(near).map((one) => ({ by: 'neighbours' as const, ...one })),
    ]
  }
  return { race: answersFor('race'), gender: answersFor('gender'), age: answersFor('age') }
}
