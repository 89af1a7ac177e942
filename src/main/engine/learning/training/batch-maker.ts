import * as z from 'zod'
import { trainConfig } from '#shared/contract/train-config.contract.ts'
import type { Task } from '#shared/domain/tasks.ts'
import { augmentImage } from '#engine/learning/training/domain/augment.ts'
import { cropPadding, planEpoch, type AugmentedItem } from '#engine/learning/training/domain/epoch-plan.ts'
import { yearClasses } from '#engine/learning/training/domain/head-loss.ts'
import { TensorReader } from '#engine/networks/tensors/tensor-reader.ts'
import type { TrainBatch } from '#engine/networks/architecture/training-engine.ts'

const { seed, age, augmentation } = trainConfig.shape
const int32s = z.custom<Int32Array>((value) => value instanceof Int32Array)
const uint32s = z.custom<Uint32Array>((value) => value instanceof Uint32Array)
const float32s = z.custom<Float32Array>((value) => value instanceof Float32Array)
const float64s = z.custom<Float64Array>((value) => value instanceof Float64Array)

/** All that a batch depends on beside its place; plain data, so that a thread can be given it. */
export const feedPlan = z.object({
  tensorsFile: z.string(),
  inputSize: z.int().positive(),
  batchSize: z.int().positive(),
  seed,
  age,
  augmentation,
  /** `[images]` entries of the tensor cache and their sums. */
  rows: uint32s,
  crcs: uint32s,
  /** `[images]` class indices per head, -1 where missing. */
  labels: z.map(z.enum(['age', 'gender', 'race']), int32s),
  /** `[images]` ages in years, -1 where missing; null where no head needs them. */
  years: float32s.nullable(),
  sampling: z.object({ withReplacement: z.boolean(), weights: float64s }),
})
export type FeedPlan = z.infer<typeof feedPlan>

/** The class of an age among the single years 0 to 100, in which the last one stands for everybody older too. */
const classOfYears = (years: number): number =>
  years < 0 ? -1 : Math.min(yearClasses - 1, Math.floor(years))

/** Makes any batch of a run, the same one each time it is asked for. Blocks its thread for the time that takes. */
export class BatchMaker implements Disposable {
  readonly #plan: FeedPlan
  readonly #reader: TensorReader
  readonly #padding: number
  readonly #source: Uint8Array
  #epoch: { readonly epoch: number; readonly items: readonly AugmentedItem[] } = { epoch: 0, items: [] }

  /** Throws NOT_FOUND when the tensor cache is gone. */
  constructor(plan: FeedPlan) {
    this.#plan = plan
    this.#reader = new TensorReader(plan.tensorsFile, plan.inputSize)
    this.#padding = plan.augmentation.crop === 'pad' ? cropPadding(plan.inputSize) : 0
    this.#source = new Uint8Array(this.#reader.bytes)
  }

  /**
   * @param epoch One-based.
   * @param batch Zero-based; the last partial batch of an epoch does not exist.
   * @throws AppError CONFLICT when a cached tensor is damaged.
   */
  make(epoch: number, batch: number): TrainBatch {
    const { batchSize: images, labels, years, age: target } = this.#plan
    const start = batch * images
    const items = this.#itemsOf(epoch).slice(start, start + images)
    if (items.length < images) throw new RangeError(`Epoch ${epoch} has no whole batch ${batch}`)
    const made = new Map<Task, Int32Array>()
    for (const [task, classes] of labels) {
      made.set(
        task,
        Int32Array.from(items, (item) => classes[item.index] ?? -1),
      )
    }
    const pixels = this.#fillImages(items, { epoch, start })
    if (years === null) return { images: pixels, labels: made }
    const ages = Float32Array.from(items, (item) => years[item.index] ?? -1)
    if (target.target === 'years' && target.loss === 'cross-entropy' && made.has('age')) {
      made.set('age', Int32Array.from(ages, classOfYears))
    }
    return { images: pixels, labels: made, years: ages }
  }

  #fillImages(
    items: readonly AugmentedItem[],
    { epoch, start }: { epoch: number; start: number },
  ): Uint8Array<ArrayBuffer> {
    const { rows, crcs, inputSize: size, seed: runSeed, augmentation: choices } = this.#plan
    const data = new Uint8Array(items.length * this.#reader.bytes)
    items.forEach((item, at) => {
      const [row, crc] = [rows[item.index], crcs[item.index]]
      if (row === undefined || crc === undefined) throw new RangeError(`No tensor ${item.index}`)
      this.#reader.read({ row, crc }, this.#source)
      augmentImage(
        this.#source,
        { data, at: at * this.#reader.bytes },
        {
          item,
          size,
          padding: this.#padding,
          augmentation: choices,
          seed: runSeed,
          epoch,
          position: start + at,
        },
      )
    })
    return data
  }

  #itemsOf(epoch: number): readonly AugmentedItem[] {
    if (this.#epoch.epoch !== epoch) {
      const { seed: runSeed, augmentation: choices, sampling } = this.#plan
      const items = planEpoch({ sampling, seed: runSeed, epoch, flip: choices.flip, padding: this.#padding })
      this.#epoch = { epoch, items }
    }
    return this.#epoch.items
  }

  [Symbol.dispose](): void {
    this.#reader[Symbol.dispose]()
  }
}
