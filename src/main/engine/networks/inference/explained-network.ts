import { AppError } from '#shared/contract/errors.ts'
import type { Task } from '#shared/domain/tasks.ts'
import type {
  ComputedBy,
  InferenceRuntime,
  InferenceSession,
  RuntimeTensor,
} from '#engine/base/runtime/inference-session.ts'
import { remember } from '#engine/base/kernel/remember.ts'
import type { PictureView } from '#engine/networks/faces/crop-face.ts'
import {
  exposeFeatures,
  featuresOutput,
  type LinearHead,
} from '#engine/networks/onnx-file/expose-features.ts'
import type { ModelMetadata } from '#engine/networks/onnx-file/model-metadata.ts'
import { randomiseWeights } from '#engine/networks/onnx-file/randomise-weights.ts'
import { readModelFile, type ExpectedModel } from './exported-model.ts'

/** The last maps before the global average, of one picture. */
export interface FeatureMaps {
  readonly channels: number
  readonly height: number
  readonly width: number
  /** `[channels, height, width]` */
  readonly data: Float32Array
}

export type HeadRows = ReadonlyMap<Task, Float32Array>

/** What one forward pass tells of one picture. */
export interface SeenFeatures {
  readonly heads: HeadRows
  readonly features: FeatureMaps
  /** What each head makes of the averaged maps. */
  readonly linear: ReadonlyMap<string, LinearHead>
}

interface NetworkParts {
  readonly file: string
  readonly bytes: Uint8Array
  readonly sha256: string
  readonly metadata: ModelMetadata
  readonly runtime: InferenceRuntime
  readonly threads: number
}

/** An exported model that is asked about many variants of a picture, and for what its last layers see. Lives in a worker. */
export class ExplainedNetwork implements AsyncDisposable {
  readonly metadata: ModelMetadata
  readonly sha256: string
  readonly #parts: NetworkParts
  readonly #opened: InferenceSession[] = []
  readonly #openAnswers = remember(() => this.#keep(this.#parts.bytes))
  /** The last picture that was seen: a map wants its answer, its cells and its values one after another. */
  #lastSeen: { readonly image: Float32Array; readonly seen: Promise<SeenFeatures> } | null = null
  readonly #openFeatures = remember(() => this.#exposeFeatures())

  private constructor(parts: NetworkParts) {
    this.#parts = parts
    this.metadata = parts.metadata
    this.sha256 = parts.sha256
  }

  /** Throws as `ExportedModel.open`. */
  static async open(
    model: ExpectedModel,
    { runtime, threads }: Pick<NetworkParts, 'runtime' | 'threads'>,
  ): Promise<ExplainedNetwork> {
    const read = await readModelFile(model)
    return new ExplainedNetwork({ ...read, file: model.onnxFile, runtime, threads })
  }

  /** The same network with its weights in disorder. */
  randomise(shuffle: (numbers: Float32Array) => unknown): ExplainedNetwork {
    return new ExplainedNetwork({ ...this.#parts, bytes: randomiseWeights(this.#parts.bytes, shuffle) })
  }

  get view(): PictureView {
    return this.metadata.cropSource === null ? 'whole' : 'face'
  }

  async computedBy(): Promise<ComputedBy> {
    const [opened] = this.#opened
    return (opened ?? (await this.#openAnswers())).computedBy
  }

  /**
   * The numbers of every head, `[count, numbers]` each.
   * @param images `[count, 3, size, size]` planar RGB, 0-255
   */
  async run(images: Float32Array, count: number): Promise<HeadRows> {
    const session = await this.#openAnswers()
    return this.#readHeads(await session.run({ image: this.#wrap(images, count) }))
  }

  /** The last maps of one picture `[3, size, size]`, its heads' numbers, and what each head makes of the averaged maps. */
  see(image: Float32Array): Promise<SeenFeatures> {
    const last = this.#lastSeen
    if (last !== null && last.image.every((value, at) => value === image[at])) return last.seen
    const seen = this.#see(image)
    this.#lastSeen = { image, seen }
    return seen
  }

  async #see(image: Float32Array): Promise<SeenFeatures> {
    const { session, heads: linear } = await this.#openFeatures()
    const outputs = await session.run({ image: this.#wrap(image, 1) })
    const features = outputs[featuresOutput]
    const [, channels = 0, height = 0, width = 0] = features?.dims ?? []
    if (features?.type !== 'float32') throw new Error('The network gave no feature maps')
    return {
      heads: this.#readHeads(outputs),
      features: { channels, height, width, data: features.data },
      linear,
    }
  }

  #wrap(data: Float32Array, count: number) {
    const { inputSize } = this.metadata
    return { type: 'float32', dims: [count, 3, inputSize, inputSize], data } as const
  }

  #readHeads(outputs: Readonly<Record<string, RuntimeTensor>>): HeadRows {
    const { file } = this.#parts
    return new Map(
      Array.from(this.metadata.labels.keys(), (task) => {
        const output = outputs[task]
        if (output?.type !== 'float32' || !output.data.every(Number.isFinite)) {
          throw new AppError(
            'INVALID_INPUT',
            `The output "${task}" of ${file} is missing or has values that are no numbers: the file is damaged. Export it again, or use another model.`,
            { details: { file } },
          )
        }
        return [task, output.data] as const
      }),
    )
  }

  async #keep(model: Uint8Array): Promise<InferenceSession> {
    const { runtime, threads } = this.#parts
    const session = await runtime
      .createSession(model, { threads })
      .catch((cause: unknown) => this.#refuse(cause))
    this.#opened.push(session)
    return session
  }

  async #exposeFeatures() {
    const { bytes, file } = this.#parts
    const exposed = exposeFeatures(bytes)
    if (exposed === null) {
      throw new AppError(
        'INVALID_INPUT',
        `${file} averages no feature maps before its heads, so that there is no class activation of it. Use LIME or occlusion.`,
        { details: { file } },
      )
    }
    const { model, heads } = exposed
    return { session: await this.#keep(model), heads }
  }

  #refuse(cause: unknown): never {
    if (cause instanceof AppError) throw cause
    const { file } = this.#parts
    throw new AppError(
      'INVALID_INPUT',
      `${file} cannot be opened as a model; it may be damaged. Export it again.`,
      { details: { file }, cause },
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#opened.splice(0).map((session) => session.dispose()))
  }
}
