import { describe, expect, it } from 'vitest'
import type { PredictModel } from '#engine/learning/models/locate-predict-model.ts'
import type { PredictImage } from '#engine/networks/inference/predictor.ts'
import { modelId } from '#shared/contract/base.contract.ts'
import type { PredictResponse } from '#shared/contract/prediction.contract.ts'
import { PredictQueue } from '../../../../src/main/hosts/web/predict-queue.ts'

const limits = { waitingRequests: 3, imagesPerBatch: 4 }
const signal = new AbortController().signal
const image = (file: string): PredictImage => ({ file, bytes: new Uint8Array() })

/** A model that answers each call when it is told to. */
function createSlowModel() {
  const calls: { files: string[]; model: PredictModel; finish: () => void; fail: (error: Error) => void }[] =
    []
  const predict = (images: readonly PredictImage[], model: PredictModel): Promise<PredictResponse> =>
    new Promise((resolve, reject) => {
      calls.push({
        files: images.map(({ file }) => file),
        model,
        finish: () =>
          resolve({
            model: { id: '1', name: 'm', sha256: 'a'.repeat(64) },
            predictions: images.map(({ file }) => ({ file, faces: [] })),
            milliseconds: { decode: 1, inference: 1 },
          }),
        fail: reject,
      })
    })
  return { calls, predict }
}

const filesOf = ({ predictions }: PredictResponse): string[] => predictions.map(({ file }) => file)

describe('the prediction queue', () => {
  it('puts requests that arrive while the model is busy into one batch, each with its own answer', async () => {
    const model = createSlowModel()
    const queue = new PredictQueue({ predict: model.predict, limits })
    const first = queue.predict([image('a')], null, signal)
    const second = queue.predict([image('b'), image('c')], null, signal)
    const third = queue.predict([image('d')], null, signal)
    model.calls[0]?.finish()
    expect(filesOf(await first)).toEqual(['a'])
    await expect.poll(() => model.calls.length).toBe(2)
    expect(model.calls[1]?.files).toEqual(['b', 'c', 'd'])
    model.calls[1]?.finish()
    expect([filesOf(await second), filesOf(await third)]).toEqual([['b', 'c'], ['d']])
  })

  it('never mixes models and never exceeds a batch', async () => {
    const model = createSlowModel()
    const queue = new PredictQueue({ predict: model.predict, limits })
    const other = { modelId: modelId.parse(2) }
    const answers = [
      queue.predict([image('a')], null, signal),
      queue.predict([image('b'), image('c'), image('d')], null, signal),
      queue.predict([image('e'), image('f')], null, signal),
      queue.predict([image('g')], other, signal),
    ]
    for (let call = 0; call < 4; call++) {
      await expect.poll(() => model.calls.length).toBe(call + 1)
      model.calls[call]?.finish()
    }
    await Promise.all(answers)
    expect(model.calls.map(({ files }) => files.join(''))).toEqual(['a', 'bcd', 'ef', 'g'])
  })

  it('refuses more than it can hold with UNAVAILABLE', async () => {
    const model = createSlowModel()
    const queue = new PredictQueue({ predict: model.predict, limits })
    const answers = ['a', 'b', 'c', 'd'].map((file) => queue.predict([image(file)], null, signal))
    expect(() => queue.predict([image('e')], null, signal)).toThrow(/waiting already/)
    model.calls[0]?.finish()
    await expect.poll(() => model.calls.length).toBe(2)
    model.calls[1]?.finish()
    expect((await Promise.all(answers)).flatMap(filesOf)).toEqual(['a', 'b', 'c', 'd'])
  })

  it('drops a request whose sender went away while it waited', async () => {
    const model = createSlowModel()
    const queue = new PredictQueue({ predict: model.predict, limits })
    const gone = new AbortController()
    const first = queue.predict([image('a')], null, signal)
    const second = queue.predict([image('b')], null, gone.signal)
    gone.abort()
    model.calls[0]?.finish()
    await first
    await expect(second).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(model.calls).toHaveLength(1)
  })

  it('has room again as soon as those who waited have gone away, while the model is still busy', async () => {
    const model = createSlowModel()
    const queue = new PredictQueue({ predict: model.predict, limits })
    const gone = new AbortController()
    const first = queue.predict([image('a')], null, signal)
    const waiting = Array.from({ length: limits.waitingRequests }, () =>
      queue.predict([image('b')], null, gone.signal),
    )
    expect(() => queue.assertRoom()).toThrow('3 prediction requests are waiting already')
    gone.abort()
    const late = queue.predict([image('c')], null, signal)
    expect((await Promise.allSettled(waiting)).map(({ status }) => status)).toEqual([
      'rejected',
      'rejected',
      'rejected',
    ])
    model.calls[0]?.finish()
    await first
    await expect.poll(() => model.calls.length).toBe(2)
    model.calls[1]?.finish()
    expect(filesOf(await late)).toEqual(['c'])
  })

  it('goes on after a failure', async () => {
    const model = createSlowModel()
    const queue = new PredictQueue({ predict: model.predict, limits })
    const first = queue.predict([image('a')], null, signal)
    model.calls[0]?.fail(new Error('broken'))
    await expect(first).rejects.toThrow('broken')
    const second = queue.predict([image('b')], null, signal)
    model.calls[1]?.finish()
    expect(filesOf(await second)).toEqual(['b'])
  })
})
