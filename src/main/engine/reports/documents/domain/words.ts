import type { FairnessResult, GroupLabels } from '#shared/contract/fairness.contract.ts'
import type { ReportDocument } from '#shared/contract/report.contract.ts'
import { nameGroup as nameInOrder } from '#shared/derived/describe-fairness.ts'
import { fairnessMetrics } from '#shared/domain/fairness-metrics.ts'
import type { Task } from '#shared/domain/tasks.ts'

export const taskTitles: Readonly<Record<Task, string>> = { race: 'Race', gender: 'Gender', age: 'Age' }

const parts = { train: 'training part', val: 'validation part', test: 'test part' } as const
export const partWords = ({ part }: ReportDocument['subject']): string => parts[part]

export const metricTitle = ({ metric, label }: Pick<FairnessResult, 'metric' | 'label'>): string => {
  const { title } = fairnessMetrics[metric]
  return label === null ? title : `${title} of ${label}`
}

export const byWords = (by: readonly string[]): string =>
  by.length < 2 ? (by[0] ?? '') : `${by.slice(0, -1).join(', ')} and ${by.at(-1)}`

/** A p as readers of statistics know it; never 0. */
export const formatP = (p: number | null): string =>
  p === null ? '–' : p < 0.001 ? 'below 0.001' : p.toFixed(3)

/** A group's labels in one order: a document that was read back from a file has its keys in another. */
export const orderGroup = ({ race, gender, age }: GroupLabels): GroupLabels => ({
  ...(race === undefined ? {} : { race }),
  ...(gender === undefined ? {} : { gender }),
  ...(age === undefined ? {} : { age }),
})

export const nameGroup = (group: GroupLabels): string => nameInOrder(orderGroup(group))
