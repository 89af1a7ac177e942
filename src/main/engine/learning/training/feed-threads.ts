import { Worker } from 'node:worker_threads'
import * as z from 'zod'
import { AppError } from '#shared/contract/errors.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import { unpackOutcome } from '#engine/base/threads/worker-outcome.ts'
import type { FeedPlan } from './batch-maker.ts'
import type { TrainBatch } from '#engine/networks/architecture/training-engine.ts'

/** What a feed worker is asked for. */
export const feedRequest = z.object({ id: z.int(), epoch: z.int(), batch: z.int() })
type FeedRequest = z.infer<typeof feedRequest>

/** What it answers; the outcome holds the batch. */
const feedAnswer = z.object({ id: z.int(), outcome: z.unknown() })

const trainBatch = z.object({
  images: z.instanceof(Uint8Array),
  labels: z.map(z.enum(['age', 'gender', 'race']), z.instanceof(Int32Array)),
  years: z.instanceof(Float32Array).optional(),
})

/** Where batches are made. */
export interface BatchSource extends AsyncDisposable {
  make(epoch: number, batch: number): Promise<TrainBatch>
}

interface Waiting {
  readonly resolve: (batch: TrainBatch) => void
  readonly reject: (error: unknown) => void
}

/** One thread that makes batches one after the other, in the order they are asked for. */
class FeedThread implements AsyncDisposable {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #failure: AppError | null = null
  #requests = 0

  constructor(plan: FeedPlan, workers: WorkerLocator) {
    this.#worker = new Worker(workers.locate('feed'), { workerData: plan, name: 'feed' })
    this.#worker.on('message', (received: unknown) => this.#settle(received))
    this.#worker.on('messageerror', (error) => this.#fail(error))
    this.#worker.on('error', (error) => this.#fail(error))
    this.#worker.on('exit', (code) => this.#fail(`it ended with exit code ${code}`))
  }

  make(epoch: number, batch: number): Promise<TrainBatch> {
    if (this.#failure !== null) return Promise.reject(this.#failure)
    const id = this.#requests++
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#worker.postMessage({ id, epoch, batch } satisfies FeedRequest, [])
    })
  }

  #settle(received: unknown): void {
    const { id, outcome } = feedAnswer.parse(received)
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    try {
      const { images, labels, years } = unpackOutcome(trainBatch, outcome)
      waiting?.resolve(years === undefined ? { images, labels } : { images, labels, years })
    } catch (error) {
      waiting?.reject(error)
    }
  }

  #fail(cause: unknown): void {
    this.#failure ??= new AppError(
      'INTERNAL',
      `The worker "feed", which prepares the training images, failed: ${String(cause)}. Resume the run.`,
      { cause },
    )
    for (const { reject } of this.#waiting.values()) reject(this.#failure)
    this.#waiting.clear()
  }

  /** It runs no native code and Node closes its files, so that the thread can be ended at any moment. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate()
  }
}

/** Threads that take turns. */
export class FeedThreads implements BatchSource {
  readonly #threads: readonly FeedThread[]
  #turn = 0

  constructor(plan: FeedPlan, { workers, threads }: { workers: WorkerLocator; threads: number }) {
    this.#threads = Array.from({ length: threads }, () => new FeedThread(plan, workers))
  }

  async make(epoch: number, batch: number): Promise<TrainBatch> {
    const thread = this.#threads[this.#turn]
    if (thread === undefined) throw new RangeError('No thread prepares batches')
    this.#turn = (this.#turn + 1) % this.#threads.length
    return thread.make(epoch, batch)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread[Symbol.asyncDispose]()))
  }
}
