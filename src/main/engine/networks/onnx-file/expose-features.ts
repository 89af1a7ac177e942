import { create, toBinary } from '@bufbuild/protobuf'
import { ModelProtoSchema, TensorProto_DataType as DataType, ValueInfoProtoSchema } from './gen/onnx_pb.js'
import type { GraphProto, NodeProto, TensorProto } from './gen/onnx_pb.js'
import { decodeModel } from './graph-builder.ts'

/** The output that `exposeFeatures` adds: `[batch, channels, height, width]`. */
export const featuresOutput = 'evenhand_features'

/** A linear function of the averaged features. */
export interface LinearHead {
  readonly outputs: number
  readonly channels: number
  /** `[outputs, channels]` */
  readonly weights: Float64Array
}

const floatType: number = DataType.FLOAT

function readMatrix(tensor: TensorProto | undefined): LinearHead | null {
  const [outputs, channels] = tensor?.dims.map(Number) ?? []
  if (tensor?.dataType !== floatType || outputs === undefined || channels === undefined) return null
  const data = new Float32Array(new Uint8Array(tensor.rawData).buffer)
  if (data.length !== outputs * channels) return null
  return { outputs, channels, weights: Float64Array.from(data) }
}

/** `second` after `first`. */
function chain(second: LinearHead, first: LinearHead | null): LinearHead | null {
  if (first === null) return second
  if (second.channels !== first.outputs) return null
  const { outputs, channels: inner } = second
  const { channels } = first
  const weights = new Float64Array(outputs * channels)
  for (let row = 0; row < outputs; row++)
    for (let at = 0; at < inner; at++) {
      const share = second.weights[row * inner + at] ?? 0
      for (let column = 0; column < channels; column++) {
        const place = row * channels + column
        weights[place] = (weights[place] ?? 0) + share * (first.weights[at * channels + column] ?? 0)
      }
    }
  return { outputs, channels, weights }
}

const isTransposed = ({ attribute }: NodeProto): boolean =>
  attribute.some(({ name, i }) => name === 'transB' && i === 1n)

/** Every value that is a linear function of the averaged features, biases aside, by its name. */
function followLinear(graph: GraphProto, averaged: string): Map<string, LinearHead> {
  const tensors = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]))
  const known = new Map<string, LinearHead | null>([[averaged, null]])
  for (const node of graph.node) {
    const [input = '', weight = ''] = node.input
    const [output = ''] = node.output
    const before = known.get(input)
    if (before === undefined) continue
    if (node.opType === 'Flatten' || node.opType === 'Identity') known.set(output, before)
    if (node.opType !== 'Gemm' || !isTransposed(node)) continue
    const matrix = readMatrix(tensors.get(weight))
    const joined = matrix === null ? null : chain(matrix, before)
    if (joined !== null) known.set(output, joined)
  }
  return new Map([...known].flatMap(([name, head]) => (head === null ? [] : [[name, head] as const])))
}

/**
 * A model whose last feature maps, those that the global average pools, are one more output; and its heads as linear functions of
 * the averaged features. Null for a graph that averages no maps.
 */
export function exposeFeatures(
  bytes: Uint8Array,
): { readonly model: Uint8Array; readonly heads: ReadonlyMap<string, LinearHead> } | null {
  const model = decodeModel(bytes)
  const { graph } = model
  const pool = graph?.node.findLast(({ opType }) => opType === 'GlobalAveragePool')
  const [maps] = pool?.input ?? []
  const [averaged] = pool?.output ?? []
  const source = graph?.node.find(({ output }) => output.includes(maps ?? ''))
  if (graph === undefined || maps === undefined || averaged === undefined || source === undefined) return null
  const heads = followLinear(graph, averaged)
  // Under a name of our own, so that no graph has it already.
  for (const node of graph.node) {
    node.input = node.input.map((name) => (name === maps ? featuresOutput : name))
    node.output = node.output.map((name) => (name === maps ? featuresOutput : name))
  }
  const type = { value: { case: 'tensorType' as const, value: { elemType: DataType.FLOAT } } }
  graph.output.push(create(ValueInfoProtoSchema, { name: featuresOutput, type }))
  return { model: toBinary(ModelProtoSchema, model), heads }
}
