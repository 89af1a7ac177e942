import type { Task } from '#shared/domain/tasks.ts'
import { copyAugmented } from './domain/augment.ts'
import { cropPadding, planEpoch, type AugmentedItem } from './domain/epoch-plan.ts'
import type { TensorRow } from './tensor-cache.ts'
import type { TensorReader } from './tensor-reader.ts'
import type { TrainBatch } from './training-engine.ts'

/** Images of one part: where their tensors stand and their class indices, -1 where missing. */
export interface LabelledTensors {
  readonly rows: readonly TensorRow[]
  readonly labels: ReadonlyMap<Task, Int32Array>
}

export interface FeederOptions {
  readonly batchSize: number
  readonly inputSize: number
  readonly seed: number
  readonly augmentation: { readonly flip: boolean; readonly crop: boolean }
}

/**
 * Makes the training batches: shuffled and augmented by (seed, epoch), the last partial batch dropped. A batch
 * depends on its epoch and position alone. Filling one takes milliseconds where a step takes hundreds, so it
 * happens between steps and not in a thread of its own.
 */
export class TrainingFeeder {
  readonly batchesPerEpoch: number
  readonly #data: LabelledTensors
  readonly #reader: TensorReader
  readonly #options: FeederOptions
  readonly #padding: number
  readonly #source: Uint8Array
  #plan: { readonly epoch: number; readonly items: readonly AugmentedItem[] } = { epoch: 0, items: [] }

  constructor(data: LabelledTensors, reader: TensorReader, options: FeederOptions) {
    this.#data = data
    this.#reader = reader
    this.#options = options
    this.#padding = options.augmentation.crop ? cropPadding(options.inputSize) : 0
    this.#source = new Uint8Array(reader.bytes)
    this.batchesPerEpoch = Math.floor(data.rows.length / options.batchSize)
  }

  /** @param epoch One-based. @param batch Zero-based, below `batchesPerEpoch`. */
  makeBatch(epoch: number, batch: number): TrainBatch {
    const { batchSize, inputSize } = this.#options
    const items = this.#itemsOf(epoch).slice(batch * batchSize, (batch + 1) * batchSize)
    const images = new Uint8Array(batchSize * this.#reader.bytes)
    items.forEach((item, position) => {
      const row = this.#data.rows[item.index]
      if (row === undefined) throw new RangeError(`No tensor ${item.index}`)
      this.#reader.read(row, this.#source)
      const target = { data: images, at: position * this.#reader.bytes }
      copyAugmented(this.#source, target, { item, size: inputSize, padding: this.#padding })
    })
    const labels = new Map(
      Array.from(this.#data.labels, ([task, classes]) => [
        task,
        Int32Array.from(items, (item) => classes[item.index] ?? -1),
      ]),
    )
    return { images, labels }
  }

  #itemsOf(epoch: number): readonly AugmentedItem[] {
    if (this.#plan.epoch !== epoch) {
      const { seed, augmentation } = this.#options
      const count = this.#data.rows.length
      const items = planEpoch({ count, seed, epoch, flip: augmentation.flip, padding: this.#padding })
      this.#plan = { epoch, items }
    }
    return this.#plan.items
  }
}
