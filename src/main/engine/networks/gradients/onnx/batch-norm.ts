/** Batch normalisation in training (Ioffe & Szegedy 2015), forward and backward, in ordinary ONNX operators. */
import type { GraphBuilder, Value } from '#engine/networks/onnx-file/graph-builder.ts'
import { normEpsilon, normMomentum } from '#engine/networks/architecture/resnet.ts'

/** `rows`: `[count, channels]`; `planes`: `[batch, channels, pixels]`. */
export type ActivationLayout = 'rows' | 'planes'

export interface NormState {
  readonly scale: Value
  readonly shift: Value
  readonly runningMean: Value
  readonly runningVariance: Value
}

export interface NormShape {
  readonly layout: ActivationLayout
  readonly channels: number
  /** Values per channel in the batch; at least 2. */
  readonly count: number
}

/** By what to normalise: the batch's own mean and variance, as in training, or the running ones, as after it. */
export type NormStatistics = 'batch' | 'running'

export interface NormForward {
  readonly output: Value
  /** Input minus the mean, kept for the backward pass. */
  readonly centred: Value
  /** `[channels]`, 1 / sqrt(variance + epsilon). */
  readonly inverseDeviation: Value
  readonly nextRunningMean: Value
  readonly nextRunningVariance: Value
}

export interface NormBackward {
  readonly scaleGradient: Value
  readonly shiftGradient: Value
  /** The input's gradient is `reduced` times `factor` `[channels]`: the caller multiplies where that is cheapest. */
  readonly reduced: Value
  readonly factor: Value
}

/** The largest divisor of `count` up to its square root. */
function findGroupCount(count: number): number {
  let groups = Math.floor(Math.sqrt(count))
  while (count % groups !== 0) groups--
  return groups
}

/**
 * Sums over all but the channels: `[channels]`. The runtime adds rows one after another in float32, so they are added
 * in about sqrt(count) groups first: the rounding error then grows with the fourth root of the count (Higham 1993).
 */
export function reduceToChannels(
  builder: GraphBuilder,
  operator: 'ReduceSum' | 'ReduceSumSquare',
  options: { value: Value; shape: NormShape },
): Value {
  const { value, shape } = options
  const { layout, count, channels } = shape
  const attributes = { keepdims: 0 }
  if (layout === 'planes') return builder.node(operator, [value, builder.int64([0, 2])], { attributes })
  const groups = findGroupCount(count)
  const grouped = builder.node('Reshape', [value, builder.int64([groups, count / groups, channels])])
  const perGroup = builder.node(operator, [grouped, builder.int64([1])], { attributes })
  return builder.node('ReduceSum', [perGroup, builder.int64([0])], { attributes })
}

/** A `[channels]` vector in the shape that broadcasts over the activations. */
function broadcastChannels(builder: GraphBuilder, vector: Value, { layout, channels }: NormShape): Value {
  return layout === 'rows' ? vector : builder.node('Reshape', [vector, builder.int64([channels, 1])])
}

/** `value * factor + offset` per channel; planes take one fused pass of the inference operator. */
export function scaleChannels(
  builder: GraphBuilder,
  value: Value,
  options: { factor: Value; offset: Value; shape: NormShape },
): Value {
  const { factor, offset, shape } = options
  if (shape.layout === 'rows') return builder.node('Add', [builder.node('Mul', [value, factor]), offset])
  const zeros = builder.filled(0, [shape.channels])
  const ones = builder.filled(1, [shape.channels])
  return builder.node('BatchNormalization', [value, factor, offset, zeros, ones], {
    attributes: { epsilon: { float: 0 } },
  })
}

function updateRunning(builder: GraphBuilder, running: Value, batch: Value): Value {
  const kept = builder.node('Mul', [running, builder.float32([1 - normMomentum])])
  return builder.node('Add', [kept, builder.node('Mul', [batch, builder.float32([normMomentum])])])
}

type Moments = Pick<NormForward, 'centred' | 'nextRunningMean' | 'nextRunningVariance'> & {
  readonly variance: Value
}

/**
 * The batch's own moments. The variance is taken around the mean, in a second pass: E[x^2] - E[x]^2 loses every digit
 * in float32 once the mean is some thousand deviations (Chan, Golub & LeVeque 1983).
 */
