import type { OutOfSampleResults } from '#shared/contract/crossval.contract.ts'
import { tasks } from '#shared/domain/tasks.ts'
import { FoldTally } from '#engine/learning/crossval/domain/fold-tally.ts'
import type { TrainingDataService } from '#engine/learning/training/training-data.service.ts'
import { listSchemeLabels } from '#engine/networks/architecture/model-labels.ts'
import type { CrossvalRow } from './crossval.repo.ts'
import { readProbabilities, type CrossvalService } from './crossval.service.ts'

interface AddUpDeps {
  readonly service: Pick<CrossvalService, 'readPages'>
  readonly data: Pick<TrainingDataService, 'getSplit'>
}

/** What the stored predictions of all folds come to. */
export async function addUpFolds(
  { id, splitId, labels, folds }: CrossvalRow,
  { service, data }: AddUpDeps,
  signal: AbortSignal,
): Promise<OutOfSampleResults> {
  const races = listSchemeLabels(data.getSplit(splitId).labelScheme).race
  const results: OutOfSampleResults = { age: null, gender: null, race: null }
  for (const task of tasks) {
    if (labels[task] === null) continue
    const tally = new FoldTally({ races, folds })
    for await (const page of service.readPages(id, task, signal)) {
      for (const row of page) tally.add({ ...row, probabilities: readProbabilities(row) })
    }
    results[task] = tally.result
  }
  return results
}
