import { AppError } from '#shared/contract/errors.ts'
import { mapSystemError } from '#engine/base/kernel/system-error.ts'
import { embeddingSizes } from '#shared/domain/architectures.ts'
import type { InferenceRuntime, InferenceSession } from '#engine/base/runtime/inference-session.ts'
import { assertUnchanged } from '#engine/base/integrity/refuse-changed.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { modelAdvice, type ExpectedModel } from '#engine/networks/inference/exported-model.ts'
import { readRegularFile } from '#engine/base/kernel/regular-file.ts'

const sizes: ReadonlySet<number> = new Set(Object.values(embeddingSizes))

/** An exported model's part below its heads. */
export class BackboneNetwork implements AsyncDisposable {
  readonly #session: InferenceSession
  readonly #file: string

  private constructor(session: InferenceSession, file: string) {
    this.#session = session
    this.#file = file
  }

  /** Throws AppError NOT_FOUND, CONFLICT for another file than expected, or INVALID_INPUT when the file has no output `embedding`. */
  static async open(
    { onnxFile: file, sha256: expected }: ExpectedModel,
    runtime: InferenceRuntime,
    threads: number,
  ): Promise<BackboneNetwork> {
    const bytes = await readRegularFile(file).catch((error: unknown) => {
      throw mapSystemError(error, { action: 'read', path: file })
    })
    if (expected !== null)
      assertUnchanged({ subject: file, expected, found: hashBytes(bytes), advice: modelAdvice })
    const session = await runtime.createSession(bytes, { threads }).catch((cause: unknown) => {
      throw new AppError('INVALID_INPUT', `${file} cannot be opened as a model; export it again.`, { cause })
    })
    if (session.outputNames.includes('embedding')) return new BackboneNetwork(session, file)
    await session.dispose()
    throw new AppError('INVALID_INPUT', `${file} has no output "embedding"; export the model again.`, {
      details: { file },
    })
  }

  /** @param image `[3, side, side]`, RGB, 0-255. @returns `[512]`, of the face network `[128]` */
  async embed(image: Uint8Array, side: number): Promise<Float32Array> {
    const outputs = await this.#session.run({
      image: { type: 'float32', dims: [1, 3, side, side], data: Float32Array.from(image) },
    })
    const { embedding } = outputs
    if (embedding?.type !== 'float32' || !sizes.has(embedding.data.length)) {
      throw new AppError(
        'INVALID_INPUT',
        `${this.#file} gives no embedding of ${[...sizes].join(' or ')} numbers.`,
      )
    }
    return embedding.data
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.dispose()
  }
}
