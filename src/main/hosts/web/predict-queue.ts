import type { Engine } from '#engine/engine.ts'
import type { PredictModel } from '#engine/learning/models/locate-predict-model.ts'
import type { PredictAsker } from '#engine/learning/serving/answer-under-purpose.ts'
import type { PredictImage } from '#engine/networks/inference/predictor.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { AskedFaces, ImagePrediction, PredictResponse } from '#shared/contract/prediction.contract.ts'

/** Images of one sender, and how far they have got. */
interface Asked {
  readonly images: readonly PredictImage[]
  /** Of each image. */
  readonly pixels: readonly number[]
  readonly model: PredictModel
  readonly faces: AskedFaces
  readonly asker: PredictAsker
  readonly signal: AbortSignal
  readonly resolve: (response: PredictResponse) => void
  readonly reject: (error: unknown) => void
  /** The first of the images that have been answered. */
  readonly predictions: ImagePrediction[]
  readonly milliseconds: { decode: number; inference: number }
}

/** Who asks, and for how long. */
interface Sender {
  readonly asker: PredictAsker
  readonly signal: AbortSignal
  /** Each picture as one face where left out. */
  readonly faces?: AskedFaces
}

const keyOf = ({ model, asker, faces }: Asked): string => JSON.stringify([model, asker, faces])

/** What one request gives to a batch: the next `count` of its images. */
interface Portion {
  readonly asked: Asked
  count: number
}

export interface PredictQueueLimits {
  /** Requests that may wait at once; one more is refused with UNAVAILABLE. */
  readonly waitingRequests: number
  /** Images of several requests that go through the model together. */
  readonly imagesPerBatch: number
  /** The same for pixels, so that no batch takes long; one image alone may have more. */
  readonly pixelsPerBatch: number
  /** Of one request, by the headers of its images, before any is decoded. */
  readonly pixelsPerRequest: number
}

interface PredictQueueDeps {
  readonly predict: Engine['predict']
  readonly measureImages: Engine['measureImages']
  readonly limits: PredictQueueLimits
}

/**
 * Puts images of requests that arrive while the model is busy into one batch, each request giving one in its turn, so that
 * a large request lets the others through and one whose sender has gone costs no more than the batch that runs.
 */
export class PredictQueue {
  readonly #deps: PredictQueueDeps
  /** Those that nothing is being done for, the next first. */
  #waiting: Asked[] = []
  #measured = 0
  #isRunning = false

  constructor(deps: PredictQueueDeps) {
    this.#deps = deps
  }

