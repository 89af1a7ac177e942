/** The backbone's forward and backward pass: planes in the stem, row matrices in the blocks. */
import type { GraphBuilder, Value } from '#engine/networks/onnx-file/graph-builder.ts'
import type { ComputeTarget } from '#engine/base/runtime/inference-session.ts'
import type { BasicBlockSpec, ConvolutionSpec, ResNetSpec } from '#engine/networks/architecture/resnet.ts'
import type { Backbone } from './backbone.ts'
import { differentiateNorm, normalise, repeatNorm } from './batch-norm.ts'
import type { NormForward, NormShape, NormStatistics } from './batch-norm.ts'
import { orderRows, restoreRowOrder, splitPixels } from './activation-rows.ts'
import { convolveRows, differentiateInput, differentiateWeight, outputSide } from './row-convolution.ts'
import type { ConvolutionShape } from './row-convolution.ts'
import { differentiateRelu, differentiateStemWeight, normaliseImages, poolStem } from './stem.ts'
import type { StemPool } from './stem.ts'
import { leaveShapesUnplanned } from './unplanned-shapes.ts'

/** A convolution with its normalisation, and what its backward pass needs. */
interface NormedConvolution {
  readonly spec: ConvolutionSpec
  readonly shape: ConvolutionShape
  readonly norm: NormForward
  readonly normShape: NormShape
}

interface BlockForward {
  readonly first: NormedConvolution
  readonly second: NormedConvolution
  readonly downsample: NormedConvolution | undefined
  readonly input: Value
  readonly output: Value
}

interface StemForward {
  readonly spec: ConvolutionSpec
  readonly images: Value
  readonly norm: NormForward
  readonly normShape: NormShape
  readonly pool: StemPool
}

interface NetworkForward {
  /** What the backward pass is to be built with. */
  readonly builder: GraphBuilder
  readonly batch: number
  readonly side: number
  readonly stem: StemForward
  readonly blocks: readonly BlockForward[]
  /** `[batch, 512]` */
  readonly embedding: Value
  /** Side of the last feature maps. */
  readonly lastSide: number
  /** Running statistics after this batch, by name. */
  readonly nextBuffers: ReadonlyMap<string, Value>
}

interface Context {
  readonly batch: number
  /** Of a normalisation by its name. */
  readonly statisticsOf: (norm: string) => NormStatistics
  readonly target: ComputeTarget
  readonly buffers: Map<string, Value>
}

function applyNorm(
  builder: GraphBuilder,
  input: Value,
  options: { spec: ConvolutionSpec; shape: NormShape; context: Context },
): NormForward {
  const { spec, shape, context } = options
  const [runningMean, runningVariance] = [`${spec.norm}.running_mean`, `${spec.norm}.running_var`]
  const state = { scale: `${spec.norm}.weight`, shift: `${spec.norm}.bias`, runningMean, runningVariance }
  const norm = normalise(builder, input, { state, shape, statistics: context.statisticsOf(spec.norm) })
  context.buffers.set(runningMean, norm.nextRunningMean)
  context.buffers.set(runningVariance, norm.nextRunningVariance)
  return norm
}

function applyConvolution(
  builder: GraphBuilder,
  input: Value,
  options: { spec: ConvolutionSpec; side: number; context: Context },
): NormedConvolution {
  const { spec, side, context } = options
  const shape: ConvolutionShape = { ...spec, batch: context.batch, side }
  const output = convolveRows(builder, input, { weight: `${spec.name}.weight`, shape })
  const count = context.batch * outputSide(shape) ** 2
  const normShape: NormShape = { layout: 'rows', channels: spec.outChannels, count }
  return {
    spec,
    shape,
    norm: applyNorm(builder, output, { spec, shape: normShape, context }),
    normShape,
  }
}

function applyBlock(
  builder: GraphBuilder,
  input: Value,
  options: { block: BasicBlockSpec; side: number; context: Context },
): BlockForward {
  const { block, side, context } = options
  const first = applyConvolution(builder, input, { spec: block.first, side, context })
  const middle = builder.node('Relu', [first.norm.output])
  const second = applyConvolution(builder, middle, {
    spec: block.second,
    side: outputSide(first.shape),
    context,
  })
  const downsample =
    block.downsample && applyConvolution(builder, input, { spec: block.downsample, side, context })
  const sum = builder.node('Add', [second.norm.output, downsample?.norm.output ?? input])
  return { first, second, downsample, input, output: builder.node('Relu', [sum]) }
}

