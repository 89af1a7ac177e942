import type { FoldLeaks } from '#shared/contract/crossval.contract.ts'
import type { JobContext } from '#engine/base/jobs/job.ts'
import { batchInTurns, repeatInTurns, rowsPerTransaction } from '#engine/base/kernel/in-turns.ts'
import { readingGraceMs, runWorker } from '#engine/base/threads/run-worker.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import { computedFolds, type FoldsTask } from './compute-folds.ts'
import type { CrossvalRepo, CrossvalRow } from './crossval.repo.ts'

export interface StoreFoldsDeps {
  readonly crossvals: CrossvalRepo
  readonly workers: WorkerLocator
  /** Path of the database file, for the worker that plans. */
  readonly catalogue: string
}

function refuseLeaks(leaks: FoldLeaks): void {
  if (Object.values(leaks).every((count) => count === 0)) return
  throw new Error(`The folds leak: ${JSON.stringify(leaks)}`)
}

/** Plans the folds in a worker, stores them in batches, checks them and seals them; a cut-off attempt is cleared away first. */
export async function storeFolds(
  {
    id,
    splitId,
    splitHash,
    folds,
    seed,
  }: Pick<CrossvalRow, 'id' | 'splitId' | 'splitHash' | 'folds' | 'seed'>,
  { signal, report }: Pick<JobContext, 'signal' | 'report'>,
  { crossvals, workers, catalogue }: StoreFoldsDeps,
): Promise<void> {
  await repeatInTurns(() => crossvals.deleteMembers(id, rowsPerTransaction), signal)
  report({ phase: 'Planning the folds', done: 0, total: null })
  const input: FoldsTask = { kind: 'plan', catalogue, splitId, splitHash, folds, seed }
  const { imageIds, foldOf, hash, figures } = await runWorker({
    workers,
    name: 'folds',
    input,
    result: computedFolds,
    signal,
    graceMs: readingGraceMs,
  })
  const images = imageIds.length
  const store = (from: number, to: number): void => {
    const ids = imageIds.subarray(from, to)
    crossvals.insertMembers(
      id,
      Array.from(ids, (imageId, at) => ({ imageId, fold: foldOf[from + at] ?? 0 })),
    )
    report({ phase: 'Storing the folds', done: to, total: images })
  }
  await batchInTurns(images, ({ from, to }) => store(from, to), { signal })
  refuseLeaks(crossvals.leaks(id))
  crossvals.seal(id, { hash, images, figures })
}
