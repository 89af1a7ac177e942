/** What is oneDNN's alone; its steps in float32 are held to PyTorch's beside ONNX Runtime's, in resnet-golden.test.ts. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createOrtRuntime } from '#engine/base/runtime/adapters/ort.ts'
import { initialiseNetwork } from '#engine/networks/architecture/initialise-network.ts'
import { openDnnl } from '#engine/networks/gradients/onednn/adapters/open-dnnl.ts'
import { openInstalledDnnl } from '#engine/networks/gradients/onednn/adapters/open-installed-dnnl.ts'
import { ProgramWriter } from '#engine/networks/gradients/onednn/program-writer.ts'
import { createOnnxTrainingEngine } from '#engine/networks/gradients/onnx/create-onnx-training-engine.ts'
import type {
  CompileOptions,
  StateDict,
  TrainingSession,
} from '#engine/networks/architecture/training-engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { adamW, makeGoldenBatch, makeNetwork } from '#tests/fixtures/golden-batch.ts'
import { measureNorm, subtract } from '#tests/fixtures/measure-tensors.ts'
import { createTestedOnednn, testedOnednn } from '#tests/fixtures/tested-engines.ts'

const [batch, inputs, outputs, side] = [2, 16, 32, 7]
const noise = (count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, at) => ((Math.imul(at + 1, 2654435761) >>> 8) % 2001) / 1000 - 1)

/** A 3x3 convolution of stride 2 with one pixel of padding, in float64. */
function convolvePlainly(x: Float32Array, w: Float32Array): Float64Array {
  const out = (side + 1) / 2
  const y = new Float64Array(batch * outputs * out * out)
  let at = 0
  for (let n = 0; n < batch; n++)
    for (let o = 0; o < outputs; o++)
      for (let row = 0; row < out; row++)
        for (let column = 0; column < out; column++, at++)
          for (let i = 0; i < inputs; i++)
            for (let tap = 0; tap < 9; tap++) {
              const [r, c] = [2 * row + Math.floor(tap / 3) - 1, 2 * column + (tap % 3) - 1]
              if (r < 0 || c < 0 || r >= side || c >= side) continue
              const value = x[((n * inputs + i) * side + r) * side + c] ?? 0
              y[at] = (y[at] ?? 0) + value * (w[(o * inputs + i) * 9 + tap] ?? 0)
            }
  return y
}

function distance(actual: StateDict, reference: StateDict): number {
  expect([...actual.keys()].toSorted()).toEqual([...reference.keys()].toSorted())
  let [far, all] = [0, 0]
  for (const [name, { data }] of reference) {
    far += measureNorm(subtract(data, actual.get(name)?.data)) ** 2
    all += measureNorm(data) ** 2
  }
  return Math.sqrt(far / all)
}

const open = (
  arithmetic: 'float32' | 'bf16',
  options: Partial<CompileOptions> = {},
  inputSize = 32,
): Promise<TrainingSession> =>
  createTestedOnednn(arithmetic).compile(makeNetwork({ inputSize }), {
    batchSize: 4,
    threads: 1,
    optimiser: adamW,
    ...options,
  })

const bytesOf = (data: Float32Array = new Float32Array(0)): Buffer =>
  Buffer.from(data.buffer, data.byteOffset, data.byteLength)

const golden = makeGoldenBatch(4, 32)
const initial = initialiseNetwork(makeNetwork(), 3)
const hasBf16 = 'version' in testedOnednn && testedOnednn.hasBf16
const arithmetics = hasBf16 ? (['float32', 'bf16'] as const) : (['float32'] as const)

