/** The heads' losses with their gradients; what is not labelled neither costs nor teaches anything. */
import { castTarget } from '#engine/networks/onnx-file/graph-builder.ts'
import type { GraphBuilder, Value } from '#engine/networks/onnx-file/graph-builder.ts'
import type { HeadLoss } from '#engine/networks/architecture/training-engine.ts'

export interface LossForward {
  /** Mean over the labelled items, a scalar; 0 without any. */
  readonly loss: Value
  /** Gradient of the loss with respect to what it was taken of. */
  readonly gradient: Value
  /** A scalar: 1 where the batch has a label that counts, 0 where not. */
  readonly isLabelled: Value
}

type CrossEntropy = Extract<HeadLoss, { kind: 'cross-entropy' }>
type YearsLoss = Exclude<HeadLoss, CrossEntropy>

const toFloat = { attributes: { to: castTarget('float32') } } as const
const toScalar = { attributes: { keepdims: 0 } } as const
const alongClasses = { attributes: { keepdims: 1 } } as const

const isIdentity = (targets: Float32Array, classes: number): boolean =>
  targets.every((value, at) => value === (at % (classes + 1) === 0 ? 1 : 0))

/** `isLabelled` and what to divide by: `total`, or 1 where it is 0. */
function protectDivisor(builder: GraphBuilder, total: Value): { isLabelled: Value; divisor: Value } {
  const isLabelled = builder.node('Cast', [builder.node('Greater', [total, builder.float32([0])])], toFloat)
  const missing = builder.node('Sub', [builder.float32([1]), isLabelled])
  return { isLabelled, divisor: builder.node('Add', [total, missing]) }
}

/** Rows of `targets` by int32 labels `[batch]`, and the weights of the labels `[batch, 1]`. A label of -1 equals no class, so its row is empty. */
function pickTargets(
  builder: GraphBuilder,
  labels: Value,
  { batch, classes, loss }: { batch: number; classes: number; loss: CrossEntropy },
): { targets: Value; weights: Value } {
  const classList = builder.int32(
    Array.from({ length: classes }, (_, index) => index),
    [1, classes],
  )
  const column = builder.node('Reshape', [labels, builder.int64([batch, 1])])
  const oneHot = builder.node('Cast', [builder.node('Equal', [column, classList])], toFloat)
  const targets = isIdentity(loss.targets, classes)
    ? oneHot
    : builder.node('MatMul', [oneHot, builder.float32([...loss.targets], [classes, classes])])
  return {
    targets,
    weights: builder.node('MatMul', [oneHot, builder.float32([...loss.weights], [classes, 1])]),
  }
}

/** Softmax cross-entropy of logits `[batch, classes]` against a distribution per label, as `HeadLoss` defines it. */
export function measureCrossEntropy(
  builder: GraphBuilder,
  logits: Value,
  options: { labels: Value; batch: number; classes: number; loss: CrossEntropy },
): LossForward {
  const { targets, weights } = pickTargets(builder, options.labels, options)
  const { isLabelled, divisor } = protectDivisor(builder, builder.node('ReduceSum', [weights], toScalar))
  const factor = builder.node('Div', [isLabelled, divisor])
  const logProbability = builder.node('LogSoftmax', [logits], { attributes: { axis: 1 } })
  const likelihood = builder.node('ReduceSum', [builder.node('Mul', [targets, logProbability])], toScalar)
  const mass = builder.node('ReduceSum', [targets, builder.int64([1])], alongClasses)
  const probability = builder.node('Mul', [builder.node('Exp', [logProbability]), mass])
  const difference = builder.node('Sub', [probability, targets])
  return {
    loss: builder.node('Mul', [builder.node('Sub', [builder.float32([0]), likelihood]), factor]),
    gradient: builder.node('Mul', [difference, factor]),
    isLabelled,
  }
}

