import type { Target } from './domain/targets.ts'
import type { ExplainedNetwork } from '#engine/networks/inference/explained-network.ts'

/** Variants that go through the network at once: enough for its convolutions, and 77 MB at 224 pixels. */
export const batchPictures = 64

export interface AskWatch {
  readonly throwIfCancelled: () => void
  /** After each batch. */
  readonly count: (pictures: number) => void
}

/** Asks a network about many variants of a picture, in batches of bounded memory. */
export class Asker {
  readonly size: number
  readonly targets: readonly Target[]
  readonly #network: ExplainedNetwork
  readonly #watch: AskWatch
  #buffer: Float32Array | null = null

  constructor(network: ExplainedNetwork, targets: readonly Target[], watch: AskWatch) {
    this.size = network.metadata.inputSize
    this.targets = targets
    this.#network = network
    this.#watch = watch
  }

  /** The same questions to another network. */
  turnTo(network: ExplainedNetwork): Asker {
    return new Asker(network, this.targets, this.#watch)
  }

  /**
   * @param write Puts variant `at` as planar RGB, 0-255, into `[3, size, size]`.
   * @returns `[count, targets]`: what each variant is answered
   */
  async ask(count: number, write: (into: Float32Array, at: number) => void): Promise<Float64Array> {
    const numbers = 3 * this.size * this.size
    const buffer = (this.#buffer ??= new Float32Array(batchPictures * numbers))
    const answers = new Float64Array(count * this.targets.length)
    for (let start = 0; start < count; start += batchPictures) {
      this.#watch.throwIfCancelled()
      const batch = Math.min(batchPictures, count - start)
      for (let at = 0; at < batch; at++) write(buffer.subarray(at * numbers, (at + 1) * numbers), start + at)
      const heads = await this.#network.run(buffer.subarray(0, batch * numbers), batch)
      this.targets.forEach(({ task, read }, target) => {
        const rows = heads.get(task) ?? new Float32Array()
        const width = rows.length / batch
        for (let at = 0; at < batch; at++)
          answers[(start + at) * this.targets.length + target] = read(
            rows.subarray(at * width, (at + 1) * width),
          )
      })
      this.#watch.count(batch)
    }
    return answers
  }
}
