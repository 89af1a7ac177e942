import type { InferenceRuntime, InferenceSession } from '#engine/base/runtime/inference-session.ts'

/** What opens networks, and how many threads each may use. */
export interface Machine {
  readonly runtime: InferenceRuntime
  readonly threads: number
}

function joinImages(images: readonly Float32Array[], plane: number): Float32Array {
  const data = new Float32Array(images.length * plane)
  for (const [at, image] of images.entries()) data.set(image, at * plane)
  return data
}

/** One network with one input `image`. */
export class ImageNetwork implements AsyncDisposable {
  readonly #session: InferenceSession

  private constructor(session: InferenceSession) {
    this.#session = session
  }

  static async open(model: Uint8Array, { runtime, threads }: Machine): Promise<ImageNetwork> {
    return new ImageNetwork(await runtime.createSession(model, { threads }))
  }

  /** @param images squares of one side, each `[3, side, side]` */
  async run<Name extends string>(
    images: readonly Float32Array[],
    outputs: readonly Name[],
  ): Promise<Record<Name, Float32Array>> {
    const plane = images[0]?.length ?? 0
    const side = Math.sqrt(plane / 3)
    const data = images.length === 1 ? (images[0] ?? new Float32Array(0)) : joinImages(images, plane)
    const dims = [images.length, 3, side, side]
    const found = await this.#session.run({ image: { type: 'float32', dims, data } })
    const read = (name: Name): Float32Array => {
      const output = found[name]
      if (output?.type !== 'float32') throw new Error(`The face network gave no ${name}`)
      return output.data
    }
    return Object.fromEntries(outputs.map((name) => [name, read(name)])) as Record<Name, Float32Array>
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.dispose()
  }
}