/** Each item's loss and its derivative, from differences in years `[batch, 1]`. */
function measureDifferences(
  builder: GraphBuilder,
  difference: Value,
  loss: YearsLoss,
): { each: Value; slope: Value } {
  switch (loss.kind) {
    case 'l1':
      return { each: builder.node('Abs', [difference]), slope: builder.node('Sign', [difference]) }
    case 'l2':
      return {
        each: builder.node('Mul', [difference, difference]),
        slope: builder.node('Mul', [difference, builder.float32([2])]),
      }
    case 'huber': {
      // With c the difference cut at delta, c * (d - c / 2) is d^2 / 2 within and delta * (|d| - delta / 2) beyond.
      const cut = builder.node('Clip', [
        difference,
        builder.float32([-loss.delta]),
        builder.float32([loss.delta]),
      ])
      const half = builder.node('Mul', [cut, builder.float32([0.5])])
      return { each: builder.node('Mul', [cut, builder.node('Sub', [difference, half])]), slope: cut }
    }
    default:
      return loss satisfies never
  }
}

/** L1, L2 or Huber loss of ages `[batch, 1]` against float32 years `[batch]`, -1 where missing. */
export function measureYearsLoss(
  builder: GraphBuilder,
  ages: Value,
  options: { years: Value; batch: number; loss: YearsLoss },
): LossForward {
  const { years, batch, loss } = options
  const column = builder.node('Reshape', [years, builder.int64([batch, 1])])
  const isKnown = builder.node(
    'Cast',
    [builder.node('GreaterOrEqual', [column, builder.float32([0])])],
    toFloat,
  )
  const { isLabelled, divisor } = protectDivisor(builder, builder.node('ReduceSum', [isKnown], toScalar))
  const difference = builder.node('Mul', [builder.node('Sub', [ages, column]), isKnown])
  const { each, slope } = measureDifferences(builder, difference, loss)
  return {
    loss: builder.node('Div', [builder.node('ReduceSum', [each], toScalar), divisor]),
    gradient: builder.node('Div', [slope, divisor]),
    isLabelled,
  }
}

/** The expectation `[batch, 1]` over the years 0 to `classes` - 1 under the softmax of logits `[batch, classes]` (DEX). */
export function expectYears(
  builder: GraphBuilder,
  logits: Value,
  classes: number,
): { ages: Value; differentiate: (gradient: Value) => Value } {
  const probability = builder.node('Softmax', [logits], { attributes: { axis: 1 } })
  const years = builder.float32(
    Array.from({ length: classes }, (_, year) => year),
    [1, classes],
  )
  const weighted = builder.node('Mul', [probability, years])
  const ages = builder.node('ReduceSum', [weighted, builder.int64([1])], alongClasses)
  return {
    ages,
    /** dE / dlogit_k = p_k (k - E). */
    differentiate(gradient) {
      const slope = builder.node('Mul', [probability, builder.node('Sub', [years, ages])])
      return builder.node('Mul', [slope, gradient])
    },
  }
}

/**
 * The share in the total loss that a learned log variance gives a task (Kendall, Gal & Cipolla 2018): `exp(-s) * L + s / 2`
 * for cross-entropies and `exp(-s) * L / 2 + s / 2` for losses in years. Where nothing is labelled the share is 0.
 */
export function weighByUncertainty(
  builder: GraphBuilder,
  { loss, isLabelled }: Pick<LossForward, 'loss' | 'isLabelled'>,
  { logVariance, isClassified }: { logVariance: Value; isClassified: boolean },
): { factor: Value; share: Value; logVarianceGradient: Value } {
  const half = builder.float32([0.5])
  const precision = builder.node('Exp', [builder.node('Neg', [logVariance])])
  const factor = isClassified ? precision : builder.node('Mul', [precision, half])
  const weighted = builder.node('Mul', [loss, factor])
  const slope = builder.node('Mul', [isLabelled, half])
  return {
    factor,
    share: builder.node('Add', [weighted, builder.node('Mul', [slope, logVariance])]),
    logVarianceGradient: builder.node('Sub', [slope, weighted]),
  }
}
