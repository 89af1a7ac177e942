import { describe, expect, it } from 'vitest'
import { buildInferenceModel } from '#engine/networks/onnx-file/export-onnx.ts'
import { decodeModel } from '#engine/networks/onnx-file/graph-builder.ts'
import { prepareHandOut } from '#engine/networks/onnx-file/hand-out.ts'
import { createOrtRuntime } from '#engine/base/runtime/adapters/ort.ts'
import { createRandom } from '#engine/base/kernel/random.ts'
import { initialiseNetwork } from '#engine/networks/architecture/initialise-network.ts'
import { parseWeightFile } from '#engine/networks/weights/read-weight-file.ts'
import { makeGoldenBatch, makeNetwork } from '#tests/fixtures/golden-batch.ts'

const network = makeNetwork()

/** Weights as training leaves them: no normalisation is the identity, some channels are off or nearly so. */
function makeTrainedWeights() {
  const weights = initialiseNetwork(network, 5)
  const random = createRandom(7, ['norms'])
  for (const [name, { data }] of weights) {
    const isScale = /bn\d\.weight$|downsample\.1\.weight$/.test(name)
    if (isScale) data.forEach((_, at) => (data[at] = [0, 1e-30, -0.7][at] ?? 0.5 + random.float()))
    else if (name.endsWith('running_var')) data.forEach((_, at) => (data[at] = 0.01 + 3 * random.float()))
    else if (/running_mean$|bn\d\.bias$/.test(name)) data.forEach((_, at) => (data[at] = random.normal() / 4))
  }
  const [first] = weights.values()
  // Kernels that rounding treats differently: a negative zero, one below the smallest normal number.
  first?.data.set([-0, 1e-40], 0)
  return weights
}

const weights = makeTrainedWeights()
const bytes = buildInferenceModel(network, weights)
const folded = prepareHandOut(bytes, { purpose: null, guarded: [], withheld: [] })

async function answer(model: Uint8Array, images: Float32Array) {
  const session = await createOrtRuntime().createSession(model, { threads: 1 })
  const answers = await session.run({
    image: { type: 'float32', dims: [images.length / 3072, 3, 32, 32], data: images },
  })
  await session.dispose()
  return answers
}

describe('a model that is handed out', () => {
  it('has no batch normalisation left, and answers as before', async () => {
    const operators = decodeModel(folded).graph?.node.map(({ opType }) => opType)
    expect(operators?.filter((type) => type === 'Conv')).toHaveLength(20)
    expect(operators).not.toContain('BatchNormalization')
    const images = Float32Array.from(makeGoldenBatch(3, 32).images)
    const [before, after] = [await answer(bytes, images), await answer(folded, images)]
    for (const name of ['age', 'gender', 'race']) {
      const [wanted, found] = [before[name]?.data, after[name]?.data].map((data) =>
        Array.from(data ?? [], Number),
      )
      const scale = Math.max(...(wanted ?? []).map(Math.abs))
      const differences = wanted?.map((value, at) => Math.abs(value - (found?.[at] ?? NaN)) / scale)
      expect(Math.max(...(differences ?? [NaN]))).toBeLessThan(1e-5)
    }
  })

  it('gives training back the very weights it was made of, to the last bit', () => {
    const { tensors, format } = parseWeightFile(folded, 'own.onnx', 'resnet18')
    expect(format).toBe('ONNX, unfolded')
    const bits = (data: Float32Array | undefined) =>
      data === undefined ? 'none' : Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex')
    const changed = [...weights].filter(([name, { data }]) => bits(tensors.get(name)?.read()) !== bits(data))
    expect(changed.map(([name]) => name)).toEqual([])
    expect([...tensors.keys()].filter((name) => name.includes('folded'))).toEqual([])
  })

  it('keeps for that less than a tenth of what the weights take', () => {
    expect(folded.length).toBeLessThan(1.1 * bytes.length)
  })
})
