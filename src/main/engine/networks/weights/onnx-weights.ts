import {
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
} from '#engine/networks/onnx-file/gen/onnx_pb.js'
import type {
  GraphProto,
  ModelProto,
  NodeProto,
  TensorProto,
} from '#engine/networks/onnx-file/gen/onnx_pb.js'
import { unfoldNorms, type UnfoldedTensor } from '#engine/networks/onnx-file/fold-norms.ts'
import { decodeModel } from '#engine/networks/onnx-file/graph-builder.ts'
import type { TrainedBackbone } from '#shared/domain/architectures.ts'
import {
  describeResNet,
  listConvolutions,
  type ConvolutionSpec,
  type ResNetArch,
} from '#engine/networks/architecture/resnet.ts'
import {
  countValues,
  gatherFloat32,
  listRowMajorStrides,
  type Refuse,
  type StoredTensor,
  type WeightFile,
  type WeightType,
} from './weight-file.ts'

const weightTypes: Readonly<Record<number, WeightType>> = {
  [DataType.FLOAT]: 'float32',
  [DataType.DOUBLE]: 'float64',
  [DataType.FLOAT16]: 'float16',
  [DataType.BFLOAT16]: 'bfloat16',
}

function packBits(values: readonly number[]): Uint8Array {
  return new Uint8Array(Uint16Array.from(values).buffer)
}

/** The values of a tensor as little-endian bytes, from whichever of its fields holds them. */
function readBytes(tensor: TensorProto, type: WeightType): Uint8Array {
  if (tensor.rawData.length > 0) return tensor.rawData
  switch (type) {
    case 'float32':
      return new Uint8Array(Float32Array.from(tensor.floatData).buffer)
    case 'float64':
      return new Uint8Array(Float64Array.from(tensor.doubleData).buffer)
    default:
      return packBits(tensor.int32Data)
  }
}

/** Tensors that are no weights, such as shapes, give nothing. */
function describeTensor(name: string, tensor: TensorProto, refuse: Refuse): StoredTensor | undefined {
  const type = weightTypes[tensor.dataType]
  if (type === undefined) return undefined
  if (tensor.dataLocation === DataLocation.EXTERNAL)
    return refuse(
      `${name} lies in another file (external data); save the model as one file (in PyTorch: external_data=False)`,
    )
  const shape = tensor.dims.map(Number)
  countValues(shape, name, refuse)
  const layout = { type, shape, offset: 0, strides: listRowMajorStrides(shape) }
  return { type, shape, read: () => gatherFloat32(readBytes(tensor, type), layout, refuse) }
}

/** Initializers, constants, and what `Identity` renames: exporters store equal tensors once. */
function listTensors(graph: GraphProto, refuse: Refuse): Map<string, StoredTensor> {
  const tensors = new Map<string, StoredTensor>()
  const add = (name: string, tensor: TensorProto): void => {
    const described = describeTensor(name, tensor, refuse)
    if (described !== undefined) tensors.set(name, described)
  }
  for (const tensor of graph.initializer) add(tensor.name, tensor)
  for (const { opType, input, output, attribute } of graph.node) {
    const [name = ''] = output
    const value = opType === 'Constant' ? attribute.find((item) => item.name === 'value')?.t : undefined
    if (value !== undefined) add(name, value)
    const source = opType === 'Identity' ? tensors.get(input[0] ?? '') : undefined
    if (source !== undefined) tensors.set(name, source)
  }
  return tensors
}

/** The tensors of a convolution and of the batch normalisation that follows it, by the graph's names. */
interface Layer {
  readonly weight: string
  /** Scale, shift, mean, variance. */
  readonly norm: readonly string[] | undefined
}

function listLayers(graph: GraphProto): Layer[] {
  const norms = new Map<string, NodeProto>()
  for (const node of graph.node)
    if (node.opType === 'BatchNormalization') norms.set(node.input[0] ?? '', node)
  return graph.node
    .filter(({ opType }) => opType === 'Conv')
    .map(({ input, output }) => ({
      weight: input[1] ?? '',
      norm: norms.get(output[0] ?? '')?.input.slice(1, 5),
    }))
}