describe.skipIf('reason' in testedOnednn)('oneDNN', { timeout: 120_000 }, () => {
  it.each(arithmetics)('convolves in %s as a plain loop does', (arithmetic) => {
    const bound = { float32: 1e-6, bf16: 1e-2 }[arithmetic]
    const dnnl = openInstalledDnnl(1)
    try {
      const writer = new ProgramWriter(dnnl)
      const [x, w] = [noise(batch * inputs * side * side), noise(outputs * inputs * 9)]
      const out = (side + 1) / 2
      const y = new Float32Array(batch * outputs * out * out)
      const program = writer.begin()
      const plan = writer.plan({
        kind: 'convolution',
        pass: 'forward',
        source: writer.any([batch, inputs, side, side], arithmetic),
        weights: writer.any([outputs, inputs, 3, 3], arithmetic),
        destination: writer.any([batch, outputs, out, out], arithmetic),
        window: { kernel: 3, stride: 2, padding: 1 },
      })
      const source = writer.take(writer.chosen(plan, 'source'))
      const weights = writer.take(writer.chosen(plan, 'weights'))
      const destination = writer.take(writer.chosen(plan, 'destination'))
      writer.copy(writer.bind(x, { dims: [batch, inputs, side, side] }), source)
      writer.copy(writer.bind(w, { dims: [outputs, inputs, 3, 3] }), weights)
      writer.step(plan, { source, weights, destination })
      writer.copy(destination, writer.bind(y, { dims: [batch, outputs, out, out] }))
      writer.finish()
      program.run()
      const expected = convolvePlainly(x, w)
      const gap = expected.map((value, at) => value - (y[at] ?? Number.NaN))
      expect(measureNorm(gap) / measureNorm(expected)).toBeLessThan(bound)
    } finally {
      dnnl.close()
    }
  })

  it('answers as ONNX Runtime does, by statistics and averages that training has moved', async () => {
    const network = makeNetwork()
    const options = { batchSize: 4, threads: 1, optimiser: adamW, averageDecay: 0.5 }
    const onnx = await createOnnxTrainingEngine({ runtime: createOrtRuntime() }).compile(network, options)
    const ours = await open('float32', { averageDecay: 0.5 })
    onnx.load({ weights: initial })
    for (let step = 0; step < 2; step++) await onnx.step(golden, { learningRate: 1e-3 })
    ours.load({ weights: onnx.weights(), optimiser: onnx.optimiser() })
    const images = makeGoldenBatch(7, 32).images
    const expected = await onnx.predictAsTrained(images, 7)
    for (const answers of [await ours.predictAsTrained(images, 7), await ours.predict(images, 7)])
      for (const [task, logits] of expected.logits)
        expect(measureNorm(subtract(logits, answers.logits.get(task))) / measureNorm(logits)).toBeLessThan(
          1e-5,
        )
    await Promise.all([onnx.dispose(), ours.dispose()])
  })

  it.each(arithmetics)(
    'trains on to the same bits in %s, whether or not it was stopped and resumed',
    async (arithmetic) => {
      const options = { averageDecay: 0.9, clipNorm: 5, threads: 2 }
      const [straight, first, resumed] = [
        await open(arithmetic, options),
        await open(arithmetic, options),
        await open(arithmetic, options),
      ]
      const step = (session: TrainingSession) => session.step(golden, { learningRate: 1e-3 })
      for (const session of [straight, first]) session.load({ weights: initial })
      for (const session of [straight, straight, first]) await step(session)
      resumed.load({ weights: first.weights(), optimiser: first.optimiser() })
      await step(resumed)
      for (const pick of [
        (session: TrainingSession) => session.weights(),
        (session: TrainingSession) => session.optimiser().moments,
      ]) {
        const expected = pick(straight)
        const differing = [...pick(resumed)].filter(
          ([name, { data }]) => !bytesOf(data).equals(bytesOf(expected.get(name)?.data)),
        )
        expect(differing.map(([name]) => name)).toEqual([])
        expect(pick(resumed).size).toBe(expected.size)
      }
      for (const session of [straight, first, resumed]) await session.dispose()
    },
  )

  it('leaves a frozen backbone as it is, and adds up accumulated batches', async () => {
    const heads = await open('float32', { trainable: 'heads' })
    heads.load({ weights: initial })
    await heads.accumulate(golden, { learningRate: 0.1 })
    await heads.step(golden, { learningRate: 0.1 })
    const moved = [...heads.weights()].filter(
      ([name, { data }]) => measureNorm(subtract(data, initial.get(name)?.data)) > 0,
    )
    expect(moved.map(([name]) => name).every((name) => name.startsWith('head.'))).toBe(true)
    expect(moved).toHaveLength(6)
    await heads.dispose()
    // Twice the same batch has the mean gradient of one, and the norm is that of the mean.
    const [once, twice] = [await open('float32'), await open('float32')]
    for (const session of [once, twice]) session.load({ weights: initial })
    await twice.accumulate(golden, { learningRate: 1e-3 })
    const [one, two] = [
      await once.step(golden, { learningRate: 1e-3 }),
      await twice.step(golden, { learningRate: 1e-3 }),
    ]
    expect(two.gradientNorm ?? 0).toBeCloseTo(one.gradientNorm ?? 1, 4)
    for (const session of [once, twice]) await session.dispose()
  })

  it('strays in bf16 from its float32 as little as PyTorch does from its own', async (context) => {
    if (!hasBf16) {
      context.skip('this processor has no bf16')
      return
    }
    const expected: {
      seed: number
      steps: number
      batch: number
      size: number
      lr: number
      decay: number
      float32: number[]
      bf16: number[]
      gradients: number
      state: number
    } = JSON.parse(
      readFileSync(new URL('../../../../../oracles/golden/resnet18-bf16.json', import.meta.url), 'utf8'),
    )
    const images = makeGoldenBatch(expected.batch, expected.size)
    const train = async (arithmetic: 'float32' | 'bf16') => {
      const optimiser = { ...adamW, weightDecay: expected.decay }
      const session = await open(arithmetic, { batchSize: expected.batch, optimiser }, expected.size)
      session.load({ weights: initialiseNetwork(makeNetwork({ inputSize: expected.size }), expected.seed) })
      const { gradients } = await session.gradients(images)
      const trace: number[] = []
      for (let step = 0; step < expected.steps; step++)
        trace.push((await session.step(images, { learningRate: expected.lr })).loss)
      const state = session.weights()
      await session.dispose()
      return { gradients, trace, state }
    }
    const [wide, narrow] = [await train('float32'), await train('bf16')]
    const largest = (a: readonly number[], b: readonly number[]) =>
      Math.max(...a.map((loss, step) => Math.abs(loss - (b[step] ?? Number.NaN))))
    expect(largest(narrow.trace, wide.trace)).toBeLessThanOrEqual(largest(expected.bf16, expected.float32))
    expect(distance(narrow.gradients, wide.gradients)).toBeLessThanOrEqual(expected.gradients)
    // Two runs that both round end apart by chance too: this one by 1.8 % more than PyTorch's.
    expect(distance(narrow.state, wide.state)).toBeLessThanOrEqual(1.05 * expected.state)
  })
})

describe('a oneDNN that cannot be used', () => {
  it('is refused with its path and the reason, whatever lies there', () => {
    using folder = makeTemporaryFolder()
    const file = join(folder.path, 'libdnnl.so.2')
    expect(() => openDnnl(file, 1)).toThrow(
      expect.objectContaining({ code: 'UNAVAILABLE', message: expect.stringContaining(file) }),
    )
    writeFileSync(file, 'no library')
    expect(() => openDnnl(file, 1)).toThrow(
      expect.objectContaining({ code: 'UNAVAILABLE', message: expect.stringContaining(file) }),
    )
  })
})
