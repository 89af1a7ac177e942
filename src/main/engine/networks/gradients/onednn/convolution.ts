/** One convolution with its normalisation, forward and backward, as steps of a program. */
import { normEpsilon } from '#engine/networks/architecture/resnet.ts'
import type { ConvolutionSpec } from '#engine/networks/architecture/resnet.ts'
import type { ElementType, Plan } from './dnnl.ts'
import type { Movable, ProgramWriter, Tensor } from './program-writer.ts'
import { listStrides } from './program-writer.ts'

/** `[batch, channels, side, side]`. */
export interface Activation {
  readonly tensor: Tensor
  readonly channels: number
  readonly side: number
}

export interface NetworkContext {
  readonly writer: ProgramWriter
  readonly batch: number
  /** Of activations, their gradients and the products; weights, statistics and sums are float32. */
  readonly arithmetic: ElementType
  readonly statistics: 'batch' | 'running'
  /** Whether a backward pass follows. */
  readonly isTrained: boolean
  /** By name, as the state keeps them. */
  readonly weightOf: (name: string) => { readonly data: Float32Array; readonly isTapsFirst: boolean }
  readonly norms: Map<string, NormValues>
  readonly weightGradients: Map<string, Movable>
}

/** A norm's batch mean and biased variance, and the gradients of its scale and shift; `[channels]` float32 each. */
export interface NormValues {
  /** Values per channel in the batch. */
  readonly count: number
  readonly mean: Float32Array
  readonly variance: Float32Array
  readonly scaleGradient: Float32Array
  readonly shiftGradient: Float32Array
}

export interface ConvolutionForward {
  readonly spec: ConvolutionSpec
  readonly plan: Plan
  readonly normPlan: Plan
  /** In the layout that the convolution wants, kept for its weight gradient. */
  readonly source: Tensor
  readonly isOwnSource: boolean
  readonly input: Activation
  /** Before the normalisation. */
  readonly raw: Tensor
  readonly workspace: Tensor | undefined
  readonly output: Activation
  readonly isRectified: boolean
}

const windowOf = ({ kernel, stride, padding }: ConvolutionSpec) => ({ kernel, stride, padding })

const kernelDims = ({ outChannels, inChannels, kernel }: ConvolutionSpec): number[] => [
  outChannels,
  inChannels,
  kernel,
  kernel,
]

/** Strides of `[out, in, kernel, kernel]` over what the state keeps as `[kernel * kernel, in, out]`, or as it stands. */
function listKernelStrides(spec: ConvolutionSpec, isTapsFirst: boolean): number[] {
  const { outChannels, inChannels, kernel } = spec
  if (!isTapsFirst) return listStrides(kernelDims(spec))
  return [1, outChannels, kernel * inChannels * outChannels, inChannels * outChannels]
}

/** The weight in the layout that a plan wants, in a place of its own until it has been read. */
function fetchWeight(context: NetworkContext, spec: ConvolutionSpec, plan: Plan): Tensor {
  const { writer, weightOf } = context
  const { data, isTapsFirst } = weightOf(`${spec.name}.weight`)
  const kept = writer.bind(data, { dims: kernelDims(spec), strides: listKernelStrides(spec, isTapsFirst) })
  const wanted = writer.take(writer.chosen(plan, 'weights'))
  writer.copy(kept, wanted)
  return wanted
}

const describeActivation = (
  { writer, batch, arithmetic }: NetworkContext,
  { channels, side }: { channels: number; side: number },
) => writer.any([batch, channels, side, side], arithmetic)

const planConvolution = (
  context: NetworkContext,
  spec: ConvolutionSpec,
  options: { pass: 'forward' | 'backwardData' | 'backwardWeights'; side: number; forward?: Plan },
): Plan => {
  const { pass, side } = options
  const { writer, arithmetic } = context
  const out = side / spec.stride
  return writer.plan({
    kind: 'convolution',
    source: describeActivation(context, { channels: spec.inChannels, side }),
    // A weight's gradient is a sum over the batch and stays in float32.
    weights: writer.any(kernelDims(spec), pass === 'backwardWeights' ? 'float32' : arithmetic),
    destination: describeActivation(context, { channels: spec.outChannels, side: out }),
    window: windowOf(spec),
    pass,
    ...(options.forward && { forward: options.forward }),
  })
}

/** Outside the block: statistics that are given must be there before the first step. */
function openNorm(
  { norms }: NetworkContext,
  { norm, outChannels }: ConvolutionSpec,
  count: number,
): NormValues {
  const allocate = (): Float32Array => new Float32Array(outChannels)
  const values = {
    count,
    mean: allocate(),
    variance: allocate(),
    scaleGradient: allocate(),
    shiftGradient: allocate(),
  }
  norms.set(norm, values)
  return values
}

function bindAffine({ writer, weightOf }: NetworkContext, { norm, outChannels }: ConvolutionSpec) {
  const bind = (name: string): Tensor => writer.bind(weightOf(name).data, { dims: [outChannels] })
  return { scale: bind(`${norm}.weight`), shift: bind(`${norm}.bias`) }
}

