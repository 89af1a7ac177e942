import type { EvaluationDetail } from '#shared/contract/evaluation.contract.ts'
import type { GroupLabels } from '#shared/contract/fairness.contract.ts'
import type { Task } from '#shared/domain/tasks.ts'
import { tasksForReading } from '#renderer/components/task-words.ts'
import type { ExplainSearch } from './explain-search.ts'

export const imagesPerPage = 12

export interface ExplainQuery {
  readonly evaluation: EvaluationDetail
  readonly task: Task
  readonly by: 'race' | 'gender' | 'age'
  /** Null for everybody. */
  readonly group: string | null
  readonly answered: 'any' | 'wrong' | 'right'
  readonly page: number
  readonly method: 'cam' | 'lime' | 'occlusion'
}

/** Labels of a labelling by which the evaluation has images. */
export function listGroups(evaluation: EvaluationDetail, task: Task, by: ExplainQuery['by']): string[] {
  return (evaluation.tasks[task]?.byGroup ?? []).flatMap(({ grouping, group, n }) =>
    grouping === by && n > 0 ? [group] : [],
  )
}

/** What the address asks for, as far as the evaluations have it; null without an evaluation that answers anything. */
export function readQuery(
  evaluations: readonly EvaluationDetail[],
  search: ExplainSearch,
): ExplainQuery | null {
  const ordered = evaluations.toSorted((a, b) => b.evaluationId - a.evaluationId)
  const evaluation = ordered.find(({ evaluationId }) => evaluationId === search.evaluation) ?? ordered[0]
  if (evaluation === undefined) return null
  const answeredTasks = tasksForReading.filter((task) => evaluation.tasks[task] !== null)
  const task = answeredTasks.find((one) => one === search.task) ?? answeredTasks[0]
  if (task === undefined) return null
  const by = search.by ?? 'race'
  return {
    evaluation,
    task,
    by,
    group: listGroups(evaluation, task, by).find((one) => one === search.group) ?? null,
    answered: search.answered ?? 'wrong',
    page: search.page ?? 1,
    method: search.method ?? 'cam',
  }
}

export const groupOf = ({ by, group }: ExplainQuery): GroupLabels => (group === null ? {} : { [by]: group })

/** How many images the question has, of those of the group. */
export const countAsked = (
  { answered }: ExplainQuery,
  { n, wrong }: { readonly n: number; readonly wrong: number },
): number => (answered === 'any' ? n : answered === 'wrong' ? wrong : n - wrong)

export const countPages = (images: number): number => Math.max(1, Math.ceil(images / imagesPerPage))
