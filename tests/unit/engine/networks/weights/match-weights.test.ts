import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { ModelProtoSchema } from '#engine/networks/onnx-file/gen/onnx_pb.js'
import { buildInferenceModel } from '#engine/networks/onnx-file/export-onnx.ts'
import { writeSafetensors } from '#engine/networks/weights/safetensors.ts'
import { describeWeightReport, matchWeights } from '#engine/networks/weights/match-weights.ts'
import { parseWeightFile } from '#engine/networks/weights/read-weight-file.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { createRefuse, type StoredTensor, type WeightFile } from '#engine/networks/weights/weight-file.ts'
import { initialiseNetwork } from '#engine/networks/architecture/initialise-network.ts'
import type { NetworkSpec, StateDict } from '#engine/networks/architecture/training-engine.ts'

const readGolden = (name: string): Uint8Array =>
  readFileSync(new URL(`../../../../oracles/golden/weights/good/${name}`, import.meta.url))

const network: NetworkSpec = {
  arch: 'resnet18',
  inputSize: 32,
  heads: [
    { task: 'gender', classes: 2 },
    { task: 'race', classes: 5 },
  ],
}
const deeper: NetworkSpec = { ...network, arch: 'resnet34' }
const state = initialiseNetwork(network, 3)

/** A file of these tensors, under other names and without the ones that `rename` drops. */
function makeFile(tensors: StateDict, rename: (name: string) => string | null = (name) => name): WeightFile {
  const entries = [...tensors].flatMap(([name, { shape, data }]): [string, StoredTensor][] => {
    const given = rename(name)
    return given === null ? [] : [[given, { type: 'float32', shape, read: () => data }]]
  })
  return { format: 'made', tensors: new Map(entries) }
}

/** Equal for equal names, shapes and bits, and quick to compare where values go into the millions. */
const sumUp = (tensors: StateDict) =>
  Object.fromEntries(
    Array.from(tensors, ([name, { shape, data }]) => [
      name,
      { shape, sha256: hashBytes(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)) },
    ]),
  )
const summed = sumUp(state)

const match = (file: WeightFile, wanted = network) => matchWeights(wanted, file, createRefuse('w.pth'))

describe('matching weights by name', () => {
  it('takes every tensor of a file that is the network, heads too', () => {
    const { weights, report } = match(makeFile(state))
    expect(sumUp(weights)).toEqual(summed)
    expect(report).toMatchObject({
      prefix: '',
      missing: [],
      mismatched: [],
      unexpected: [],
      unexpectedCount: 0,
    })
    expect(report.loaded).toHaveLength(104)
    expect(describeWeightReport(report)).toEqual([
      'From the weights file (made): all 100 tensors of the backbone.',
      'Also from the file: head.gender.weight, head.gender.bias, head.race.weight, head.race.bias. ' +
        "Their classes must stand in the order of this run's labels.",
    ])
  })

  it.each(['module.', 'backbone.', 'model.', 'state_dict.module.', 'model_state.net.0.'])(
    'leaves off the prefix %s and says so',
    (prefix) => {
      const { weights, report } = match(makeFile(state, (name) => prefix + name))
      expect(sumUp(weights)).toEqual(summed)
      expect(describeWeightReport(report)[1]).toBe(
        `The names in the file begin with "${prefix}", which was left off.`,
      )
    },
  )

  it('names a second backbone that it did not take', () => {
    const first = makeFile(state, (name) => `model.${name}`)
    const second = makeFile(state, (name) => `model_ema.${name}`)
    const { report } = match({ format: 'made', tensors: new Map([...first.tensors, ...second.tensors]) })
    expect(report).toMatchObject({ prefix: 'model.', otherPrefixes: ['model_ema.'], unexpectedCount: 104 })
    expect(describeWeightReport(report)).toContain(
      'The file holds another backbone under model_ema., which was not used.',
    )
  })

  it('keeps random the heads that are absent or have other classes, and names both', () => {
    const other = initialiseNetwork({ ...network, heads: [{ task: 'race', classes: 7 }] }, 4)
    const { weights, report } = match(makeFile(other))
    expect([...weights.keys()].some((name) => name.startsWith('head.'))).toBe(false)
    expect(report).toMatchObject({
      missing: ['head.gender.weight', 'head.gender.bias'],
      mismatched: [
        { name: 'head.race.weight', shape: [7, 512], expected: [5, 512] },
        { name: 'head.race.bias', shape: [7], expected: [5] },
      ],
    })
    expect(describeWeightReport(report)).toEqual(
      expect.arrayContaining([
        'Not in the file, so random: head.gender.weight, head.gender.bias.',
        'head.race.weight is [7, 512] in the file and [5, 512] here, so it is random.',
      ]),
    )
  })

  it("takes a PyTorch checkpoint's backbone and says that its 18 outputs are not used", () => {
    const { weights, report } = match(
      parseWeightFile(readGolden('resnet18-18-classes.pth'), 'w.pth', 'resnet18'),
    )
    expect(weights.size).toBe(100)
    expect([...weights.values()].every(({ data }) => data.every((value) => value === 0.5))).toBe(true)
    expect(report).toMatchObject({
      format: 'PyTorch',
      prefix: 'state_dict.module.',
      unexpected: [
        { name: 'state_dict.module.fc.weight', shape: [18, 512] },
        { name: 'state_dict.module.fc.bias', shape: [18] },
      ],
    })
    expect(describeWeightReport(report).at(-1)).toBe(
      'In the file, not used: state_dict.module.fc.weight [18, 512], state_dict.module.fc.bias [18].',
    )
  })

  it('turns half precision into float32 and says so', () => {
    const file = makeFile(state)
    const tensors = new Map(
      [...file.tensors].map(([name, tensor]) => [name, { ...tensor, type: 'float16' as const }]),
    )
    expect(describeWeightReport(match({ ...file, tensors }).report)[0]).toBe(
      'From the weights file (made): all 100 tensors of the backbone, float16 turned into float32.',
    )
  })
})

