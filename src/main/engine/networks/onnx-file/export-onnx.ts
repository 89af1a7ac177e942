import { embeddingSizes } from '#shared/domain/architectures.ts'
import { addHeads } from '#engine/networks/onnx-file/add-heads.ts'
import { addFaceBackbone, faceNormalisation } from '#engine/networks/onnx-file/face-backbone.ts'
import { createGraphBuilder, encodeModel } from '#engine/networks/onnx-file/graph-builder.ts'
import type { ModelProto } from '#engine/networks/onnx-file/gen/onnx_pb.js'
import type { GraphBuilder, Value } from '#engine/networks/onnx-file/graph-builder.ts'
import type { NetworkSpec, StateDict } from '#engine/networks/architecture/training-engine.ts'
import {
  describeResNet,
  imageNetDeviation,
  imageNetMean,
  listBuffers,
  listParameters,
  normEpsilon,
} from '#engine/networks/architecture/resnet.ts'
import type { BasicBlockSpec, ConvolutionSpec, ResNetArch } from '#engine/networks/architecture/resnet.ts'

export interface ModelMetadata {
  /** Version of Evenhand that writes the file. */
  readonly version: string
  /** Class names per task, in the order of the logits. */
  readonly labels: Readonly<Record<string, readonly string[]>>
  /** How an image becomes the input, for whoever serves the model. */
  readonly resize: string
  /** Further `metadata_props`. */
  readonly extra?: Readonly<Record<string, string>>
}

/** What a file says of itself. @param input.normalisation as it stands inside the graph */
export function describeMetadata(
  { arch, inputSize, normalisation }: { arch: string; inputSize: number; normalisation: string },
  metadata: ModelMetadata,
): Record<string, string> {
  return {
    ...metadata.extra,
    'evenhand.version': metadata.version,
    'evenhand.arch': arch,
    'evenhand.input_size': String(inputSize),
    'evenhand.colour_order': 'RGB',
    'evenhand.colour_range': '0-255',
    'evenhand.layout': 'NCHW',
    'evenhand.normalisation': `inside the graph: ${normalisation}`,
    'evenhand.resize': metadata.resize,
    'evenhand.labels': JSON.stringify(metadata.labels),
  }
}

const imageNetNormalisation = `(x / 255 - [${imageNetMean.join(', ')}]) / [${imageNetDeviation.join(', ')}]`

function addWeights(builder: GraphBuilder, network: NetworkSpec, weights: StateDict): void {
  for (const { name, shape } of [...listParameters(network), ...listBuffers(network)]) {
    const tensor = weights.get(name)
    if (tensor === undefined) throw new RangeError(`The weights lack ${name}`)
    if (tensor.shape.join() !== shape.join())
      throw new RangeError(
        `${name} has the shape [${tensor.shape.join(', ')}] where the network wants [${shape.join(', ')}]`,
      )
    builder.initializer(name, shape, tensor.data)
  }
}

function convolve(builder: GraphBuilder, input: Value, spec: ConvolutionSpec): Value {
  const { name, norm, kernel, stride, padding } = spec
  const product = builder.node('Conv', [input, `${name}.weight`], {
    attributes: {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: [padding, padding, padding, padding],
    },
  })
  const statistics = [`${norm}.weight`, `${norm}.bias`, `${norm}.running_mean`, `${norm}.running_var`]
  return builder.node('BatchNormalization', [product, ...statistics], {
    attributes: { epsilon: { float: normEpsilon } },
  })
}

function applyBlock(
  builder: GraphBuilder,
  input: Value,
  { first, second, downsample }: BasicBlockSpec,
): Value {
  const middle = builder.node('Relu', [convolve(builder, input, first)])
  const shortcut = downsample === undefined ? input : convolve(builder, input, downsample)
  return builder.node('Relu', [builder.node('Add', [convolve(builder, middle, second), shortcut])])
}

function addResNet(builder: GraphBuilder, image: Value, arch: ResNetArch): void {
  const mean = builder.float32(
    imageNetMean.map((value) => value * 255),
    [3, 1, 1],
  )
  const deviation = builder.float32(
    imageNetDeviation.map((value) => value * 255),
    [3, 1, 1],
  )
  const normalised = builder.node('Div', [builder.node('Sub', [image, mean]), deviation])
  const { stem, blocks } = describeResNet(arch)
  let maps = builder.node('MaxPool', [builder.node('Relu', [convolve(builder, normalised, stem)])], {
    attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
  })
  for (const block of blocks) maps = applyBlock(builder, maps, block)
  builder.node('Flatten', [builder.node('GlobalAveragePool', [maps])], { outputs: ['embedding'] })
}

/**
 * The network as an ONNX model for inference: input `image` float32 `[batch, 3, size, size]`, RGB, 0-255; outputs
 * `embedding` `[batch, 512]`, of the face network `[batch, 128]`, and the logits `[batch, classes]` of each head under its task's
 * name; for a head in years also `age_years` `[batch, 1]`. The batch axis is free, the colours' normalisation is inside, and the
 * initializers bear the weights' names.
 * Throws a RangeError that names a missing or misshapen weight.
 */
export const buildInferenceModel = (
  network: NetworkSpec,
  weights: StateDict,
  metadata?: ModelMetadata,
): Uint8Array => encodeModel(describeInferenceModel(network, weights, metadata))

/** The same, for what changes the model before it is written. */
export function describeInferenceModel(
  network: NetworkSpec,
  weights: StateDict,
  metadata?: ModelMetadata,
): ModelProto {
  const builder = createGraphBuilder()
  const { inputSize, heads, arch } = network
  const image = builder.input('image', 'float32', ['batch', 3, inputSize, inputSize])
  addWeights(builder, network, weights)
  if (arch === 'face-resnet') addFaceBackbone(builder, image, 'embedding')
  else addResNet(builder, image, arch)
  builder.output('embedding', 'float32', ['batch', embeddingSizes[arch]])
  addHeads(builder, heads)
  const normalisation = arch === 'face-resnet' ? faceNormalisation : imageNetNormalisation
  return builder.finish({
    name: `Evenhand ${arch}`,
    metadata: metadata === undefined ? {} : describeMetadata({ ...network, normalisation }, metadata),
  })
}
