/** Nodes of an ONNX graph as layers. */
import { TensorProto_DataType as DataType } from '#engine/networks/onnx-file/gen/onnx_pb.js'
import type { GraphProto, NodeProto, TensorProto } from '#engine/networks/onnx-file/gen/onnx_pb.js'
import { normEpsilon } from '#engine/networks/architecture/resnet.ts'
import type { Window } from './dnnl.ts'
import type { ConvolutionLayer } from './image-graph.ts'

export const floatType: number = DataType.FLOAT

/** What a graph has that oneDNN is not asked for. */
export class Unknown extends Error {}

export const refuse = (reason: string): never => {
  throw new Unknown(reason)
}

/** What a node says of itself, by attribute. */
function readAttributes({ attribute }: NodeProto) {
  const of = (name: string) => attribute.find((one) => one.name === name)
  return {
    ints: (name: string): number[] | undefined => of(name)?.ints.map(Number),
    int: (name: string, otherwise: number): number => Number(of(name)?.i ?? otherwise),
    float: (name: string, otherwise: number): number => of(name)?.f ?? otherwise,
    text: (name: string): string => new TextDecoder().decode(of(name)?.s ?? new Uint8Array()),
  }
}

const areAll = (values: readonly number[], wanted: number): boolean =>
  values.every((value) => value === wanted)

/** Throws Unknown for windows that are not square, dilated, or padded unevenly. */
export function readWindow(node: NodeProto): Window {
  const { ints, text } = readAttributes(node)
  const [kernel = 0, ...others] = ints('kernel_shape') ?? []
  const strides = ints('strides') ?? [1, 1]
  const pads = ints('pads') ?? [0, 0, 0, 0]
  const dilations = ints('dilations') ?? [1, 1]
  const [stride = 1] = strides
  const [padding = 0] = pads
  const automatic = text('auto_pad')
  const isSquare = areAll(others, kernel) && areAll(strides, stride) && areAll(pads, padding)
  if (kernel === 0 || !isSquare || !areAll(dilations, 1) || (automatic !== '' && automatic !== 'NOTSET'))
    return refuse(`${node.opType} ${node.name} has a window that is not square, or padding of its own`)
  return { kernel, stride, padding }
}

/** The graph with its weights, and who reads what. */
export class GraphReader {
  readonly graph: GraphProto
  readonly #tensors: ReadonlyMap<string, TensorProto>
  readonly #readers = new Map<string, number>()

  constructor(graph: GraphProto) {
    this.graph = graph
    this.#tensors = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]))
    const names = [...graph.node.flatMap(({ input }) => input), ...graph.output.map(({ name }) => name)]
    for (const name of names) this.#readers.set(name, this.countReaders(name) + 1)
  }

  countReaders(name: string): number {
    return this.#readers.get(name) ?? 0
  }

  isWeight(name: string): boolean {
    return this.#tensors.has(name)
  }

  floats(name: string | undefined): { data: Float32Array; shape: number[] } {
    const tensor = this.#tensors.get(name ?? '')
    if (tensor === undefined || tensor.dataType !== floatType || tensor.rawData.length === 0)
      return refuse(`${name ?? 'a value'} is no plain float32 weight`)
    // A copy begins at a multiple of four, wherever the bytes stood in the file.
    const data = new Float32Array(new Uint8Array(tensor.rawData).buffer)
    return { data, shape: tensor.dims.map(Number) }
  }
}

export function readConvolution(reader: GraphReader, node: NodeProto): ConvolutionLayer {
  const [input = '', weightName, biasName] = node.input
  const { data: weights, shape } = reader.floats(weightName)
  const [outChannels = 0, inChannels = 0, height, width] = shape
  const window = readWindow(node)
  if (readAttributes(node).int('group', 1) !== 1 || height !== window.kernel || width !== window.kernel)
    return refuse(`Conv ${node.name} has groups or a kernel that is not square`)
  const bias =
    biasName === undefined || biasName === '' ? new Float32Array(outChannels) : reader.floats(biasName).data
  return {
    kind: 'convolution',
    input,
    output: node.output[0] ?? '',
    weights,
    bias,
    outChannels,
    inChannels,
    window,
    added: null,
    isRectified: false,
  }
}

/** The normalisation by running statistics, put into kernels and bias; in doubles, rounded once. */
export function foldNorm(reader: GraphReader, layer: ConvolutionLayer, node: NodeProto): ConvolutionLayer {
  const [scale, shift, mean, variance] = node.input.slice(1).map((name) => reader.floats(name).data)
  const epsilon = readAttributes(node).float('epsilon', normEpsilon)
  const size = layer.weights.length / layer.outChannels
  const [weights, bias] = [new Float32Array(layer.weights.length), new Float32Array(layer.outChannels)]
  for (let channel = 0; channel < layer.outChannels; channel++) {
    const factor = (scale?.[channel] ?? 1) / Math.sqrt((variance?.[channel] ?? 0) + epsilon)
    for (let at = channel * size; at < (channel + 1) * size; at++)
      weights[at] = (layer.weights[at] ?? 0) * factor
    bias[channel] = ((layer.bias[channel] ?? 0) - (mean?.[channel] ?? 0)) * factor + (shift?.[channel] ?? 0)
  }
  return { ...layer, weights, bias, output: node.output[0] ?? '' }
}