describe('weights that do not fit', () => {
  const nan = { shape: [64], data: new Float32Array(64).fill(Number.NaN) }
  const negative = { shape: [64], data: new Float32Array(64).fill(-1) }
  const wide = { shape: [64, 3, 3, 3], data: new Float32Array(64 * 27) }

  it.each([
    [
      'with nothing of the backbone',
      makeFile(state, (name) => name.replaceAll(/\w+\./g, 'x.')),
      'no tensor bears a name of resnet18',
    ],
    ['that is empty', makeFile(new Map()), 'it holds no tensors at all'],
    [
      'with a layer missing',
      makeFile(state, (name) => (name.startsWith('layer3.1.') ? null : name)),
      "10 of the backbone's 100 tensors are missing (layer3.1.conv1.weight, layer3.1.bn1.weight, layer3.1.bn1.bias and 7 more)",
    ],
    [
      'without running statistics',
      makeFile(state, (name) => (name.includes('running') ? null : name)),
      "40 of the backbone's 100 tensors are missing",
    ],
    [
      'with another stem',
      makeFile(new Map([...state, ['conv1.weight', wide]])),
      'conv1.weight should be [64, 3, 7, 7], the file has [64, 3, 3, 3]',
    ],
    [
      'with values that are no numbers',
      makeFile(new Map([...state, ['bn1.weight', nan]])),
      'bn1.weight holds a value that is no finite float32',
    ],
    [
      'with a negative variance',
      makeFile(new Map([...state, ['bn1.running_var', negative]])),
      'bn1.running_var holds a negative variance',
    ],
    [
      'of a deeper network',
      makeFile(initialiseNetwork(deeper, 1)),
      'it is deeper than resnet18: it also holds layer1.2.conv1.weight',
    ],
  ])('are refused: a file %s', (_, file, message) => {
    expect(() => match(file)).toThrow('w.pth: ')
    expect(() => match(file)).toThrow(message)
  })

  it('are refused: a shallower network', () => {
    expect(() => match(makeFile(state), deeper)).toThrow(
      "w.pth: it does not fit resnet34: 80 of the backbone's 180 tensors are missing",
    )
  })
})

describe('weights from ONNX', () => {
  it('of our own export come back as they were', () => {
    const bytes = buildInferenceModel(network, state)
    const { weights } = match(parseWeightFile(bytes, 'model.onnx', 'resnet18'))
    expect(sumUp(weights)).toEqual(summed)
  })

  it("are found by their place in the graph where the names are an exporter's own", () => {
    const model = fromBinary(ModelProtoSchema, readGolden('narrow.onnx'))
    const named = parseWeightFile(readGolden('narrow.onnx'), 'narrow.onnx', 'resnet18')
    const names = new Map(model.graph?.initializer.map(({ name }, index) => [name, `onnx::${index}`]))
    for (const tensor of model.graph?.initializer ?? []) tensor.name = names.get(tensor.name) ?? ''
    for (const node of model.graph?.node ?? []) node.input = node.input.map((name) => names.get(name) ?? name)
    const { tensors, format } = parseWeightFile(toBinary(ModelProtoSchema, model), 'x.onnx', 'resnet18')
    expect(format).toBe('ONNX, by place in the graph')
    const backbone = [...named.tensors].filter(([name]) => !name.startsWith('fc.'))
    expect(backbone.length).toBeGreaterThanOrEqual(100)
    for (const [name, { shape, read }] of backbone)
      expect([name, tensors.get(name)?.shape, tensors.get(name)?.read()]).toEqual([name, shape, read()])
  })

  it('are refused when the batch normalisations are folded away, with what to do instead', () => {
    expect(() => parseWeightFile(readGolden('narrow-folded.onnx'), 'f.onnx', 'resnet18')).toThrow(
      /^f\.onnx: its batch normalisations are folded into the convolutions.*dynamo=True, external_data=False, optimize=False/,
    )
    const advised = parseWeightFile(readGolden('narrow-advised.onnx'), 'a.onnx', 'resnet18')
    expect([...advised.tensors.keys()]).toEqual(
      expect.arrayContaining(['conv1.weight', 'bn1.running_var', 'layer4.1.bn2.running_mean']),
    )
  })
})

describe('weights from safetensors', () => {
  it('come back as they were', () => {
    const { weights, report } = match(parseWeightFile(writeSafetensors(state), 'w.safetensors', 'resnet18'))
    expect(sumUp(weights)).toEqual(summed)
    expect(report.format).toBe('safetensors')
  })
})