function measureBatch(
  builder: GraphBuilder,
  input: Value,
  options: { state: NormState; shape: NormShape },
): Moments {
  const { state, shape } = options
  const { count } = shape
  const perCount = builder.float32([1 / count])
  const mean = builder.node('Mul', [
    reduceToChannels(builder, 'ReduceSum', { value: input, shape }),
    perCount,
  ])
  const centred = builder.node('Sub', [input, broadcastChannels(builder, mean, shape)])
  const squares = reduceToChannels(builder, 'ReduceSumSquare', { value: centred, shape })
  const unbiased = builder.node('Mul', [squares, builder.float32([1 / (count - 1)])])
  return {
    centred,
    variance: builder.node('Mul', [squares, perCount]),
    nextRunningMean: updateRunning(builder, state.runningMean, mean),
    nextRunningVariance: updateRunning(builder, state.runningVariance, unbiased),
  }
}

function takeRunning(
  builder: GraphBuilder,
  input: Value,
  options: { state: NormState; shape: NormShape },
): Moments {
  const { runningMean, runningVariance } = options.state
  return {
    centred: builder.node('Sub', [input, broadcastChannels(builder, runningMean, options.shape)]),
    variance: runningVariance,
    nextRunningMean: runningMean,
    nextRunningVariance: runningVariance,
  }
}

/** Normalises by the statistics asked for; only those of the batch move the running ones. */
export function normalise(
  builder: GraphBuilder,
  input: Value,
  options: { state: NormState; shape: NormShape; statistics?: NormStatistics },
): NormForward {
  const { state, shape, statistics = 'batch' } = options
  const measure = statistics === 'batch' ? measureBatch : takeRunning
  const { centred, variance, nextRunningMean, nextRunningVariance } = measure(builder, input, options)
  const deviation = builder.node('Sqrt', [builder.node('Add', [variance, builder.float32([normEpsilon])])])
  const inverseDeviation = builder.node('Reciprocal', [deviation])
  const factor = builder.node('Mul', [state.scale, inverseDeviation])
  return {
    output: scaleChannels(builder, centred, { factor, offset: state.shift, shape }),
    centred,
    inverseDeviation,
    nextRunningMean,
    nextRunningVariance,
  }
}

/**
 * `normalise`'s output once more. The factor's operands stand the other way round, since the runtime would take equal
 * operators for one and keep the first output alive instead.
 */
export function repeatNorm(
  builder: GraphBuilder,
  forward: NormForward,
  options: { scale: Value; shift: Value; shape: NormShape },
): Value {
  const { scale, shift, shape } = options
  const factor = builder.node('Mul', [forward.inverseDeviation, scale])
  return scaleChannels(builder, forward.centred, { factor, offset: shift, shape })
}

/** Backward of `normalise` for the gradient of its output; waits for `after`, a zero `[1]`, where one is given. */
export function differentiateNorm(
  builder: GraphBuilder,
  gradient: Value,
  options: { forward: NormForward; scale: Value; shape: NormShape; after?: Value | undefined },
): NormBackward {
  const { forward, scale, shape, after } = options
  const { count } = shape
  const sum = reduceToChannels(builder, 'ReduceSum', { value: gradient, shape })
  const products = builder.node('Mul', [gradient, forward.centred])
  const productSum = reduceToChannels(builder, 'ReduceSum', { value: products, shape })
  const scaleGradient = builder.node('Mul', [productSum, forward.inverseDeviation])
  const perCount = builder.float32([1 / count])
  const slope = builder.node('Mul', [
    builder.node('Mul', [scaleGradient, forward.inverseDeviation]),
    perCount,
  ])
  const mean = builder.node('Mul', [sum, perCount])
  const offset = after === undefined ? mean : builder.node('Add', [mean, after])
  const explained = scaleChannels(builder, forward.centred, { factor: slope, offset, shape })
  return {
    scaleGradient,
    shiftGradient: sum,
    reduced: builder.node('Sub', [gradient, explained]),
    factor: builder.node('Mul', [scale, forward.inverseDeviation]),
  }
}
