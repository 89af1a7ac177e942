import { getEventListeners } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Engine } from '#engine/engine.ts'
import type { PredictModel } from '#engine/learning/models/locate-predict-model.ts'
import type { PredictAsker } from '#engine/learning/serving/answer-under-purpose.ts'
import type { PredictImage } from '#engine/networks/inference/predictor.ts'
import { modelId } from '#shared/contract/base.contract.ts'
import type { PredictResponse } from '#shared/contract/prediction.contract.ts'
import { PredictQueue } from '../../../../src/main/hosts/web/predict-queue.ts'

const limits = { waitingRequests: 3, imagesPerBatch: 4, pixelsPerBatch: 50, pixelsPerRequest: 300 }
/** As many pixels as bytes. */
const image = (file: string, pixels = 1): PredictImage => ({ file, bytes: new Uint8Array(pixels) })
const measureImages = async (images: readonly PredictImage[]): Promise<number[]> =>
  images.map(({ bytes }) => bytes.length)

interface ModelCall {
  readonly files: string[]
  readonly model: PredictModel
  readonly asker: PredictAsker
  readonly signal: AbortSignal | undefined
  readonly finish: () => void
  readonly fail: (error: Error) => void
}

/** A model that answers each call when it is told to, and a queue before it. */
function openQueue() {
  const calls: ModelCall[] = []
  const predict: Engine['predict'] = (images, model, { asker, signal }) =>
    new Promise((resolve, reject) => {
      calls.push({
        files: images.map(({ file }) => file),
        model,
        asker,
        signal,
        finish: () =>
          resolve({
            model: { id: '1', name: 'm', sha256: 'a'.repeat(64) },
            predictions: images.map(({ file }) => ({ file, faces: [] })),
            milliseconds: { decode: 1, inference: 2 },
          }),
        fail: reject,
      })
    })
  return {
    queue: new PredictQueue({ predict, measureImages, limits }),
    /** What the model was asked, call by call. */
    asked: () => calls.map(({ files }) => files.join('')),
    /** The call with this number, once it is made. */
    call: async (number: number): Promise<ModelCall> => {
      await expect.poll(() => calls.length).toBeGreaterThanOrEqual(number)
      const call = calls[number - 1]
      if (call === undefined) throw new Error(`The model was not asked ${number} times`)
      return call
    },
  }
}

const filesOf = ({ predictions }: PredictResponse): string[] => predictions.map(({ file }) => file)
const asker = { kind: 'window' } as const
const wanted = { asker, signal: new AbortController().signal }

