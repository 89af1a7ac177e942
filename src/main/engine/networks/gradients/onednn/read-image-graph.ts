/** An ONNX file of a residual network as a list of convolutions and pools, and the ONNX graph of what follows them. */
import { create, toBinary } from '@bufbuild/protobuf'
import { ModelProtoSchema, ValueInfoProtoSchema } from '#engine/networks/onnx-file/gen/onnx_pb.js'
import type { ModelProto, NodeProto } from '#engine/networks/onnx-file/gen/onnx_pb.js'
import { decodeModel } from '#engine/networks/onnx-file/graph-builder.ts'
import {
  floatType,
  foldNorm,
  GraphReader,
  readConvolution,
  readWindow,
  refuse,
  Unknown,
} from './graph-reader.ts'
import type { ConvolutionLayer, ImageGraph, ImageLayer } from './image-graph.ts'

interface Colours {
  mean: number[]
  deviation: number[]
}

/** Reads nodes in their order; convolutions wait in `layers` for what may still follow them. */
class GraphMapper {
  readonly layers: ImageLayer[] = []
  readonly #reader: GraphReader
  readonly #image: string
  readonly #colours: Colours = { mean: [0, 0, 0], deviation: [1, 1, 1] }
  /** Names of the input as it was shifted and scaled so far. */
  #shown: string

  constructor(reader: GraphReader, image: string) {
    this.#reader = reader
    this.#image = image
    this.#shown = image
  }

  get colours(): Colours | null {
    return this.#shown === this.#image ? null : this.#colours
  }

  get shown(): string {
    return this.#shown
  }

  read(node: NodeProto): void {
    switch (node.opType) {
      case 'Sub':
      case 'Div':
        this.#readColours(node)
        return
      case 'Conv':
        this.layers.push(readConvolution(this.#reader, node))
        return
      case 'BatchNormalization':
        this.#replace(node.input[0], (layer) => foldNorm(this.#reader, layer, node))
        return
      case 'Relu':
        this.#replace(node.input[0], (layer) => ({
          ...layer,
          isRectified: true,
          output: node.output[0] ?? '',
        }))
        return
      case 'Add':
        this.#addTo(node)
        return
      case 'MaxPool': {
        const [input = ''] = node.input
        const [output = ''] = node.output
        this.layers.push({ kind: 'pool', input, output, window: readWindow(node) })
        return
      }
      default:
        refuse(`the operator ${node.opType} (${node.name}) is not known before the last convolution`)
    }
  }

  #readColours(node: NodeProto): void {
    const [input, by] = node.input
    if (input !== this.#shown) refuse(`${node.opType} ${node.name} does not read the image`)
    const { data } = this.#reader.floats(by)
    if (data.length !== 1 && data.length !== 3) refuse(`${node.opType} ${node.name} is not by colour`)
    const { mean, deviation } = this.#colours
    for (let colour = 0; colour < 3; colour++) {
      const value = data[data.length === 1 ? 0 : colour] ?? 0
      if (node.opType === 'Sub') mean[colour] = (mean[colour] ?? 0) + value * (deviation[colour] ?? 1)
      else deviation[colour] = (deviation[colour] ?? 1) * value
    }
    this.#shown = node.output[0] ?? ''
  }

  /** The convolution that gives a value which nothing else reads. */
  #find(value: string | undefined): number {
    const at = this.layers.findIndex(({ output }) => output === value)
    const layer = this.layers[at]
    const isOpen =
      layer?.kind === 'convolution' && !layer.isRectified && this.#reader.countReaders(layer.output) === 1
    return isOpen ? at : -1
  }

  #replace(value: string | undefined, change: (layer: ConvolutionLayer) => ConvolutionLayer): void {
    const at = this.#find(value)
    const layer = this.layers[at]
    if (layer?.kind !== 'convolution') refuse(`${value ?? 'a value'} is not a convolution's alone`)
    else this.layers[at] = change(layer)
  }

  /** The convolution moves to where the sum stands: what is added may be computed after it. */
  #addTo(node: NodeProto): void {
    const [first = '', second = ''] = node.input
    const [at, added] = this.#find(first) >= 0 ? [this.#find(first), second] : [this.#find(second), first]
    const layer = this.layers[at]
    if (layer?.kind !== 'convolution' || layer.added !== null || this.#reader.isWeight(added))
      return refuse(`Add ${node.name} adds to nothing that a convolution alone gives`)
    this.layers.splice(at, 1)
    this.layers.push({ ...layer, added, output: node.output[0] ?? '' })
  }
}

/** The graph of the nodes that are left, from the average on. */
function cutRest(model: ModelProto, nodes: readonly NodeProto[], average: string): Uint8Array | null {
  const { graph } = model
  if (graph === undefined || nodes.length === 0) return null
  const read = new Set([average, ...nodes.flatMap(({ input }) => input)])
  const isMade = (name: string) => nodes.some(({ output }) => output.includes(name))
  const value = graph.output.find(({ name }) => name === average)?.type ?? {
    value: { case: 'tensorType' as const, value: { elemType: floatType } },
  }
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      ...model,
      metadataProps: [],
      graph: {
        ...graph,
        node: [...nodes],
        input: [create(ValueInfoProtoSchema, { name: average, type: value })],
        output: graph.output.filter(({ name }) => isMade(name)),
        initializer: graph.initializer.filter(({ name }) => read.has(name)),
        valueInfo: [],
      },
    }),
  )
}

function mapGraph(model: ModelProto): ImageGraph {
  const { graph } = model
  if (graph === undefined) return refuse('it has no graph')
  const reader = new GraphReader(graph)
  const inputs = graph.input.map(({ name }) => name).filter((name) => !reader.isWeight(name))
  const [input = ''] = inputs
  if (inputs.length !== 1) refuse(`it has ${inputs.length} inputs`)
  const end = graph.node.findIndex(({ opType }) => opType === 'GlobalAveragePool')
  const [pool, flat, ...rest] = graph.node.slice(end)
  if (end < 0 || flat?.opType !== 'Flatten' || flat.input[0] !== pool?.output[0])
    return refuse('it does not end its convolutions with an average over all pixels')
  if (rest.some(({ opType }) => opType === 'Conv')) refuse('it convolves after its average')
  const mapper = new GraphMapper(reader, input)
  for (const node of graph.node.slice(0, end)) mapper.read(node)
  const { layers, colours, shown } = mapper
  const last = layers.at(-1)
  const [average = ''] = flat.output
  if (last?.kind !== 'convolution' || pool?.input[0] !== last.output)
    return refuse('its average is not over what the last convolution gives')
  const early = new Set(layers.map(({ output }) => output))
  const isLate = [...rest.flatMap((node) => node.input), ...graph.output.map(({ name }) => name)]
  if (isLate.some((name) => early.has(name) || name === shown || name === pool.output[0]))
    return refuse('what follows its average reads values before it')
  return {
    input,
    colours,
    layers: layers.map((layer) => (layer.input === shown ? { ...layer, input } : layer)),
    average,
    channels: last.outChannels,
    rest: cutRest(model, rest, average),
    outputNames: graph.output.map(({ name }) => name),
  }
}

/**
 * What oneDNN can compute of a file; where it cannot, the reason.
 * @throws Error where the bytes are no ONNX model at all.
 */
export function readImageGraph(bytes: Uint8Array): ImageGraph | { readonly unknown: string } {
  const model = decodeModel(bytes)
  try {
    return mapGraph(model)
  } catch (error) {
    if (error instanceof Unknown) return { unknown: error.message }
    throw error
  }
}
