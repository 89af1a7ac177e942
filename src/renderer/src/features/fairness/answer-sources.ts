import { describeSource } from '#renderer/components/evaluation-source.ts'
import type { Baseline } from '#shared/contract/baseline.contract.ts'
import type { EvaluationDetail } from '#shared/contract/evaluation.contract.ts'
import type { Task } from '#shared/domain/tasks.ts'
import { tasksForReading } from '#renderer/components/task-words.ts'
import { nameEvaluation } from './fairness-view.ts'

/** Whose answers groups are compared by: a model's, or those stored of another system. */
export interface AnswerSource {
  /** "evaluation 3" or "baseline 1". */
  readonly key: string
  readonly name: string
  /** What stands in a figure that is exported. */
  readonly description: string
  readonly asked:
    | { readonly evaluationId: EvaluationDetail['evaluationId'] }
    | { readonly baselineId: Baseline['baselineId'] }
  readonly tasks: readonly Task[]
  readonly labelsOf: (task: Task) => readonly string[]
  /** Whether its ages may be years. */
  readonly hasYears: boolean
  /** Whether its answers are probabilities of labels, and not labels alone. */
  readonly hasProbabilities: boolean
  readonly undetected: number
}

const fromEvaluation = (one: EvaluationDetail): AnswerSource => ({
  key: `evaluation ${one.evaluationId}`,
  name: nameEvaluation(one),
  description: describeSource(one),
  asked: { evaluationId: one.evaluationId },
  tasks: tasksForReading.filter((task) => one.tasks[task] !== null),
  labelsOf: (task) => one.tasks[task]?.confusion.labels ?? [],
  hasYears: (one.tasks.age?.years ?? null) !== null,
  hasProbabilities: true,
  undetected: 0,
})

const fromBaseline = (one: Baseline): AnswerSource => ({
  key: `baseline ${one.baselineId}`,
  name: one.name,
  description: `Stored answers of ${one.name} (${one.source}, SHA-256 ${one.sha256})`,
  asked: { baselineId: one.baselineId },
  tasks: tasksForReading.filter((task) => one.tasks.includes(task)),
  labelsOf: (task) => [
    ...new Set(one.mapping.flatMap((line) => (line.task === task && line.to !== null ? [line.to] : []))),
  ],
  // Words of bins stand in the table of words, years only where a rule names them.
  hasYears:
    one.tasks.includes('age') &&
    !one.mapping.some(({ task, from }) => task === 'age' && Number.isNaN(Number(from))),
  hasProbabilities: false,
  undetected: one.undetected,
})

/** Evaluations newest first, then other systems that answer a task. */
export const listSources = (
  evaluations: readonly EvaluationDetail[],
  baselines: readonly Baseline[],
): AnswerSource[] => [
  ...evaluations.toSorted((a, b) => b.evaluationId - a.evaluationId).map(fromEvaluation),
  ...baselines.filter(({ tasks }) => tasks.length > 0).map(fromBaseline),
]

export const isBaseline = ({ asked }: AnswerSource): boolean => 'baselineId' in asked
