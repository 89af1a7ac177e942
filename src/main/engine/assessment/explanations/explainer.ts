import { MessageChannel } from 'node:worker_threads'
import type * as z from 'zod'
import type { ExplanationSettings } from '#shared/contract/explanation.contract.ts'
import type { Task } from '#shared/domain/tasks.ts'
import type { ImageCodecName } from '#engine/base/media/image-codec.ts'
import { Turns } from '#engine/base/kernel/turns.ts'
import { createWorkerPool, type WorkerPool } from '#engine/base/threads/worker-pool.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import type { ExpectedModel } from '#engine/networks/inference/exported-model.ts'
import { findCertifiedHash } from '#engine/networks/inference/find-certified-hash.ts'
import type { InferenceChoice } from '#engine/networks/inference/inference-choice.ts'
import {
  explainedModel,
  explainNews,
  madeExplanation,
  type DescribeTask,
  type ExplainNews,
  type ExplainTask,
  type MadeExplanation,
} from './explain-task.ts'

interface ExplainerDeps {
  readonly workers: WorkerLocator
  readonly codec: () => Promise<ImageCodecName>
  readonly cores: number
}

export interface ExplainOptions {
  readonly signal: AbortSignal
  readonly computeWith: InferenceChoice
  readonly onNews?: (news: ExplainNews) => void
}

const tellWaiting = (onNews: ExplainOptions['onNews']) => (): void =>
  onNews?.({ progress: { phase: 'Waiting for another explanation', done: 0, total: 0 }, soFar: null })

/** Long enough that a person trying settings never waits for a model twice. */
const idleMs = 10 * 60_000

/** Explains pictures in one worker, which keeps its last model open and ends when long unused. */
export class Explainer implements AsyncDisposable {
  readonly #deps: ExplainerDeps
  /** One at a time goes to the worker, so that one that waits can be cancelled at once. */
  readonly #turns = new Turns()
  #pool: WorkerPool | null = null

  constructor(deps: ExplainerDeps) {
    this.#deps = deps
  }

  /** What decides what may be told of a model. Throws as `Predictor.predict`. */
  async describe(
    model: ExpectedModel,
    { signal, computeWith, onNews }: ExplainOptions,
  ): Promise<z.infer<typeof explainedModel>> {
    const task: DescribeTask = { ...(await this.#expect(model)), threads: this.#deps.cores, computeWith }
    const call = { name: 'describeModel', result: explainedModel, signal }
    return this.#turns.take(() => this.#openPool().run(task, call), { signal, onWait: tellWaiting(onNews) })
  }

  /**
   * @param asked.picture The image file's own bytes, still encoded.
   * @throws AppError INVALID_INPUT saying what is wrong with the picture or the model, PRECONDITION for landmarks without a face,
   *   CANCELLED once the signal aborted
   */
  async explain(
    model: ExpectedModel,
    asked: { picture: Uint8Array; settings: ExplanationSettings; tasks: readonly Task[] },
    { signal, computeWith, onNews }: ExplainOptions,
  ): Promise<MadeExplanation> {
    const cancelFlag = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)
    const cancel = (): void => void Atomics.store(new Int32Array(cancelFlag), 0, 1)
    const { port1: news, port2: port } = new MessageChannel()
    news.on('message', (message: unknown) => onNews?.(explainNews.parse(message)))
    const task: ExplainTask = {
      ...(await this.#expect(model)),
      ...asked,
      codec: await this.#deps.codec(),
      threads: this.#deps.cores,
      computeWith,
      cancelFlag,
      port,
    }
    signal.addEventListener('abort', cancel, { once: true })
    try {
      const call = { name: 'explain', result: madeExplanation, signal, transfer: [port] }
      return await this.#turns.take(() => this.#openPool().run(task, call), {
        signal,
        onWait: tellWaiting(onNews),
      })
    } finally {
      signal.removeEventListener('abort', cancel)
      news.close()
    }
  }

  async #expect({ onnxFile, sha256 }: ExpectedModel): Promise<ExpectedModel> {
    return { onnxFile, sha256: sha256 ?? (await findCertifiedHash(onnxFile)) }
  }

  #openPool(): WorkerPool {
    this.#pool ??= createWorkerPool({ workers: this.#deps.workers, name: 'explain', threads: 1, idleMs })
    return this.#pool
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool?.[Symbol.asyncDispose]()
  }
}