describe('the prediction queue', () => {
  it('puts requests that arrive while the model is busy into one batch, each with its own answer', async () => {
    const { queue, asked, call } = openQueue()
    const first = queue.predict([image('a')], null, wanted)
    const second = queue.predict([image('b'), image('c')], null, wanted)
    const third = queue.predict([image('d')], null, wanted)
    ;(await call(1)).finish()
    expect(filesOf(await first)).toEqual(['a'])
    ;(await call(2)).finish()
    expect([filesOf(await second), filesOf(await third)]).toEqual([['b', 'c'], ['d']])
    expect(asked()).toEqual(['a', 'bcd'])
  })

  it('never mixes models and never exceeds a batch', async () => {
    const { queue, asked, call } = openQueue()
    const other = { modelId: modelId.parse(2) }
    const answers = [
      queue.predict([image('a')], null, wanted),
      queue.predict([image('b'), image('c'), image('d')], null, wanted),
      queue.predict([image('e'), image('f')], null, wanted),
      queue.predict([image('g')], other, wanted),
    ]
    for (let number = 1; number <= 4; number++) (await call(number)).finish()
    expect((await Promise.all(answers)).map(filesOf)).toEqual([['a'], ['b', 'c', 'd'], ['e', 'f'], ['g']])
    expect(asked()).toEqual(['a', 'bcef', 'g', 'd'])
  })

  it('answers a request without images by the model alone', async () => {
    const { queue, call } = openQueue()
    const named = queue.predict([], null, wanted)
    ;(await call(1)).finish()
    expect((await named).model.name).toBe('m')
  })

  it('lets a small request through between the images of a large one', async () => {
    const { queue, asked, call } = openQueue()
    const large = queue.predict([image('A', 90), image('B', 90), image('C', 90)], null, wanted)
    const busy = await call(1)
    const small = queue.predict([image('x'), image('y')], null, wanted)
    // It is measured before it waits.
    await setImmediate()
    busy.finish()
    ;(await call(2)).finish()
    expect(filesOf(await small)).toEqual(['x', 'y'])
    for (let number = 3; number <= 4; number++) (await call(number)).finish()
    const { predictions, milliseconds } = await large
    expect(predictions.map(({ file }) => file)).toEqual(['A', 'B', 'C'])
    expect(milliseconds).toEqual({ decode: 3, inference: 6 })
    expect(asked()).toEqual(['A', 'xy', 'B', 'C'])
  })

  it('gives each of several requests its turn', async () => {
    const { queue, asked, call } = openQueue()
    const many = (letters: string) => Array.from(letters).map((letter) => image(letter, 25))
    const answers = [many('abcd'), many('efgh'), many('ij')].map((images) =>
      queue.predict(images, null, wanted),
    )
    for (let number = 1; number <= 5; number++) (await call(number)).finish()
    expect((await Promise.all(answers)).map((one) => filesOf(one).join(''))).toEqual(['abcd', 'efgh', 'ij'])
    expect(asked()).toEqual(['ab', 'ei', 'cf', 'jd', 'gh'])
  })

  it('refuses more pixels than a request may have before the model is asked, with both numbers', async () => {
    const { queue, asked, call } = openQueue()
    await expect(queue.predict([image('a', 200), image('b', 101)], null, wanted)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(/megapixels together; the limit is/),
    })
    expect(asked()).toEqual([])
    const allowed = queue.predict([image('a', 200), image('b', 100)], null, wanted)
    ;(await call(1)).finish()
    ;(await call(2)).finish()
    expect(filesOf(await allowed)).toEqual(['a', 'b'])
  })

  it('refuses more than it can hold with UNAVAILABLE', async () => {
    const { queue, call } = openQueue()
    const answers = ['a', 'b', 'c', 'd'].map((file) => queue.predict([image(file)], null, wanted))
    expect(() => queue.predict([image('e')], null, wanted)).toThrow(/waiting already/)
    const busy = await call(1)
    expect(() => queue.predict([image('e')], null, wanted)).toThrow(/waiting already/)
    busy.finish()
    ;(await call(2)).finish()
    expect((await Promise.all(answers)).flatMap(filesOf)).toEqual(['a', 'b', 'c', 'd'])
  })

  it('drops a request whose sender went away while it waited', async () => {
    const { queue, asked, call } = openQueue()
    const gone = new AbortController()
    const first = queue.predict([image('a')], null, wanted)
    const second = queue.predict([image('b')], null, { asker, signal: gone.signal })
    const busy = await call(1)
    gone.abort()
    busy.finish()
    await first
    await expect(second).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(asked()).toEqual(['a'])
  })

  it('does no more for a large request whose sender went away in the middle', async () => {
    const { queue, asked, call } = openQueue()
    const gone = new AbortController()
    const large = queue.predict([image('A', 90), image('B', 90), image('C', 90)], null, {
      asker,
      signal: gone.signal,
    })
    const busy = await call(1)
    gone.abort()
    expect(busy.signal?.aborted).toBe(true)
    busy.finish()
    await expect(large).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(asked()).toEqual(['A'])
  })

  it('ends a batch only once none of its senders waits for it', async () => {
    const { queue, call } = openQueue()
    const leaving = [new AbortController(), new AbortController()]
    const first = queue.predict([image('a')], null, wanted)
    const others = leaving.map(({ signal }, at) =>
      queue.predict([image(String(at))], null, { asker, signal }),
    )
    ;(await call(1)).finish()
    await first
    const shared = await call(2)
    leaving[0]?.abort()
    expect(shared.signal?.aborted).toBe(false)
    leaving[1]?.abort()
    expect(shared.signal?.aborted).toBe(true)
    shared.fail(new Error('given up'))
    for (const one of others) await expect(one).rejects.toThrow('given up')
  })

  it('leaves no listener on the signal of a request, however many batches it takes', async () => {
    const { queue, call } = openQueue()
    const { signal } = new AbortController()
    const large = queue.predict([image('A', 90), image('B', 90), image('C', 90)], null, { asker, signal })
    for (let number = 1; number <= 3; number++) {
      const busy = await call(number)
      expect(getEventListeners(signal, 'abort')).toHaveLength(1)
      busy.finish()
    }
    await large
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  it('has room again as soon as those who waited have gone away, while the model is still busy', async () => {
    const { queue, call } = openQueue()
    const gone = new AbortController()
    const first = queue.predict([image('a')], null, wanted)
    const busy = await call(1)
    const waiting = Array.from({ length: limits.waitingRequests }, () =>
      queue.predict([image('b')], null, { asker, signal: gone.signal }),
    )
    await setImmediate()
    expect(() => queue.assertRoom()).toThrow('3 prediction requests are waiting already')
    gone.abort()
    const late = queue.predict([image('c')], null, wanted)
    expect((await Promise.allSettled(waiting)).map(({ status }) => status)).toEqual([
      'rejected',
      'rejected',
      'rejected',
    ])
    busy.finish()
    await first
    ;(await call(2)).finish()
    expect(filesOf(await late)).toEqual(['c'])
  })

  it('goes on after a failure', async () => {
    const { queue, call } = openQueue()
    const first = queue.predict([image('a')], null, wanted)
    ;(await call(1)).fail(new Error('broken'))
    await expect(first).rejects.toThrow('broken')
    const second = queue.predict([image('b')], null, wanted)
    ;(await call(2)).finish()
    expect(filesOf(await second)).toEqual(['b'])
  })
})
