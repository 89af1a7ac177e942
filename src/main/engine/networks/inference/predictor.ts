import type * as z from 'zod'
import type { AskedFaces } from '#shared/contract/prediction.contract.ts'
import type { ImageCodecName } from '#engine/base/media/image-codec.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import { createWorkerPool, type WorkerPool } from '#engine/base/threads/worker-pool.ts'
import type { ExpectedModel } from './exported-model.ts'
import { findCertifiedHash } from './find-certified-hash.ts'
import { usualChoice, type InferenceChoice } from './inference-choice.ts'
import {
  measuredImages,
  predictedImages,
  type MeasureImagesTask,
  type PredictImagesTask,
} from './infer-tasks.ts'

export interface PredictImage {
  /** Name to repeat in the answer; never opened. */
  readonly file: string
  /** The image file's own bytes, still encoded. */
  readonly bytes: Uint8Array
}

/** Everything a model answers, and what its file says of itself; not yet what may be told. */
export type PredictorAnswer = z.infer<typeof predictedImages>

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
   * @param model Its ONNX file; where nothing is expected of it, the certificate beside it tells what it was.
   * @param options.signal Looked at between two images.
   * @throws AppError NOT_FOUND, CONFLICT or INVALID_INPUT naming the model file; CANCELLED once the signal aborted;
   *   UNAVAILABLE or PRECONDITION where it cannot be computed as asked.
   */
  async predict(
    images: readonly PredictImage[],
    model: ExpectedModel,
    options: {
      readonly signal?: AbortSignal | undefined
      readonly computeWith?: InferenceChoice
      /** Every face of a picture for itself, or each picture as one face, which is meant where left out. */
      readonly faces?: AskedFaces
    } = {},
  ): Promise<PredictorAnswer> {
    const { codec, cores } = this.#deps
    const { signal = new AbortController().signal, computeWith = usualChoice, faces = 'picture' } = options
    const cancelFlag = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)
    const cancel = (): void => void Atomics.store(new Int32Array(cancelFlag), 0, 1)
    const task: PredictImagesTask = {
      onnxFile: model.onnxFile,
      sha256: model.sha256 ?? (await findCertifiedHash(model.onnxFile)),
      codec: await codec(),
      threads: cores,
      computeWith,
      images,
      faces,
      cancelFlag,
    }
    signal.addEventListener('abort', cancel, { once: true })
    try {
      const call = { name: 'predictImages', result: predictedImages, signal }
      return await this.#openPool().run(task, call)
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  }

  /** Pixels of each image by its header, before anything is decoded; 0 where it is none that can be. */
  async measure(images: readonly PredictImage[], signal: AbortSignal): Promise<number[]> {
    const task: MeasureImagesTask = {
      codec: await this.#deps.codec(),
      images: images.map(({ bytes }) => bytes),
    }
    return this.#openPool().run(task, { name: 'measureImages', result: measuredImages, signal })
  }

  #openPool(): WorkerPool {
    this.#pool ??= createWorkerPool({ workers: this.#deps.workers, name: 'infer', threads: 1, idleMs })
    return this.#pool
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool?.[Symbol.asyncDispose]()
  }
}