/** uint8 `[batch, 3, side, side]` -> rows `[batch * (side / 4)^2, 64]`. */
function applyStem(
  builder: GraphBuilder,
  images: Value,
  options: { spec: ConvolutionSpec; side: number; context: Context },
): { stem: StemForward; rows: Value } {
  const { spec, side, context } = options
  const { batch } = context
  const channels = spec.outChannels
  const half = side / 2
  const normalised = normaliseImages(builder, images)
  const planes = builder.node('Conv', [normalised, `${spec.name}.weight`], {
    attributes: { kernel_shape: [7, 7], strides: [2, 2], pads: [3, 3, 3, 3] },
  })
  const flat = builder.node('Reshape', [planes, builder.int64([batch, channels, half * half])])
  const normShape: NormShape = { layout: 'planes', channels, count: batch * half * half }
  const norm = applyNorm(builder, flat, { spec, shape: normShape, context })
  const square = builder.node('Reshape', [norm.output, builder.int64([batch, channels, half, half])])
  const pool = poolStem(builder, builder.node('Relu', [square]), {
    batch,
    channels,
    side: half,
    border: 1,
    like: norm.centred,
    target: context.target,
  })
  const pooled = builder.node('Reshape', [pool.output, builder.int64([batch, channels, (side / 4) ** 2])])
  const turned = builder.node('Transpose', [pooled], { attributes: { perm: [0, 2, 1] } })
  const rows = builder.node('Reshape', [turned, builder.int64([batch * (side / 4) ** 2, channels])])
  const grid = { batch, side: side / 4 }
  return { stem: { spec, images: normalised, norm, normShape, pool }, rows: orderRows(builder, rows, grid) }
}

interface ForwardOptions {
  readonly spec: ResNetSpec
  readonly batch: number
  readonly side: number
  readonly target: ComputeTarget
  /** Whether training moves a layer, which is then normalised by each batch's own statistics. */
  readonly isMoved: (name: string) => boolean
}

/** Images to embeddings. */
function runForward(given: GraphBuilder, images: Value, options: ForwardOptions): NetworkForward {
  const { spec, batch, side, target, isMoved } = options
  const builder = target === 'cpu' ? leaveShapesUnplanned(given, images) : given
  const statisticsOf = (norm: string): NormStatistics => (isMoved(norm) ? 'batch' : 'running')
  const context: Context = { batch, statisticsOf, target, buffers: new Map() }
  const { stem, rows } = applyStem(builder, images, { spec: spec.stem, side, context })
  const blocks: BlockForward[] = []
  let current = rows
  let currentSide = side / 4
  let channels = spec.stem.outChannels
  for (const block of spec.blocks) {
    const forward = applyBlock(builder, current, { block, side: currentSide, context })
    blocks.push(forward)
    current = forward.output
    currentSide = outputSide(forward.first.shape)
    channels = block.second.outChannels
  }
  const shape = splitPixels({ batch, side: currentSide }, channels)
  const maps = builder.node('Reshape', [current, builder.int64(shape)])
  const embedding = builder.node('ReduceMean', [maps, builder.int64([0, 2])], { attributes: { keepdims: 0 } })
  const nextBuffers = context.buffers
  return { builder, batch, side, stem, blocks, embedding, lastSide: currentSide, nextBuffers }
}

interface Reversal {
  readonly gradients: Map<string, Value>
  /** A zero `[1]` that is known once the latest weight gradient is. */
  after: Value | undefined
}

/**
 * A zero `[1]` made from `value`. The runtime would follow the gradient to the first layer before it computes any weight
 * gradient, and keep every activation alive until then; what waits for this zero comes after `value` instead.
 */
function awaitValue(builder: GraphBuilder, value: Value): Value {
  const flat = builder.node('Reshape', [value, builder.int64([-1])])
  const first = builder.node('Slice', [flat, builder.int64([0]), builder.int64([1])])
  return builder.node('Mul', [first, builder.float32([0])])
}

/** Backward through one convolution and its normalisation, for the gradient of the normalised output; builds the input's gradient when called. */
function reverseConvolution(
  builder: GraphBuilder,
  gradient: Value,
  options: { layer: NormedConvolution; input: Value; reversal: Reversal; addend?: Value },
): () => Value {
  const { layer, input, reversal, addend } = options
  const { spec, shape, norm, normShape } = layer
  const { gradients, after } = reversal
  const weight = `${spec.name}.weight`
  const scale = `${spec.norm}.weight`
  const backward = differentiateNorm(builder, gradient, { forward: norm, scale, shape: normShape, after })
  gradients.set(scale, backward.scaleGradient)
  gradients.set(`${spec.norm}.bias`, backward.shiftGradient)
  // The factor per output channel can go into the gradient or, being linear, into the weights: the smaller one is scaled.
  const isWeightSmaller = spec.kernel ** 2 * spec.inChannels < normShape.count
  const { reduced, factor } = backward
  const scaled = (value: Value): Value => builder.node('Mul', [value, factor])
  const productGradient = isWeightSmaller ? reduced : scaled(reduced)
  const weightGradient = differentiateWeight(builder, input, { gradient: productGradient, shape })
  reversal.after = awaitValue(builder, weightGradient)
  gradients.set(weight, isWeightSmaller ? scaled(weightGradient) : weightGradient)
  return () =>
    differentiateInput(builder, productGradient, {
      weight: isWeightSmaller ? scaled(weight) : weight,
      shape,
      ...(addend === undefined ? {} : { addend }),
    })
}

