import type { FairnessMetric } from '#shared/domain/fairness-metrics.ts'
import { readingGraceMs, runWorker } from '#engine/base/threads/run-worker.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import { shareBlocks } from '#engine/assessment/metrics/domain/draw-blocks.ts'
import type { Grouping } from '#engine/assessment/metrics/domain/measure.ts'
import type { TaskRecords } from '#engine/assessment/metrics/domain/records.ts'
import { joinDrawn, type Drawn } from './domain/resample-groups.ts'
import { fairnessDraws, fairnessProgress } from './fairness-task.ts'

export interface AskedDraws {
  readonly by: readonly Grouping[]
  readonly metric: FairnessMetric
  readonly label?: string | undefined
  readonly seed: number
  readonly draws: number
}

/** Each thread holds a copy of the answers, some 10 MB for 100,000 images. */
const mostThreads = 4

interface Running {
  readonly total: number
  readonly done: number[]
}

/** Draws shared among threads; how many take part changes no figure. */
export class DrawThreads {
  readonly #workers: WorkerLocator
  readonly #threads: number
  readonly #running = new Set<Running>()

  /** @param deps.cores threads that heavy work may use in all */
  constructor(deps: { workers: WorkerLocator; cores: number }) {
    this.#workers = deps.workers
    this.#threads = Math.min(mostThreads, deps.cores)
  }

  /** Ends with its caller, all threads together; one that fails ends the others. */
  async run(records: TaskRecords, asked: AskedDraws, callSignal: AbortSignal): Promise<Drawn> {
    const parts = shareBlocks(asked.draws, this.#threads)
    const running: Running = { total: asked.draws, done: parts.map(() => 0) }
    const failed = new AbortController()
    const signal = AbortSignal.any([callSignal, failed.signal])
    this.#running.add(running)
    try {
      const { by, metric, label, seed, draws } = asked
      const drawing = parts.map(async (blocks, part) => {
        try {
          return await runWorker({
            workers: this.#workers,
            name: 'fairness',
            input: { records, by, metric, label, seed, draws, blocks },
            progress: fairnessProgress,
            result: fairnessDraws,
            onProgress: ({ done }) => {
              running.done[part] = done
            },
            signal,
            graceMs: readingGraceMs,
          })
        } catch (error) {
          failed.abort(error)
          throw error
        }
      })
      const ends = await Promise.allSettled(drawing)
      callSignal.throwIfAborted()
      if (failed.signal.aborted) throw failed.signal.reason
      return joinDrawn(ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : [])))
    } finally {
      this.#running.delete(running)
    }
  }

  /** Draws that are being made now, of all callers. */
  progress(): { done: number; total: number } {
    const all = [...this.#running]
    return {
      done: all.reduce((sum, { done }) => sum + done.reduce((own, part) => own + part, 0), 0),
      total: all.reduce((sum, { total }) => sum + total, 0),
    }
  }
}
