import type { ModelId } from '#shared/contract/base.contract.ts'
import type { Calibration } from '#shared/contract/evaluation.contract.ts'
import type { Task } from '#shared/domain/tasks.ts'
import { fitTemperature } from './domain/fit-temperature.ts'
import type { EvaluationRecords } from './evaluation-records.ts'
import type { ModelOrigins } from './model-origins.ts'

interface Calibrated {
  readonly records: Pick<EvaluationRecords, 'list' | 'read'>
  readonly origins: Pick<ModelOrigins, 'find'>
}

/**
 * Temperatures of a model by its newest evaluation on the validation part of the split that it learned by: never by a test part, which is
 * there to be measured once, nor by images that it may have learned from, where it is surer than it is right elsewhere. So there are none for
 * the model of a fold, which learned from most of that part, nor for one of which nobody knows by what it learned.
 * Throws as `EvaluationRecords.read`.
 */
export async function calibrateModel(
  { records, origins }: Calibrated,
  modelId: ModelId,
): Promise<Calibration> {
  const evaluation = (await records.list()).find(({ modelId: of, splitId, part }) => {
    if (of !== modelId || part !== 'val') return false
    const origin = origins.find(of, { splitId, part })
    return origin?.splitId === splitId && origin.crossvalId === null && origin.trainedOn === 0
  })
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
