/** Exported files answered by oneDNN, held to ONNX Runtime's answers by the same files. */
import { describe, expect, it } from 'vitest'
import { createOrtRuntime } from '#engine/base/runtime/adapters/ort.ts'
import type { InferenceRuntime, RuntimeTensor } from '#engine/base/runtime/inference-session.ts'
import { initialiseNetwork } from '#engine/networks/architecture/initialise-network.ts'
import type { NetworkSpec } from '#engine/networks/architecture/training-engine.ts'
import { openInstalledDnnl } from '#engine/networks/gradients/onednn/adapters/open-installed-dnnl.ts'
import { createOnednnRuntime } from '#engine/networks/gradients/onednn/create-onednn-runtime.ts'
import type { Dnnl } from '#engine/networks/gradients/onednn/dnnl.ts'
import { buildInferenceModel } from '#engine/networks/onnx-file/export-onnx.ts'
import { foldNorms } from '#engine/networks/onnx-file/fold-norms.ts'
import { createGraphBuilder, decodeModel, encodeModel } from '#engine/networks/onnx-file/graph-builder.ts'
import { makeGoldenBatch } from '#tests/fixtures/golden-batch.ts'
import { measureNorm, subtract } from '#tests/fixtures/measure-tensors.ts'
import { testedOnednn } from '#tests/fixtures/tested-engines.ts'

const side = 64
/** In two whole programs and one image alone. */
const count = 21
const ort = createOrtRuntime()
const open = (arithmetic: 'float32' | 'bf16'): InferenceRuntime =>
  createOnednnRuntime({ open: openInstalledDnnl, arithmetic, otherwise: ort })

const network: NetworkSpec = {
  arch: 'resnet18',
  inputSize: side,
  heads: [
    { task: 'age', classes: 101, readOut: 'expected-years' },
    { task: 'gender', classes: 2 },
  ],
}

/** Norms whose statistics are no longer those of a start: folding them must count. */
function drawWeights(): ReturnType<typeof initialiseNetwork> {
  const weights = initialiseNetwork(network, 3)
  for (const [name, { data }] of weights) {
    if (!/bn\d|downsample\.1/.test(name)) continue
    const centre = name.endsWith('.weight') || name.endsWith('running_var') ? 1 : 0
    data.forEach((_, at) => (data[at] = centre + (((at * 37) % 19) - 9) / 40))
  }
  return weights
}

const file = buildInferenceModel(network, drawWeights())
const images = Float32Array.from(makeGoldenBatch(count, side).images)

const feed = (data: Float32Array) => ({
  image: { type: 'float32', dims: [data.length / (3 * side * side), 3, side, side], data } as const,
})

const floatsOf = (tensor: RuntimeTensor | undefined): Float32Array =>
  tensor?.type === 'float32' ? tensor.data : new Float32Array()

async function answer(runtime: InferenceRuntime, model: Uint8Array, data = images) {
  const session = await runtime.createSession(model, { threads: 2 })
  try {
    return { outputs: await session.run(feed(data)), by: session.computedBy, names: session.outputNames }
  } finally {
    await session.dispose()
  }
}

function fold(bytes: Uint8Array): Uint8Array {
  const model = decodeModel(bytes)
  foldNorms(model)
  return encodeModel(model)
}

const hasBf16 = 'version' in testedOnednn && testedOnednn.hasBf16

describe.skipIf('reason' in testedOnednn)('an exported file by oneDNN', { timeout: 120_000 }, () => {
  it.each([
    ['as it is trained', file],
    ['with its norms folded, as it is handed out', fold(file)],
  ])('answers in float32 as by ONNX Runtime, %s', async (_, model) => {
    const [expected, found] = [await answer(ort, model), await answer(open('float32'), model)]
    expect(found.names).toEqual(expected.names)
    expect(found.names).toEqual(['embedding', 'age', 'age_years', 'gender'])
    expect(found.by).toEqual({
      library: expect.stringMatching(/^oneDNN \d/),
      arithmetic: 'float32',
      instead: null,
    })
    for (const name of expected.names) {
      const [wanted, given] = [floatsOf(expected.outputs[name]), floatsOf(found.outputs[name])]
      expect(found.outputs[name]?.dims).toEqual(expected.outputs[name]?.dims)
      expect(measureNorm(subtract(wanted, given)) / measureNorm(wanted)).toBeLessThan(1e-5)
    }
  })

  it('gives the same bits again, and writes where it is asked to', async () => {
    const session = await open('float32').createSession(file, { threads: 2 })
    const first = floatsOf((await session.run(feed(images)))['gender'])
    const target = new Float32Array(first.length)
    await session.run(feed(images), { gender: { type: 'float32', dims: [count, 2], data: target } })
    expect(target).toEqual(first)
    const alone = floatsOf((await session.run(feed(images.subarray(0, 3 * side * side))))['gender'])
    expect(measureNorm(subtract(first.subarray(0, 2), alone))).toBeLessThan(1e-5)
    await expect(
      session.run({ image: { type: 'float32', dims: [1, 1, 8, 8], data: new Float32Array(64) } }),
    ).rejects.toThrow('image must be float32 [images, 3, side, side]')
    await session.dispose()
  })

  it('leaves a file with another operator to ONNX Runtime, and says why', async () => {
    const builder = createGraphBuilder()
    const image = builder.input('image', 'float32', ['batch', 3, side, side])
    const shown = builder.node('LeakyRelu', [image], { attributes: { alpha: { float: 0.1 } } })
    builder.node('Flatten', [builder.node('GlobalAveragePool', [shown])], { outputs: ['mean'] })
    builder.output('mean', 'float32', ['batch', 3])
    const model = builder.build({ name: 'another' })
    const found = await answer(open('float32'), model)
    expect(found.by).toEqual({
      library: expect.stringContaining('onnxruntime'),
      arithmetic: 'float32',
      instead: expect.stringContaining('LeakyRelu'),
    })
    expect(found.outputs).toEqual((await answer(ort, model)).outputs)
  })

  it('refuses bf16 where the processor has none', async () => {
    let closed = 0
    const openWithout = (threads: number): Dnnl => {
      const dnnl = openInstalledDnnl(threads)
      const close = () => {
        closed++
        dnnl.close()
      }
      return new Proxy(dnnl, {
        get: (target, key) => {
          if (key === 'facts') return { ...target.facts, hasBf16: false }
          return key === 'close' ? close : undefined
        },
      })
    }
    const without = createOnednnRuntime({ open: openWithout, arithmetic: 'bf16', otherwise: ort })
    await expect(without.createSession(file, { threads: 1 })).rejects.toMatchObject({
      code: 'PRECONDITION',
      message: expect.stringContaining('has no bf16 on this processor'),
    })
    expect(closed).toBe(1)
  })

  it('answers in bf16 near float32', async (context) => {
    if (!hasBf16) {
      context.skip('this processor has no bf16')
      return
    }
    const [wide, narrow] = [await answer(open('float32'), file), await answer(open('bf16'), file)]
    expect(narrow.by.arithmetic).toBe('bf16')
    for (const name of ['embedding', 'gender']) {
      const [wanted, given] = [floatsOf(wide.outputs[name]), floatsOf(narrow.outputs[name])]
      const gap = measureNorm(subtract(wanted, given)) / measureNorm(wanted)
      expect(gap).toBeGreaterThan(0)
      expect(gap).toBeLessThan(0.03)
    }
  })
})
