import type { Engine } from '#engine/engine.ts'
import type { PredictModel } from '#engine/learning/models/locate-predict-model.ts'
import type { PredictImage } from '#engine/networks/inference/predictor.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { PredictResponse } from '#shared/contract/prediction.contract.ts'

interface Waiting {
  readonly images: readonly PredictImage[]
  readonly model: PredictModel
  readonly signal: AbortSignal
  readonly resolve: (response: PredictResponse) => void
  readonly reject: (error: unknown) => void
}

export interface PredictQueueLimits {
  /** Requests that may wait at once; one more is refused with UNAVAILABLE. */
  readonly waitingRequests: number
  /** Images of several requests that go through the model together. */
  readonly imagesPerBatch: number
}

/** Puts requests that arrive while the model is busy into one batch, and refuses more than it can hold. */
export class PredictQueue {
  readonly #predict: Engine['predict']
  readonly #limits: PredictQueueLimits
  #waiting: Waiting[] = []
  #isRunning = false

  constructor(deps: { predict: Engine['predict']; limits: PredictQueueLimits }) {
    this.#predict = deps.predict
    this.#limits = deps.limits
  }

  /** @throws AppError UNAVAILABLE when one request more would be refused. */
  assertRoom(): void {
    this.#dropAborted()
    if (this.#waiting.length < this.#limits.waitingRequests) return
    throw new AppError(
      'UNAVAILABLE',
      `${this.#waiting.length} prediction requests are waiting already; try again in a second.`,
    )
  }

  predict(
    images: readonly PredictImage[],
    model: PredictModel,
    signal: AbortSignal,
  ): Promise<PredictResponse> {
    this.assertRoom()
    return new Promise((resolve, reject) => {
      this.#waiting.push({ images, model, signal, resolve, reject })
      void this.#run()
    })
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return
    this.#isRunning = true
    try {
      for (let batch = this.#takeBatch(); batch.length > 0; batch = this.#takeBatch()) {
        await this.#predictBatch(batch)
      }
    } finally {
      this.#isRunning = false
    }
  }

  /** Whoever went away takes no room from those who wait. */
  #dropAborted(): Waiting[] {
    for (const one of this.#waiting.filter(({ signal }) => signal.aborted)) {
      one.reject(new AppError('CANCELLED', 'The request was cancelled while it waited.'))
    }
    this.#waiting = this.#waiting.filter(({ signal }) => !signal.aborted)
    return this.#waiting
  }

  /** The oldest request and those after it for the same model, as far as they fit. */
  #takeBatch(): Waiting[] {
    const alive = this.#dropAborted()
    const key = JSON.stringify(alive[0]?.model)
    const batch: Waiting[] = []
    let images = 0
    for (const one of alive) {
      images += one.images.length
      if (JSON.stringify(one.model) !== key || (batch.length > 0 && images > this.#limits.imagesPerBatch))
        break
      batch.push(one)
    }
    this.#waiting = alive.slice(batch.length)
    return batch
  }

  async #predictBatch(batch: readonly Waiting[]): Promise<void> {
    const [first] = batch
    if (first === undefined) return
    // A lone request can still be given up; a shared batch goes on for the others.
    const signal = batch.length === 1 ? first.signal : undefined
    try {
      const images = batch.flatMap((one) => one.images)
      const answer = await this.#predict(images, first.model, signal)
      let from = 0
      for (const { images: own, resolve } of batch) {
        resolve({ ...answer, predictions: answer.predictions.slice(from, from + own.length) })
        from += own.length
      }
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }
}
