import { LRUCache } from 'lru-cache'
import { AppError } from '#shared/contract/errors.ts'
import type { Task } from '#shared/domain/tasks.ts'
import { readFileIdentity } from '#engine/base/integrity/file-hashes.ts'
import { assertUnchanged } from '#engine/base/integrity/refuse-changed.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { mapSystemError } from '#engine/base/kernel/system-error.ts'
import type {
  ComputedBy,
  InferenceRuntime,
  InferenceSession,
} from '#engine/base/runtime/inference-session.ts'
import { countAgeNumbers } from '#engine/networks/architecture/read-age.ts'
import { cropSource, type PictureView } from '#engine/networks/faces/crop-face.ts'
import { nameYearsOutput } from '#engine/networks/onnx-file/add-heads.ts'
import { readModelMetadata, type ModelMetadata } from '#engine/networks/onnx-file/model-metadata.ts'
import { readRegularFile } from '#engine/base/kernel/regular-file.ts'

const batchImages = 64

/** A model file, and what it must hash to; null where that is not known. */
export interface ExpectedModel {
  readonly onnxFile: string
  readonly sha256: string | null
}

export const modelAdvice =
  'Put the file back from a copy of the project folder, or train again; nothing was computed with it.'

/** Faces cut out in another way are other inputs than the network learned from. */
function checkCrop({ cropSource: wanted }: ModelMetadata, file: string): void {
  if (wanted === null || wanted === cropSource) return
  throw new AppError(
    'INVALID_INPUT',
    `${file} was made for faces as another version of Evenhand finds and aligns them, so that its answers would not be its own here. Scan with this version and train the probe again.`,
    { details: { file } },
  )
}

export interface HeadAnswers {
  /** Logits `[count, classes]` per task; for an age head in years `[count, 1]` years or `[count, 101]` logits of years. */
  readonly heads: Map<Task, Float32Array>
  /** `[count]`: the file's own read-out of its age head; null where it has none. */
  readonly ageYears: Float32Array | null
}

/** A model file's bytes, held against what they must hash to, and what they say of themselves. Throws as `ExportedModel.open`. */
export async function readModelFile({ onnxFile: file, sha256: expected }: ExpectedModel) {
  let bytes: Uint8Array
  try {
    bytes = await readRegularFile(file)
  } catch (error) {
    throw mapSystemError(error, { action: 'read', path: file })
  }
  const sha256 = hashBytes(bytes)
  if (expected !== null) assertUnchanged({ subject: file, expected, found: sha256, advice: modelAdvice })
  const metadata = readModelMetadata(bytes, file)
  checkCrop(metadata, file)
  return { bytes, sha256, metadata }
}

/** An exported ONNX file, open for inference. Its `run` blocks the thread, so it lives in a worker. */
export class ExportedModel {
  readonly metadata: ModelMetadata
  /** Of the file's bytes. */
  readonly sha256: string
  readonly #file: string
  readonly #session: InferenceSession

  private constructor(
    session: InferenceSession,
    { file, metadata, sha256 }: { file: string; metadata: ModelMetadata; sha256: string },
  ) {
    this.metadata = metadata
    this.sha256 = sha256
    this.#file = file
    this.#session = session
  }

  /** Throws AppError NOT_FOUND, CONFLICT for another file than expected, or INVALID_INPUT naming what is wrong with it. */
  static async open(
    { onnxFile: file, sha256: expected }: ExpectedModel,
    runtime: InferenceRuntime,
    threads: number,
  ): Promise<ExportedModel> {
    const { bytes, sha256, metadata } = await readModelFile({ onnxFile: file, sha256: expected })
    try {
      const session = await runtime.createSession(bytes, { threads })
      return new ExportedModel(session, { file, metadata, sha256 })
    } catch (cause) {
      if (cause instanceof AppError) throw cause
      throw new AppError(
        'INVALID_INPUT',
        `${file} cannot be opened as a model; it may be damaged. Export it again.`,
        {
          details: { file },
          cause,
        },
      )
    }
  }

  get computedBy(): ComputedBy {
    return this.#session.computedBy
  }

  /** What of a picture the network sees. */
  get view(): PictureView {
    return this.metadata.cropSource === null ? 'whole' : 'face'
  }

  /**
   * @param images `[count, 3, size, size]` planar RGB, 0-255.
   * @throws AppError INVALID_INPUT when the outputs do not fit the file's own labels, or are no numbers.
   */
  async run(images: Uint8Array, count: number): Promise<HeadAnswers> {
    const { inputSize, labels, ageReadOut } = this.metadata
    const imageBytes = 3 * inputSize * inputSize
    const heads = new Map(
      Array.from(labels, ([task, { length }]) => {
        const numbers = task === 'age' && ageReadOut !== 'class' ? countAgeNumbers(ageReadOut) : length
        return [task, new Float32Array(count * numbers)] as const
      }),
    )
    const years: number[] = []
    for (let start = 0; start < count; start += batchImages) {
      const batch = Math.min(batchImages, count - start)
      const data = Float32Array.from(images.subarray(start * imageBytes, (start + batch) * imageBytes))
      const image = { type: 'float32', dims: [batch, 3, inputSize, inputSize], data } as const
      const outputs = await this.#session.run({ image })
      for (const [task, target] of heads) {
        const output = outputs[task]
        if (output?.type !== 'float32' || output.data.length * count !== target.length * batch) {
          throw new AppError(
            'INVALID_INPUT',
            `The output "${task}" of ${this.#file} does not fit its labels. Export it again.`,
          )
        }
        if (!output.data.every(Number.isFinite)) {
          throw new AppError(
            'INVALID_INPUT',
            `The output "${task}" of ${this.#file} has values that are no numbers: its weights are damaged. Use another model.`,
          )
        }
        target.set(output.data, (start * target.length) / count)
      }
      const readOut = outputs[nameYearsOutput('age')]
      if (readOut?.type === 'float32') years.push(...readOut.data)
    }
    return { heads, ageYears: years.length === count && count > 0 ? Float32Array.from(years) : null }
  }

  dispose(): Promise<void> {
    return this.#session.dispose()
  }
}

interface OpenTask {
  readonly model: ExpectedModel
  readonly threads: number
}

/** Keeps the last few models open. A file that changes on disk is another model, and one that failed is tried again. */
export class ExportedModelCache {
  readonly #models: LRUCache<string, ExportedModel, OpenTask>
  /** Models on their way out, whose memory is wanted back before the next one is used. */
  #closing: Promise<void>[] = []

  constructor(runtime: InferenceRuntime, capacity: number) {
    this.#models = new LRUCache({
      max: capacity,
      fetchMethod: (_key, _stale, { context: { model, threads } }) =>
        ExportedModel.open(model, runtime, threads),
      dispose: (model) => {
        const closing = model.dispose()
        // A failure is thrown when it is waited for; until then it must not count as unhandled.
        closing.catch(() => undefined)
        this.#closing.push(closing)
      },
    })
  }

  async get({ onnxFile, sha256 }: ExpectedModel, threads: number): Promise<ExportedModel> {
    const identity = await readFileIdentity(onnxFile).catch((error: unknown) => {
      throw mapSystemError(error, { action: 'read', path: onnxFile })
    })
    const key = JSON.stringify([onnxFile, identity, sha256, threads])
    const model = await this.#models.forceFetch(key, { context: { model: { onnxFile, sha256 }, threads } })
    await Promise.all(this.#closing.splice(0))
    return model
  }
}
