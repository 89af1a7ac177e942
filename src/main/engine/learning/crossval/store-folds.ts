import { setImmediate as yieldToEvents } from 'node:timers/promises'
import * as z from 'zod'
import type { FoldLeaks } from '#shared/contract/crossval.contract.ts'
import type { JobContext } from '#engine/base/jobs/job.ts'
import { runWorker } from '#engine/base/threads/run-worker.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import { computedFolds, type ComputeFoldsTask } from './compute-folds.ts'
import type { CrossvalRepo, CrossvalRow } from './crossval.repo.ts'

export interface StoreFoldsDeps {
  readonly crossvals: CrossvalRepo
  readonly workers: WorkerLocator
  /** Path of the database file, for the worker that plans. */
  readonly catalogue: string
}

/** Small enough that one transaction stays below 20 ms. */
const membersPerTransaction = 500
/** Planning only reads, so its thread can be ended at any point. */
const planningGraceMs = 50

function refuseLeaks(leaks: FoldLeaks): void {
  if (Object.values(leaks).every((count) => count === 0)) return
  throw new Error(`The folds leak: ${JSON.stringify(leaks)}`)
}

/** Plans the folds in a worker, stores them in batches, checks them and seals them; a cut-off attempt is cleared away first. */
export async function storeFolds(
  { id, splitId, splitHash, folds, seed }: CrossvalRow,
  { signal, report }: Pick<JobContext, 'signal' | 'report'>,
  { crossvals, workers, catalogue }: StoreFoldsDeps,
): Promise<void> {
  while (crossvals.deleteMembers(id, membersPerTransaction)) {
    signal.throwIfAborted()
    await yieldToEvents()
  }
  report({ phase: 'Planning the folds', done: 0, total: null })
  const input: ComputeFoldsTask = { catalogue, splitId, splitHash, folds, seed }
  const { imageIds, foldOf, hash, figures } = await runWorker({
    workers,
    name: 'folds',
    input,
    progress: z.never(),
    result: computedFolds,
    onProgress: () => undefined,
    signal,
    graceMs: planningGraceMs,
  })
  const images = imageIds.length
  for (let from = 0; from < images; from += membersPerTransaction) {
    signal.throwIfAborted()
    const to = Math.min(images, from + membersPerTransaction)
    const ids = imageIds.subarray(from, to)
    crossvals.insertMembers(
      id,
      Array.from(ids, (imageId, at) => ({ imageId, fold: foldOf[from + at] ?? 0 })),
    )
    report({ phase: 'Storing the folds', done: to, total: images })
    await yieldToEvents()
  }
  refuseLeaks(crossvals.leaks(id))
  crossvals.seal(id, { hash, images, figures })
}
