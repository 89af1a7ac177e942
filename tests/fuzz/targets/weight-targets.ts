import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf'
import {
  AttributeProto_AttributeType,
  ModelProtoSchema,
  TensorProto_DataType,
  type TensorProtoSchema,
} from '#engine/networks/onnx-file/gen/onnx_pb.js'
import { foldNorms } from '#engine/networks/onnx-file/fold-norms.ts'
import { createGraphBuilder, encodeModel } from '#engine/networks/onnx-file/graph-builder.ts'
import { matchWeights } from '#engine/networks/weights/match-weights.ts'
import { parseWeightFile } from '#engine/networks/weights/read-weight-file.ts'
import { writeSafetensors } from '#engine/networks/weights/safetensors.ts'
import { createRefuse } from '#engine/networks/weights/weight-file.ts'
import { openZip } from '#engine/networks/weights/zip-reader.ts'
import { AppError } from '#shared/contract/errors.ts'
import { chance, pick, type Random } from '../../hostile/pick.ts'
import { promise, type FuzzTarget } from '../fuzz-target.ts'
import { mutateBytes, mutateJson, mutateList } from '../mutate.ts'
import { mutatePickle, pickleOfTensors, writeLegacyFile } from './pickles.ts'
import { distortRecords, listTorchEntries, writeZip } from './zips.ts'

const network = { arch: 'resnet18', inputSize: 32, heads: [{ task: 'gender', classes: 2 }] } as const

/** Reads every tensor that can be one of weights, and matches them with a network as a run does. */
function readWeights(bytes: Uint8Array, file: string): void {
  const { tensors } = parseWeightFile(bytes, file, 'resnet18')
  for (const { type, shape, read } of [...tensors.values()].slice(0, 50)) {
    if (!type.includes('float')) continue
    const values = read()
    promise(
      values.length === shape.reduce((product, side) => product * side, 1),
      'a tensor does not fill its shape',
    )
  }
  try {
    matchWeights(network, { format: 'any', tensors }, createRefuse(file))
  } catch (error) {
    // Good files of other networks are refused here.
    if (!(error instanceof AppError) || error.code !== 'INVALID_INPUT') throw error
  }
}

const plainPickle = new Uint8Array(Buffer.concat(pickleOfTensors()))

const pickle: FuzzTarget = {
  name: 'pickle',
  file: 'hostile.pth',
  covers: ['main/engine/networks/weights/unpickler.ts', 'main/engine/networks/weights/pth-reader.ts'],
  good: () => [writeLegacyFile(plainPickle)],
  make: (random, good) =>
    chance(random, 0.7)
      ? writeLegacyFile(mutatePickle(random))
      : mutateBytes(pick(random, good), random, good),
  read: (bytes) => readWeights(bytes, 'hostile.pth'),
}

const torchZip: FuzzTarget = {
  name: 'weights',
  file: 'hostile.pth',
  covers: ['main/engine/networks/weights/weight-file.ts', 'main/engine/networks/weights/pth-reader.ts'],
  good: () => [writeZip(listTorchEntries(plainPickle)), writeZip(listTorchEntries(plainPickle, true))],
  make: (random, good) =>
    chance(random, 0.6)
      ? writeZip(listTorchEntries(mutatePickle(random), chance(random, 0.3)))
      : mutateBytes(pick(random, good), random, good),
  read: (bytes) => readWeights(bytes, 'hostile.pth'),
}

const zip: FuzzTarget = {
  name: 'zip',
  file: 'hostile.pth',
  covers: ['main/engine/networks/weights/zip-reader.ts'],
  good: torchZip.good,
  make(random, good) {
    if (chance(random, 0.4)) return mutateBytes(pick(random, good), random, good)
    const entries = mutateList(listTorchEntries(plainPickle, chance(random, 0.5)), random, () => ({
      name: pick(random, ['', 'archive/data.pkl', '../../x', '__proto__', 'a'.repeat(70_000)]),
      content: new Uint8Array(pick(random, [0, 10, 100_000])),
      isDeflated: chance(random, 0.5),
    }))
    return writeZip(entries, distortRecords(random))
  },
  read(bytes) {
    const archive = openZip(bytes, createRefuse('hostile.pth'))
    for (const name of archive.names)
      promise(
        archive.read(name).length === archive.sizeOf(name),
        'an entry has another size than it declares',
      )
  },
}

const header = {
  __metadata__: { format: 'pt' },
  'conv1.weight': { dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] },
  'fc.bias': { dtype: 'F16', shape: [4], data_offsets: [24, 32] },
}

function frameSafetensors(
  headerText: string,
  data: Uint8Array,
  length = Buffer.byteLength(headerText),
): Uint8Array {
  const prefix = Buffer.alloc(8)
  prefix.writeBigUInt64LE(BigInt(length))
  return new Uint8Array(Buffer.concat([prefix, Buffer.from(headerText), data]))
}