/**
 * Pairs a graph's convolutions with the network's in graph order. A block's shortcut may stand before or after its
 * two layers, but it alone has a kernel of one pixel. Null when kernels or counts do not fit.
 */
function pairLayers(
  layers: readonly Layer[],
  convolutions: readonly ConvolutionSpec[],
  tensors: ReadonlyMap<string, StoredTensor>,
): [ConvolutionSpec, Layer][] | null {
  if (layers.length !== convolutions.length) return null
  const isShortcut = (layer: Layer): boolean => tensors.get(layer.weight)?.shape[2] === 1
  const pairs: [ConvolutionSpec, Layer][] = []
  for (const wanted of [true, false]) {
    const specs = convolutions.filter(({ kernel }) => (kernel === 1) === wanted)
    const found = layers.filter((layer) => isShortcut(layer) === wanted)
    if (found.length !== specs.length) return null
    specs.forEach((spec, index) => {
      const layer = found[index]
      if (layer !== undefined) pairs.push([spec, layer])
    })
  }
  return pairs
}

const normParts = ['weight', 'bias', 'running_mean', 'running_var'] as const

/** The backbone's tensors under torchvision's names, found by their place in the graph. */
function nameByPlace(
  graph: GraphProto,
  tensors: ReadonlyMap<string, StoredTensor>,
  { arch, refuse }: { arch: ResNetArch; refuse: Refuse },
): Map<string, StoredTensor> | null {
  const layers = listLayers(graph)
  const pairs = pairLayers(layers, listConvolutions(describeResNet(arch)), tensors)
  if (pairs === null) return null
  if (layers.every(({ norm }) => norm === undefined)) {
    return refuse(
      'its batch normalisations are folded into the convolutions, so the scales and statistics that training needs ' +
        'are gone. Use the weights it was made from (a state_dict), or export it unfolded (in PyTorch 2.9 or later: ' +
        'torch.onnx.export(model, inputs, file, dynamo=True, external_data=False, optimize=False); before: ' +
        'dynamo=False, training=TrainingMode.PRESERVE, do_constant_folding=False)',
    )
  }
  const named = new Map<string, StoredTensor>()
  const give = (name: string, source: string | undefined): void => {
    const tensor = tensors.get(source ?? '')
    if (tensor !== undefined) named.set(name, tensor)
  }
  for (const [spec, { weight, norm }] of pairs) {
    give(`${spec.name}.weight`, weight)
    normParts.forEach((part, index) => give(`${spec.norm}.${part}`, norm?.[index]))
  }
  return named
}

/** The weights that a file of `evenhand export` was folded from; null for files of others. */
function readUnfolded(
  model: ModelProto,
  fileBytes: number,
  refuse: Refuse,
): Map<string, StoredTensor> | null {
  let tensors: UnfoldedTensor[] | null
  try {
    tensors = unfoldNorms(model, fileBytes)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return refuse(
      'what it keeps to undo the folding of its batch normalisations cannot be read; export it again',
    )
  }
  return (
    tensors &&
    new Map(tensors.map(({ name, shape, data }) => [name, { type: 'float32', shape, read: () => data }]))
  )
}

/**
 * Initializers by their names; where these are an exporter's own (`onnx::Conv_193`, `resnetv15_conv0_weight`), the
 * backbone's tensors by their place in the graph instead.
 */
export function readOnnxWeights(bytes: Uint8Array, arch: TrainedBackbone, refuse: Refuse): WeightFile {
  let model: ModelProto
  try {
    model = decodeModel(bytes)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return refuse('it is no valid ONNX model')
  }
  const { graph } = model
  if (graph === undefined) return refuse('it is an ONNX model without a graph')
  const unfolded = readUnfolded(model, bytes.length, refuse)
  if (unfolded !== null) return { format: 'ONNX, unfolded', tensors: unfolded }
  const tensors = listTensors(graph, refuse)
  const isNamed = [...tensors.keys()].some((name) => name.endsWith('layer1.0.bn1.running_var'))
  const named = isNamed || arch === 'face-resnet' ? null : nameByPlace(graph, tensors, { arch, refuse })
  if (named === null) return { format: 'ONNX', tensors }
  return { format: 'ONNX, by place in the graph', tensors: new Map([...tensors, ...named]) }
}
