import { createGraphBuilder } from '#engine/networks/onnx-file/graph-builder.ts'
import type { GraphBuilder, Value } from '#engine/networks/onnx-file/graph-builder.ts'
import type { HeadSpec, NetworkSpec, StateDict } from '#engine/networks/architecture/training-engine.ts'
import {
  describeResNet,
  embeddingSize,
  imageNetDeviation,
  imageNetMean,
  listBuffers,
  listParameters,
  normEpsilon,
} from '#engine/networks/architecture/resnet.ts'
import type { BasicBlockSpec, ConvolutionSpec } from '#engine/networks/architecture/resnet.ts'

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

const normalisation = `(x / 255 - [${imageNetMean.join(', ')}]) / [${imageNetDeviation.join(', ')}]`

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

/** The name of the output that gives a head's answer in years. */
export const nameYearsOutput = (task: string): string => `${task}_years`

/** The age `[batch, 1]` as the head's own number, or as the expectation over the years that it knows. */
export function addYears(builder: GraphBuilder, { task, classes, readOut }: HeadSpec): void {
  if (readOut !== 'years' && readOut !== 'expected-years') return
  const outputs = [nameYearsOutput(task)]
  if (readOut === 'years') {
    builder.node('Identity', [task], { outputs })
  } else {
    const probability = builder.node('Softmax', [task], { attributes: { axis: 1 } })
    const years = Array.from({ length: classes }, (_, year) => year)
    builder.node('MatMul', [probability, builder.float32(years, [classes, 1])], { outputs })
  }
  builder.output(nameYearsOutput(task), 'float32', ['batch', 1])
}

/**
 * The network as an ONNX model for inference: input `image` float32 `[batch, 3, size, size]`, RGB, 0-255; outputs
 * `embedding` `[batch, 512]` and the logits `[batch, classes]` of each head under its task's name; for a head in years
 * also `age_years` `[batch, 1]`. The batch axis is free, ImageNet's normalisation is inside, and the initializers bear torchvision's names.
 * Throws a RangeError that names a missing or misshapen weight.
 */
export function buildInferenceModel(
  network: NetworkSpec,
  weights: StateDict,
  metadata?: ModelMetadata,
): Uint8Array {
  const builder = createGraphBuilder()
  const { inputSize, heads, arch } = network
  const image = builder.input('image', 'float32', ['batch', 3, inputSize, inputSize])
  addWeights(builder, network, weights)
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
  builder.output('embedding', 'float32', ['batch', embeddingSize])
  for (const head of heads) {
    const { task, classes } = head
    builder.node('Gemm', ['embedding', `head.${task}.weight`, `head.${task}.bias`], {
      attributes: { transB: 1 },
      outputs: [task],
    })
    builder.output(task, 'float32', ['batch', classes])
    addYears(builder, head)
  }
  return builder.build({
    name: `Evenhand ${arch}`,
    metadata: metadata === undefined ? {} : describeMetadata({ ...network, normalisation }, metadata),
  })
}