function reverseBlock(
  builder: GraphBuilder,
  gradient: Value,
  options: { block: BlockForward; reversal: Reversal; isInputWanted: boolean },
): Value | undefined {
  const { block, reversal, isInputWanted } = options
  const { first, second, downsample, input } = block
  const { spec, norm, normShape } = first
  // What lies between the two convolutions is made again rather than kept: it is a quarter of all activations.
  const [scale, shift] = [`${spec.norm}.weight`, `${spec.norm}.bias`]
  const normed = repeatNorm(builder, norm, { scale, shift, shape: normShape })
  const middle = builder.node('Relu', [normed])
  const middleGradient = reverseConvolution(builder, gradient, { layer: second, input: middle, reversal })()
  const firstGradient = differentiateRelu(builder, middleGradient, middle)
  const shortcut =
    downsample === undefined
      ? gradient
      : reverseConvolution(builder, gradient, { layer: downsample, input, reversal })()
  const differentiate = reverseConvolution(builder, firstGradient, {
    layer: first,
    input,
    reversal,
    addend: shortcut,
  })
  return isInputWanted ? differentiate() : undefined
}

function reverseStem(
  builder: GraphBuilder,
  gradient: Value,
  options: { forward: NetworkForward; reversal: Reversal },
): void {
  const { forward, reversal } = options
  const { gradients, after } = reversal
  const { batch, side, stem } = forward
  const { spec, images, norm, normShape, pool } = stem
  const channels = spec.outChannels
  const quarter = side / 4
  const natural = restoreRowOrder(builder, gradient, { batch, side: quarter })
  const maps = builder.node('Reshape', [natural, builder.int64([batch, quarter * quarter, channels])])
  const turned = builder.node('Transpose', [maps], { attributes: { perm: [0, 2, 1] } })
  const pooled = builder.node('Reshape', [turned, builder.int64([batch, channels, quarter, quarter])])
  // A maximum is 0 only where ReLU cut it off, so the mask can be applied to the four times smaller pooled gradient.
  const masked = differentiateRelu(builder, pooled, pool.output)
  const spread = pool.differentiate(masked)
  const scale = `${spec.norm}.weight`
  const backward = differentiateNorm(builder, spread, { forward: norm, scale, shape: normShape, after })
  gradients.set(scale, backward.scaleGradient)
  gradients.set(`${spec.norm}.bias`, backward.shiftGradient)
  const unscaled = differentiateStemWeight(builder, images, {
    gradient: backward.reduced,
    batch,
    side,
    channels,
  })
  const factor = builder.node('Reshape', [backward.factor, builder.int64([channels, 1, 1, 1])])
  gradients.set(`${spec.name}.weight`, builder.node('Mul', [unscaled, factor]))
}

function runBackward(
  embeddingGradient: Value,
  options: {
    forward: NetworkForward
    gradients: Map<string, Value>
    isMoved: ForwardOptions['isMoved']
  },
): void {
  const { forward, gradients, isMoved } = options
  const { builder, batch, lastSide, blocks, stem } = forward
  const reversal: Reversal = { gradients, after: undefined }
  const pixels = lastSide ** 2
  const channels = blocks.at(-1)?.second.spec.outChannels ?? 1
  const mean = builder.node('Mul', [embeddingGradient, builder.float32([1 / pixels])])
  const perImage = builder.node('Reshape', [mean, builder.int64([1, batch, 1, channels])])
  const shape = splitPixels({ batch, side: lastSide }, channels)
  const spread = builder.node('Expand', [perImage, builder.int64(shape)])
  const moved = blocks.filter(({ first }) => isMoved(first.spec.name))
  const isStemMoved = isMoved(stem.spec.name)
  let gradient: Value | undefined = builder.node('Reshape', [
    spread,
    builder.int64([batch * pixels, channels]),
  ])
  for (const block of moved.toReversed()) {
    if (gradient === undefined) return
    const masked = differentiateRelu(builder, gradient, block.output)
    gradient = reverseBlock(builder, masked, {
      block,
      reversal,
      isInputWanted: isStemMoved || block !== moved[0],
    })
  }
  if (isStemMoved && gradient !== undefined) reverseStem(builder, gradient, { forward, reversal })
}

/** A ResNet of `side` pixels, a multiple of 32, by each batch's own statistics in what training moves. */
export function runResidualNetwork(builder: GraphBuilder, images: Value, options: ForwardOptions): Backbone {
  const forward = runForward(builder, images, options)
  const { embedding, nextBuffers } = forward
  return {
    embedding,
    nextBuffers,
    differentiate: (gradient, gradients) =>
      runBackward(gradient, { forward, gradients, isMoved: options.isMoved }),
  }
}