/** Convolves and normalises; with a rectifier in the same pass where `isRectified`. */
export function runConvolution(
  context: NetworkContext,
  spec: ConvolutionSpec,
  { input, isRectified }: { input: Activation; isRectified: boolean },
): ConvolutionForward {
  const { writer, batch, statistics, isTrained } = context
  const plan = planConvolution(context, spec, { pass: 'forward', side: input.side })
  const { tensor: source, isNew } = writer.inLayout(input.tensor, writer.chosen(plan, 'source'))
  const weights = fetchWeight(context, spec, plan)
  const raw = writer.take(writer.chosen(plan, 'destination'))
  writer.step(plan, { source, weights, destination: raw })
  writer.release(weights)
  const side = input.side / spec.stride
  const norm = openNorm(context, spec, batch * side * side)
  const normPlan = writer.plan({
    kind: 'normalisation',
    pass: 'forward',
    data: raw.layout,
    epsilon: normEpsilon,
    isRectified,
    usesGivenStatistics: statistics === 'running',
  })
  const output = writer.take(raw.layout)
  const workspace = isRectified ? writer.take(writer.chosen(normPlan, 'workspace')) : undefined
  const bind = (data: Float32Array): Tensor => writer.bind(data, { dims: [spec.outChannels] })
  writer.step(normPlan, {
    source: raw,
    destination: output,
    mean: bind(norm.mean),
    variance: bind(norm.variance),
    ...bindAffine(context, spec),
    ...(workspace && { workspace }),
  })
  if (!isTrained) {
    writer.release(raw)
    if (isNew) writer.release(source)
    if (workspace !== undefined) writer.release(workspace)
  }
  const activation = { tensor: output, channels: spec.outChannels, side }
  return {
    spec,
    plan,
    normPlan,
    source,
    isOwnSource: isNew,
    input,
    raw,
    workspace,
    output: activation,
    isRectified,
  }
}

/** Backward through the normalisation, and the rectifier where it was fused; `gradient` is not released. */
function differentiateNorm(context: NetworkContext, forward: ConvolutionForward, gradient: Tensor): Tensor {
  const { writer, norms } = context
  const { spec, raw, workspace, isRectified, normPlan } = forward
  const norm = norms.get(spec.norm)
  if (norm === undefined) throw new Error(`${spec.norm} was not normalised`)
  const plan = writer.plan({
    kind: 'normalisation',
    pass: 'backward',
    data: raw.layout,
    epsilon: normEpsilon,
    isRectified,
    usesGivenStatistics: false,
    forward: normPlan,
  })
  const given = writer.inLayout(gradient, raw.layout)
  const before = writer.take(raw.layout)
  const bind = (data: Float32Array): Tensor => writer.bind(data, { dims: [spec.outChannels] })
  writer.step(plan, {
    source: raw,
    mean: bind(norm.mean),
    variance: bind(norm.variance),
    ...bindAffine(context, spec),
    destinationGradient: given.tensor,
    sourceGradient: before,
    scaleGradient: bind(norm.scaleGradient),
    shiftGradient: bind(norm.shiftGradient),
    ...(workspace && { workspace }),
  })
  if (given.isNew) writer.release(given.tensor)
  writer.release(raw)
  if (workspace !== undefined) writer.release(workspace)
  return before
}

function differentiateWeight(context: NetworkContext, forward: ConvolutionForward, gradient: Tensor): void {
  const { writer, weightOf, weightGradients } = context
  const { spec, source, plan: ahead, input, isOwnSource } = forward
  const plan = planConvolution(context, spec, {
    pass: 'backwardWeights',
    side: input.side,
    forward: ahead,
  })
  const from = writer.inLayout(source, writer.chosen(plan, 'source'))
  const given = writer.inLayout(gradient, writer.chosen(plan, 'destinationGradient'))
  const found = writer.take(writer.chosen(plan, 'weightsGradient'))
  writer.step(plan, {
    source: from.tensor,
    destinationGradient: given.tensor,
    weightsGradient: found,
  })
  if (from.isNew) writer.release(from.tensor)
  if (given.isNew) writer.release(given.tensor)
  if (isOwnSource) writer.release(source)
  const name = `${spec.name}.weight`
  const { data, isTapsFirst } = weightOf(name)
  const strides = listKernelStrides(spec, isTapsFirst)
  const target = writer.bindMovable(data, { dims: kernelDims(spec), strides })
  writer.copy(found, target.tensor)
  writer.release(found)
  weightGradients.set(name, target)
}

/** The gradient of the input where it is wanted. */
export function differentiateConvolution(
  context: NetworkContext,
  forward: ConvolutionForward,
  { gradient, isInputWanted }: { gradient: Tensor; isInputWanted: boolean },
): Tensor | undefined {
  const { writer } = context
  const { spec, plan: ahead, input } = forward
  const raw = differentiateNorm(context, forward, gradient)
  differentiateWeight(context, forward, raw)
  if (!isInputWanted) {
    writer.release(raw)
    return undefined
  }
  const plan = planConvolution(context, spec, { pass: 'backwardData', side: input.side, forward: ahead })
  const given = writer.inLayout(raw, writer.chosen(plan, 'destinationGradient'))
  const weights = fetchWeight(context, spec, plan)
  const found = writer.take(writer.chosen(plan, 'sourceGradient'))
  writer.step(plan, { destinationGradient: given.tensor, weights, sourceGradient: found })
  writer.release(weights)
  if (given.isNew) writer.release(given.tensor)
  writer.release(raw)
  return found
}