  /** @throws AppError UNAVAILABLE when one request more would be refused. */
  assertRoom(): void {
    this.#dropAborted()
    const waiting = this.#waiting.length + this.#measured
    // The first of an empty queue does not wait.
    if (waiting < this.#deps.limits.waitingRequests + (this.#isRunning ? 0 : 1)) return
    throw new AppError(
      'UNAVAILABLE',
      `${waiting} prediction requests are waiting already; try again in a second.`,
    )
  }

  /**
   * @throws AppError UNAVAILABLE at once when the queue is full.
   * @returns rejects with TooManyPixels before anything is decoded.
   */
  predict(images: readonly PredictImage[], model: PredictModel, sender: Sender): Promise<PredictResponse> {
    this.assertRoom()
    return this.#enter(images, model, sender)
  }

  async #enter(
    images: readonly PredictImage[],
    model: PredictModel,
    { asker, signal, faces = 'picture' }: Sender,
  ): Promise<PredictResponse> {
    const pixels = await this.#measure(images, signal)
    return new Promise((resolve, reject) => {
      const milliseconds = { decode: 0, inference: 0 }
      this.#waiting.push({
        images,
        pixels,
        model,
        faces,
        asker,
        signal,
        resolve,
        reject,
        predictions: [],
        milliseconds,
      })
      void this.#run()
    })
  }

  async #measure(images: readonly PredictImage[], signal: AbortSignal): Promise<readonly number[]> {
    if (images.length === 0) return []
    this.#measured++
    try {
      const pixels = await this.#deps.measureImages(images, signal)
      const total = pixels.reduce((sum, one) => sum + one, 0)
      const limit = this.#deps.limits.pixelsPerRequest
      if (total > limit) throw new TooManyPixels(total, limit)
      return pixels
    } finally {
      this.#measured--
    }
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
  #dropAborted(): void {
    for (const one of this.#waiting.filter(({ signal }) => signal.aborted)) {
      one.reject(new AppError('CANCELLED', 'The request was cancelled while it waited.'))
    }
    this.#waiting = this.#waiting.filter(({ signal }) => !signal.aborted)
  }

  /** One image of each request for the model and under the purpose of the first, then one more of each, as long as they fit. */
  #takeBatch(): Portion[] {
    this.#dropAborted()
    const [next] = this.#waiting
    if (next === undefined) return []
    // What one may be told another may not, so that only those who may have the same share a batch.
    const key = keyOf(next)
    const portions = this.#waiting
      .filter((one) => keyOf(one) === key)
      .map((asked): Portion => ({ asked, count: 0 }))
    fillBatch(portions, this.#deps.limits)
    // One that asks for no image asks for the model's name.
    const batch = portions.filter(({ asked, count }) => count > 0 || asked.images.length === 0)
    this.#waiting = this.#waiting.filter((one) => !batch.some(({ asked }) => asked === one))
    return batch
  }

  async #predictBatch(batch: readonly Portion[]): Promise<void> {
    const [first] = batch
    if (first === undefined) return
    using wanted = watchSenders(batch)
    try {
      const images = batch.flatMap(nextImages)
      const { model, asker, faces } = first.asked
      const answer = await this.#deps.predict(images, model, { asker, signal: wanted.signal, faces })
      let from = 0
      for (const { asked, count } of batch) {
        asked.predictions.push(...answer.predictions.slice(from, from + count))
        asked.milliseconds.decode += answer.milliseconds.decode
        asked.milliseconds.inference += answer.milliseconds.inference
        from += count
        if (asked.predictions.length < asked.images.length) this.#waiting.push(asked)
        else asked.resolve({ ...answer, predictions: asked.predictions, milliseconds: asked.milliseconds })
      }
    } catch (error) {
      for (const { asked } of batch) asked.reject(error)
    }
  }
}

/** What does not fit stays for the next batch, in which its request comes first. */
function fillBatch(portions: readonly Portion[], limits: PredictQueueLimits): void {
  let growing = portions
  let images = 0
  let pixels = 0
  while (growing.length > 0) {
    growing = growing.filter((portion) => {
      const next = portion.asked.pixels[portion.asked.predictions.length + portion.count]
      const isFull = images >= limits.imagesPerBatch || pixels + (next ?? 0) > limits.pixelsPerBatch
      if (next === undefined || (isFull && images > 0)) return false
      portion.count++
      images++
      pixels += next
      return true
    })
  }
}

const nextImages = ({ asked, count }: Portion): readonly PredictImage[] =>
  asked.images.slice(asked.predictions.length, asked.predictions.length + count)

/** A batch goes on for as long as one of its senders waits for it. */
function watchSenders(batch: readonly Portion[]): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController()
  const signals = batch.map(({ asked }) => asked.signal)
  const look = (): void => {
    if (signals.every(({ aborted }) => aborted)) controller.abort()
  }
  for (const signal of signals) signal.addEventListener('abort', look)
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      for (const signal of signals) signal.removeEventListener('abort', look)
    },
  }
}

const toMegapixels = (pixels: number): string => Math.ceil(pixels / 1_000_000).toLocaleString('en')

/** A request of more pixels than one may have. */
export class TooManyPixels extends AppError {
  constructor(total: number, limit: number) {
    super(
      'INVALID_INPUT',
      `The images of this request have ${toMegapixels(total)} megapixels together; the limit is ${toMegapixels(limit)}. Send them smaller, or in several requests.`,
    )
  }
}
