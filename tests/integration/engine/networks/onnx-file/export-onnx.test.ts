import { describe, expect, it } from 'vitest'
import { buildInferenceModel } from '#engine/networks/onnx-file/export-onnx.ts'
import { decodeModel } from '#engine/networks/onnx-file/graph-builder.ts'
import { createOrtRuntime } from '#engine/base/runtime/adapters/ort.ts'
import { initialiseNetwork } from '#engine/networks/architecture/initialise-network.ts'
import { expectedYears } from '#tests/fixtures/reference-operators.ts'
import { makeGoldenBatch, makeNetwork } from '#tests/fixtures/golden-batch.ts'

const network = makeNetwork()
const weights = initialiseNetwork(network, 5)
const metadata = {
  version: '0.1.0',
  labels: { gender: ['female', 'male'] },
  resize: 'bilinear',
  extra: { licence: 'MIT' },
}

describe('the exported model', () => {
  const bytes = buildInferenceModel(network, weights, metadata)

  it('says how to use it and keeps the names of the weights', () => {
    const model = decodeModel(bytes)
    expect(Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value]))).toMatchObject({
      'evenhand.version': '0.1.0',
      'evenhand.arch': 'resnet18',
      'evenhand.input_size': '32',
      'evenhand.colour_order': 'RGB',
      'evenhand.colour_range': '0-255',
      'evenhand.resize': 'bilinear',
      'evenhand.labels': '{"gender":["female","male"]}',
      licence: 'MIT',
    })
    const names = new Set(model.graph?.initializer.map(({ name }) => name))
    expect([...weights.keys()].filter((name) => !names.has(name))).toEqual([])
  })

  it('takes any number of images and gives each the same answer', async () => {
    const session = await createOrtRuntime().createSession(bytes, { threads: 1 })
    expect(session.inputNames).toEqual(['image'])
    expect(session.outputNames).toEqual(['embedding', 'age', 'gender', 'race'])
    const { images } = makeGoldenBatch(3, 32)
    const run = (data: Float32Array) =>
      session.run({ image: { type: 'float32', dims: [data.length / 3072, 3, 32, 32], data } })
    const three = await run(Float32Array.from(images))
    const one = await run(Float32Array.from(images.subarray(0, 3072)))
    expect(three['embedding']?.dims).toEqual([3, 512])
    expect(one['gender']?.dims).toEqual([1, 2])
    expect(one['gender']?.data[0]).toBeCloseTo(Number(three['gender']?.data[0]), 5)
    await session.dispose()
  })

  it('has only the heads the network has', () => {
    const single = makeNetwork({ heads: [{ task: 'race', classes: 5 }] })
    const model = decodeModel(buildInferenceModel(single, initialiseNetwork(single, 1)))
    expect(model.graph?.output.map(({ name }) => name)).toEqual(['embedding', 'race'])
  })

  it.each([
    ['years', 1],
    ['expected-years', 101],
  ] as const)('gives the age in years of a head read as %s', async (readOut, classes) => {
    const inYears = makeNetwork({ heads: [{ task: 'age', classes, readOut }] })
    const model = buildInferenceModel(inYears, initialiseNetwork(inYears, 5, { ageMean: 33 }))
    const session = await createOrtRuntime().createSession(model, { threads: 1 })
    expect(session.outputNames).toEqual(['embedding', 'age', 'age_years'])
    const { images } = makeGoldenBatch(3, 32)
    const data = Float32Array.from(images)
    const outputs = await session.run({ image: { type: 'float32', dims: [3, 3, 32, 32], data } })
    const numbers = Array.from(outputs['age']?.data ?? [], Number)
    expect(outputs['age']?.dims).toEqual([3, classes])
    expect(outputs['age_years']?.dims).toEqual([3, 1])
    const expected = readOut === 'years' ? numbers : expectedYears(numbers, classes)
    Array.from(outputs['age_years']?.data ?? [], Number).forEach((years, index) =>
      expect(years).toBeCloseTo(expected[index] ?? Number.NaN, 3),
    )
    await session.dispose()
  })

  it('names a weight that is missing', () => {
    const lacking = new Map(weights)
    lacking.delete('bn1.running_var')
    expect(() => buildInferenceModel(network, lacking)).toThrow('The weights lack bn1.running_var')
  })
})