const safetensors: FuzzTarget = {
  name: 'safetensors',
  file: 'hostile.safetensors',
  covers: ['main/engine/networks/weights/safetensors.ts'],
  good: () => [
    frameSafetensors(JSON.stringify(header), new Uint8Array(32)),
    writeSafetensors(new Map([['fc.weight', { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }]])),
  ],
  make(random, good) {
    if (chance(random, 0.3)) return mutateBytes(pick(random, good), random, good)
    const text = JSON.stringify(mutateJson(header, random)) ?? ''
    const data = new Uint8Array(pick(random, [32, 32, 31, 0, 5_000]))
    return frameSafetensors(text, data, chance(random, 0.9) ? undefined : random.int(0, 200_000_000))
  },
  read: (bytes) => readWeights(bytes, 'hostile.safetensors'),
}

type TensorInit = MessageInitShape<typeof TensorProtoSchema>

const goodTensor: TensorInit = {
  name: 'fc.weight',
  dims: [2n, 2n],
  dataType: TensorProto_DataType.FLOAT,
  rawData: new Uint8Array(16),
}

const oddTensor = (random: Random): TensorInit => ({
  name: pick(random, ['fc.weight', 'layer1.0.bn1.running_var', '__proto__', '']),
  dims: Array.from({ length: random.int(0, 10) }, () =>
    pick(random, [0n, 1n, 2n, -1n, 2n ** 24n, 2n ** 31n, 2n ** 62n]),
  ),
  dataType: random.int(0, 25),
  rawData: new Uint8Array(pick(random, [0, 1, 16, 64])),
  floatData: pick(random, [[], [1, 2, 3, 4], [Number.NaN]]),
  int32Data: pick(random, [[], [1, -1, 70_000]]),
  dataLocation: random.int(0, 2),
})

const kernels = [[64n, 3n, 7n, 7n], [64n, 64n, 1n, 1n], [], [1n]] as const

/** A graph whose nodes name tensors that are there, that are not, and each other. */
function oddModel(random: Random): Uint8Array {
  const names = ['fc.weight', 'w', 'x', 'y', 'constructor', '']
  const node = () => ({
    opType: pick(random, ['Conv', 'BatchNormalization', 'Identity', 'Constant', 'Gemm']),
    input: Array.from({ length: random.int(0, 6) }, () => pick(random, names)),
    output: Array.from({ length: random.int(0, 2) }, () => pick(random, names)),
    attribute: chance(random, 0.4)
      ? [{ name: 'value', type: AttributeProto_AttributeType.TENSOR, t: oddTensor(random) }]
      : [],
  })
  const initializer = Array.from({ length: random.int(0, 6) }, () =>
    chance(random, 0.3)
      ? { ...goodTensor, name: pick(random, names), dims: [...pick(random, kernels)] }
      : oddTensor(random),
  )
  const nodes = Array.from({ length: pick(random, [0, 3, 20, 21]) }, node)
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, { irVersion: 9n, graph: { node: nodes, initializer } }),
  )
}

/** A convolution with its normalisation, folded. */
function foldedModel(): Uint8Array {
  const builder = createGraphBuilder()
  const statistics = ['bn1.weight', 'bn1.bias', 'bn1.running_mean', 'bn1.running_var']
  builder.initializer('conv1.weight', [2, 3, 1, 1], Float32Array.of(0.1, -0.2, 3e-7, 0, 5, 1))
  for (const name of statistics) builder.initializer(name, [2], Float32Array.of(0.3, 0))
  const product = builder.node('Conv', [builder.input('image', 'float32', [1, 3, 4, 4]), 'conv1.weight'])
  builder.node('BatchNormalization', [product, ...statistics])
  const model = builder.finish({ name: 'folded' })
  foldNorms(model)
  return encodeModel(model)
}

const onnx: FuzzTarget = {
  name: 'onnx',
  file: 'hostile.onnx',
  covers: ['main/engine/networks/weights/onnx-weights.ts', 'main/engine/networks/onnx-file/fold-norms.ts'],
  good: () => [
    foldedModel(),
    toBinary(
      ModelProtoSchema,
      create(ModelProtoSchema, {
        irVersion: 9n,
        graph: { initializer: [goodTensor, { ...goodTensor, name: 'layer1.0.bn1.running_var' }] },
      }),
    ),
  ],
  make: (random, good) => {
    const bytes = chance(random, 0.6) ? oddModel(random) : pick(random, good)
    return chance(random, 0.5) ? mutateBytes(bytes, random, good) : bytes
  },
  read: (bytes) => readWeights(bytes, 'hostile.onnx'),
}

export const weightTargets: readonly FuzzTarget[] = [pickle, torchZip, zip, safetensors, onnx]
