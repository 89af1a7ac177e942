/** The face network in training, held against PyTorch in float64 and against the network that a scan runs. */
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { isMoved } from '#engine/networks/architecture/resnet.ts'
import type { CompileOptions, StateDict } from '#engine/networks/architecture/training-engine.ts'
import { ImageNetwork } from '#engine/networks/faces/image-network.ts'
import { buildRecognitionNetwork } from '#engine/networks/faces/recognition-network.ts'
import { readNetworkWeights } from '#engine/networks/faces/weight-files.ts'
import { checkNetwork } from '#engine/networks/gradients/check-network.ts'
import { createOnnxTrainingEngine } from '#engine/networks/gradients/onnx/create-onnx-training-engine.ts'
import { faceNetwork as network, makeFaceBatch, makeFaceWeights } from '#tests/fixtures/face-network.ts'
import { adamW } from '#tests/fixtures/golden-batch.ts'
import { measureNorm } from '#tests/fixtures/measure-tensors.ts'
import { createSharedRuntime } from '#tests/fixtures/shared-runtime.ts'

const golden = z
  .object({
    loss: z.number(),
    embedding: z.array(z.number()),
    gradients: z.record(
      z.string(),
      z.object({ norm: z.number(), values: z.array(z.tuple([z.int(), z.number()])) }),
    ),
  })
  .parse(
    JSON.parse(
      readFileSync(new URL('../../../../../oracles/golden/face-network.json', import.meta.url), 'utf8'),
    ),
  )

const runtime = createSharedRuntime()
const engine = createOnnxTrainingEngine({ runtime })
const batch = makeFaceBatch()
let weights: StateDict
beforeAll(async () => {
  weights = await makeFaceWeights()
})

async function open(trainable: NonNullable<CompileOptions['trainable']>) {
  const session = await engine.compile(network, { batchSize: 3, threads: 1, optimiser: adamW, trainable })
  session.load({ weights })
  return Object.assign(session, { [Symbol.asyncDispose]: () => session.dispose() })
}

const dataOf = (state: StateDict, name: string): Float32Array => state.get(name)?.data ?? new Float32Array()

describe('the face network', () => {
  it('has the losses and gradients of PyTorch', async () => {
    await using session = await open('all')
    const { result, gradients } = await session.gradients(batch)
    expect(result.loss).toBeCloseTo(golden.loss, 5)
    expect([...gradients.keys()].toSorted()).toEqual(Object.keys(golden.gradients).toSorted())
    for (const [name, { norm, values }] of Object.entries(golden.gradients)) {
      const found = dataOf(gradients, name)
      expect([name, measureNorm(found) / norm]).toEqual([name, expect.closeTo(1, 3)])
      const largest = Math.max(...values.map(([, value]) => Math.abs(value)))
      for (const [place, value] of values)
        expect([name, place, (found[place] ?? 0) / largest]).toEqual([
          name,
          place,
          expect.closeTo(value / largest, 3),
        ])
    }
  })

  it('gives the descriptors that a scan stores, by what trains and by what is exported', async () => {
    await using session = await open('all')
    await using scanned = await ImageNetwork.open(
      buildRecognitionNetwork(await readNetworkWeights('face_recognition')),
      { runtime, threads: 1 },
    )
    const size = batch.images.length / 3
    const faces = [0, 1, 2].map((at) => Float32Array.from(batch.images.subarray(at * size, (at + 1) * size)))
    const { descriptor } = await scanned.run(faces, ['descriptor'])
    for (const { embedding } of [
      await session.predict(batch.images, 3),
      await session.predictAsTrained(batch.images, 3),
    ]) {
      expect(embedding).toHaveLength(3 * 128)
      embedding.forEach((value, at) => {
        expect(Math.abs(value - (golden.embedding[at] ?? Number.NaN))).toBeLessThan(1e-5)
        expect(Math.abs(value - (descriptor[at] ?? Number.NaN))).toBeLessThan(1e-5)
      })
    }
  })

  it.each(['last-stage', 'heads'] as const)('moves no more than what is asked for: %s', async (trainable) => {
    await using session = await open(trainable)
    const { gradients } = await session.gradients(batch)
    for (const name of gradients.keys()) {
      const { norm = 0 } = golden.gradients[name] ?? {}
      expect([name, measureNorm(dataOf(gradients, name)) / norm]).toEqual([name, expect.closeTo(1, 3)])
    }
    await session.step(batch, { learningRate: 1e-3 })
    const after = session.modelWeights()
    for (const [name, { data }] of weights) {
      const isStill = dataOf(after, name).every((value, at) => value === data[at])
      expect([name, isStill]).toEqual([name, !name.startsWith('head.') && !isMoved(name, trainable)])
    }
  })

  it.each(['all', 'last-stage', 'heads'] as const)(
    'passes the check before a training: %s',
    async (trainable) => {
      await using session = await open(trainable)
      const check = await checkNetwork(session, network, 1)
      expect(check.embedding).toMatchObject({ valuesPerImage: 128, passed: true })
      expect(check.gradients).toMatchObject({ silent: [], notFinite: [], passed: true })
    },
  )

  it('refuses another side than that of an aligned face', async () => {
    const options = { batchSize: 3, threads: 1, optimiser: adamW }
    await expect(engine.compile({ ...network, inputSize: 160 }, options)).rejects.toThrow(
      'the input size of the face network is 150, not 160',
    )
  })
})
