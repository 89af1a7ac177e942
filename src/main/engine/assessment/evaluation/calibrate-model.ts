import type { ModelId } from '#shared/contract/base.contract.ts'
import type { Calibration } from '#shared/contract/evaluation.contract.ts'
import type { Task } from '#shared/domain/tasks.ts'
import { fitTemperature } from './domain/fit-temperature.ts'
import type { EvaluationRecords } from './evaluation-records.ts'

/**
 * Temperatures of a model by its newest evaluation on a validation part: never by a test part, which is there to be measured once.
 * Throws as `EvaluationRecords.read`.
 */
export async function calibrateModel(
  records: Pick<EvaluationRecords, 'list' | 'read'>,
  modelId: ModelId,
): Promise<Calibration> {
  const evaluation = (await records.list()).find((one) => one.modelId === modelId && one.part === 'val')
  if (evaluation === undefined) return null
  const { evaluationId, split, tasks } = evaluation
  const fit = async (task: Task) => {
    if (tasks[task] === null) return null
    const { records: recorded } = await records.read(evaluationId, task)
    const { probabilities, labels, labelled, clusters } = recorded
    if (probabilities === undefined) return null
    return fitTemperature({ probabilities, labels: labels.length, labelled, clusters })
  }
  return {
    evaluationId,
    split,
    tasks: { age: await fit('age'), gender: await fit('gender'), race: await fit('race') },
  }
}
