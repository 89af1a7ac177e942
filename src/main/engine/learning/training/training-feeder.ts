import type { TrainConfig } from '#shared/contract/train-config.contract.ts'
import type { Task } from '#shared/domain/tasks.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import { BatchMaker, type FeedPlan } from './batch-maker.ts'
import { countEpochImages, sampleOnce, type Sampling } from '#engine/learning/training/domain/sampling.ts'
import { FeedThreads, type BatchSource } from './feed-threads.ts'
import type { TensorRow } from '#engine/networks/tensors/tensor-cache.ts'
import type { TrainBatch } from '#engine/networks/architecture/training-engine.ts'

/** Images of one part: where their tensors stand and their class indices, -1 where missing. */
export interface LabelledTensors {
  readonly rows: readonly TensorRow[]
  /** `age` in the nine bins, whatever the head gives. */
  readonly labels: ReadonlyMap<Task, Int32Array>
  /** Exact ages in years, -1 where missing; training on years needs them. */
  readonly years?: Float32Array
}

export type FeederConfig = Pick<
  TrainConfig,
  'batchSize' | 'inputSize' | 'seed' | 'epochs' | 'age' | 'augmentation'
>

export interface FeederInput {
  readonly tensorsFile: string
  readonly data: LabelledTensors
  readonly config: FeederConfig
  /** Every image once where left out. */
  readonly sampling?: Sampling
}

export interface FeederThreads {
  readonly workers: WorkerLocator
  /** Threads that prepare batches ahead; 0 makes each in the calling thread when it is asked for. */
  readonly threads: number
}

function planFeed({ tensorsFile, data, config, sampling }: FeederInput): FeedPlan {
  const { inputSize, batchSize, seed, age, augmentation } = config
  if (age.target === 'years' && data.labels.has('age') && data.years === undefined) {
    throw new RangeError('Training on years needs the ages in years')
  }
  return {
    tensorsFile,
    inputSize,
    batchSize,
    seed,
    age,
    augmentation,
    rows: Uint32Array.from(data.rows, ({ row }) => row),
    crcs: Uint32Array.from(data.rows, ({ crc }) => crc),
    labels: new Map(data.labels),
    years: age.target === 'years' ? (data.years ?? null) : null,
    sampling: sampling ?? sampleOnce(data.rows.length),
  }
}

/** Makes batches where they are asked for; the first one opens the tensor cache. */
class SameThread implements BatchSource {
  readonly #plan: FeedPlan
  #maker: BatchMaker | null = null

  constructor(plan: FeedPlan) {
    this.#plan = plan
  }

  async make(epoch: number, batch: number): Promise<TrainBatch> {
    this.#maker ??= new BatchMaker(this.#plan)
    return this.#maker.make(epoch, batch)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#maker?.[Symbol.dispose]()
  }
}

interface Ordered {
  readonly epoch: number
  readonly batch: number
  readonly made: Promise<TrainBatch>
}

/** Two more than the threads at work: the step holds its thread while it computes, and refills only between steps. */
const waitingBatches = 2

/**
 * Gives the training batches in their order, prepared ahead by other threads. A batch depends on its epoch and place
 * alone: however many threads there are, and wherever a run is resumed, the images are the same to the byte. At most
 * `threads + 2` batches exist at once.
 */
export class TrainingFeeder implements AsyncDisposable {
  /** Whole batches; the last partial one is dropped. */
  readonly batchesPerEpoch: number
  readonly #source: BatchSource
  readonly #ahead: number
  readonly #epochs: number
  #queue: Ordered[] = []

  /** Use {@link openFeeder}. */
  constructor(
    source: BatchSource,
    { batchesPerEpoch, ahead, epochs }: { batchesPerEpoch: number; ahead: number; epochs: number },
  ) {
    this.#source = source
    this.batchesPerEpoch = batchesPerEpoch
    this.#ahead = ahead
    this.#epochs = epochs
  }

  /**
   * Starts anywhere; what follows in order is prepared ahead, over the borders of epochs too.
   * @param epoch One-based. @param batch Zero-based, below `batchesPerEpoch`.
   * @throws AppError CONFLICT when a cached tensor is damaged, naming the file; INTERNAL when a thread ended.
   */
  async nextBatch(epoch: number, batch: number): Promise<TrainBatch> {
    const [first] = this.#queue
    if (first?.epoch !== epoch || first.batch !== batch) this.#queue = []
    this.#orderFrom(epoch, batch)
    const ordered = this.#queue.shift()
    if (ordered === undefined) throw new RangeError(`Epoch ${epoch} has no batch ${batch}`)
    return ordered.made
  }

  /** Keeps the batch asked for and `ahead` more in the making. */
  #orderFrom(epoch: number, batch: number): void {
    const last = this.#queue.at(-1)
    let place = last === undefined ? { epoch, batch } : this.#following(last)
    while (this.#queue.length <= this.#ahead && place.epoch <= this.#epochs) {
      const made = this.#source.make(place.epoch, place.batch)
      // A failure is thrown where the batch is asked for, and must not end the process before that.
      made.catch(() => undefined)
      this.#queue.push({ ...place, made })
      place = this.#following(place)
    }
  }

  #following({ epoch, batch }: { epoch: number; batch: number }): { epoch: number; batch: number } {
    return batch + 1 < this.batchesPerEpoch ? { epoch, batch: batch + 1 } : { epoch: epoch + 1, batch: 0 }
  }

  /** Ends the threads; batches still in the making are dropped. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#queue = []
    await this.#source[Symbol.asyncDispose]()
  }
}

export function openFeeder(input: FeederInput, { workers, threads }: FeederThreads): TrainingFeeder {
  const plan = planFeed(input)
  const { epochs, batchSize } = input.config
  const source = threads === 0 ? new SameThread(plan) : new FeedThreads(plan, { workers, threads })
  const batchesPerEpoch = Math.floor(countEpochImages(plan.sampling) / batchSize)
  return new TrainingFeeder(source, {
    batchesPerEpoch,
    ahead: threads === 0 ? 0 : threads + waitingBatches - 1,
    epochs,
  })
}
