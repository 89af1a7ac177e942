/** One step and twenty steps against PyTorch; tests/oracles/make_resnet_golden.py makes the golden files. */
import { existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createOrtRuntime } from '#engine/runtime/adapters/ort.ts'
import { initialiseNetwork } from '#engine/training/initialise-network.ts'
import { createOnnxTrainingEngine } from '#engine/training/onnx/create-onnx-training-engine.ts'
import type { StateDict, StepResult, TrainingSession } from '#engine/training/training-engine.ts'
import { adamW, makeGoldenBatch, makeNetwork } from './golden-batch.ts'

interface Summary {
  readonly norm: number
  readonly values: readonly number[]
}

interface Golden {
  readonly arch: 'resnet18' | 'resnet34'
  readonly seed: number
  readonly steps: number
  readonly batch: number
  readonly size: number
  readonly lr: number
  readonly decay: number
  readonly losses: Readonly<Record<string, number>>
  readonly trace: readonly number[]
  readonly gradients: Readonly<Record<string, Summary>>
  readonly state: Readonly<Record<string, Summary>>
}

const readGolden = (arch: string): Golden =>
  JSON.parse(readFileSync(new URL(`../../oracles/golden/${arch}-step.json`, import.meta.url), 'utf8'))

const norm = (values: ArrayLike<number>): number =>
  Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0))

/** Per tensor, how far its norm and its 16 values lie from the reference, both relative to the reference's size. */
function measureDistances(tensors: StateDict, golden: Readonly<Record<string, Summary>>) {
  return Object.entries(golden).map(([name, reference]) => {
    const data = tensors.get(name)?.data ?? new Float32Array(0)
    const count = reference.values.length
    const picks = reference.values.map(
      (_, index) => data[count < 16 ? index : Math.floor((index * data.length) / 16)] ?? Number.NaN,
    )
    const typical = reference.norm / Math.sqrt(data.length)
    return {
      name,
      norm: Math.abs(norm(data) - reference.norm) / reference.norm,
      values:
        norm(picks.map((value, index) => value - (reference.values[index] ?? 0))) /
        Math.sqrt(count) /
        typical,
    }
  })
}

const worst = (distances: ReturnType<typeof measureDistances>, by: 'norm' | 'values') =>
  distances.reduce((most, item) => (item[by] > most[by] || Number.isNaN(item[by]) ? item : most))

for (const arch of ['resnet18', 'resnet34']) {
  const golden = existsSync(new URL(`../../oracles/golden/${arch}-step.json`, import.meta.url))
    ? readGolden(arch)
    : undefined
  describe.skipIf(golden === undefined)(`${arch} against PyTorch in float64`, () => {
    let session: TrainingSession
    let first: { result: StepResult; gradients: StateDict }
    const expected = golden ?? readGolden('resnet18')

    beforeAll(async () => {
      const network = makeNetwork({ arch: expected.arch, inputSize: expected.size })
      const engine = createOnnxTrainingEngine({ runtime: createOrtRuntime() })
      session = await engine.compile(network, {
        batchSize: expected.batch,
        threads: 2,
        optimiser: { ...adamW, weightDecay: expected.decay },
      })
      session.load({ weights: initialiseNetwork(network, expected.seed) })
      first = await session.gradients(makeGoldenBatch(expected.batch, expected.size))
    })
    afterAll(() => session.dispose())

    it('gives the same losses within 1e-5', () => {
      expect(Math.abs(first.result.loss - (expected.trace[0] ?? 0))).toBeLessThan(1e-5)
      for (const [task, loss] of first.result.losses)
        expect(Math.abs(loss - (expected.losses[task] ?? 0))).toBeLessThan(1e-5)
    })

    it('gives every gradient within 1e-3 of its size', () => {
      const distances = measureDistances(first.gradients, expected.gradients)
      expect(distances.map(({ name }) => name).toSorted()).toEqual([...first.gradients.keys()].toSorted())
      expect(worst(distances, 'norm')).toMatchObject({ norm: expect.closeTo(0, 3) })
      expect(worst(distances, 'values').values).toBeLessThan(1e-3)
      if (process.env['EVENHAND_PRINT']) console.log(worst(distances, 'norm'), worst(distances, 'values'))
    })

    it('ends at the same weights and running statistics', async () => {
      const batch = makeGoldenBatch(expected.batch, expected.size)
      const trace: number[] = []
      for (let step = 0; step < expected.steps; step++)
        trace.push((await session.step(batch, { learningRate: expected.lr })).loss)
      const distances = measureDistances(session.weights(), expected.state)
      if (process.env['EVENHAND_PRINT']) {
        console.log(
          Math.max(...trace.map((loss, i) => Math.abs(loss - (expected.trace[i] ?? 0)))),
          distances.toSorted((a, b) => b.values - a.values).slice(0, 12),
          worst(distances, 'norm'),
        )
      }
      expect(worst(distances, 'norm').norm).toBeLessThan(1e-2)
    }, 120_000)
  })
}
