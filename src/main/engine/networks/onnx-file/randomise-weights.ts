import { toBinary } from '@bufbuild/protobuf'
import { ModelProtoSchema, TensorProto_DataType as DataType } from './gen/onnx_pb.js'
import { decodeModel } from './graph-builder.ts'

const floatType: number = DataType.FLOAT

/** What the graph does to its input before its first layer, and constants, have up to this many numbers; all else was learned. */
const fewest = 64

/**
 * The same network with everything it learned forgotten: the numbers of each weight tensor in another order, so that sizes and spreads
 * stay what they were and nothing else does.
 * @param shuffle Shuffles in place.
 */
export function randomiseWeights(bytes: Uint8Array, shuffle: (numbers: Float32Array) => unknown): Uint8Array {
  const model = decodeModel(bytes)
  for (const tensor of model.graph?.initializer ?? []) {
    if (tensor.dataType !== floatType || tensor.dims.length < 2) continue
    const numbers = new Float32Array(new Uint8Array(tensor.rawData).buffer)
    if (numbers.length < fewest && !tensor.name.startsWith('head.')) continue
    shuffle(numbers)
    tensor.rawData = new Uint8Array(numbers.buffer)
  }
  return toBinary(ModelProtoSchema, model)
}
