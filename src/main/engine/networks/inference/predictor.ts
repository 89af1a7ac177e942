import type { PredictResponse } from '#shared/contract/prediction.contract.ts'
import type { ImageCodecName } from '#engine/base/media/image-codec.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import { createWorkerPool, type WorkerPool } from '#engine/base/threads/worker-pool.ts'
import { predictedImages, type PredictImagesTask } from './infer-tasks.ts'

export interface PredictImage {
  /** Name to repeat in the answer; never opened. */
  readonly file: string
  /** The image file's own bytes, still encoded. */
  readonly bytes: Uint8Array
}

export interface LocatedModel {
  /** What the answer names it by: a model's number, or the file's name. */
  readonly id: string
  readonly onnxFile: string
}

interface PredictorDeps {
  readonly workers: WorkerLocator
  readonly codec: () => Promise<ImageCodecName>
  readonly cores: number
}

/** Long enough that a person trying images one by one never waits for a model twice. */
const idleMs = 10 * 60_000

/** Answers for image files, in one worker that keeps its last models open and ends when long unused. */
export class Predictor implements AsyncDisposable {
  readonly #deps: PredictorDeps
  #pool: WorkerPool | null = null

  constructor(deps: PredictorDeps) {
    this.#deps = deps
  }

  /**
   * @param model The ONNX file, and the id to answer with.
   * @throws AppError NOT_FOUND or INVALID_INPUT naming the model file.
   */
  async predict(
    images: readonly PredictImage[],
    model: LocatedModel,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<PredictResponse> {
    const { workers, codec, cores } = this.#deps
    this.#pool ??= createWorkerPool({ workers, name: 'infer', threads: 1, idleMs })
    const task: PredictImagesTask = { onnxFile: model.onnxFile, codec: await codec(), threads: cores, images }
    const call = { name: 'predictImages', result: predictedImages, signal }
    const { model: opened, ...answer } = await this.#pool.run(task, call)
    return { model: { id: model.id, ...opened }, ...answer }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool?.[Symbol.asyncDispose]()
  }
}
