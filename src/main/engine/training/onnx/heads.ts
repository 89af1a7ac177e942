import { castTarget } from '#engine/models/onnx/graph-builder.ts'
import type { GraphBuilder, Value } from '#engine/models/onnx/graph-builder.ts'

export interface HeadForward {
  readonly logits: Value
  /** Mean cross-entropy over labelled items; 0 without any. */
  readonly loss: Value
  /** Gradient of the loss with respect to the logits, `[batch, classes]`. */
  readonly logitsGradient: Value
}

/** Linear head `[batch, inputs]` -> `[batch, classes]`; the weight is `[classes, inputs]`. */
export function applyLinear(
  builder: GraphBuilder,
  input: Value,
  options: { weight: Value; bias: Value },
): Value {
  return builder.node('Gemm', [input, options.weight, options.bias], { attributes: { transB: 1 } })
}

/**
 * Softmax cross-entropy over `[batch, classes]` with int32 labels `[batch]`. A label of -1 equals no class, so its row
 * of the one-hot matrix is empty and the item weighs nothing; a task without labels divides by 1, not by 0.
 */
export function maskedCrossEntropy(
  builder: GraphBuilder,
  logits: Value,
  options: { labels: Value; batch: number; classes: number },
): HeadForward {
  const { labels, batch, classes } = options
  const toFloat = { attributes: { to: castTarget('float32') } }
  const classList = builder.int32(
    Array.from({ length: classes }, (_, index) => index),
    [1, classes],
  )
  const column = builder.node('Reshape', [labels, builder.int64([batch, 1])])
  const oneHot = builder.node('Cast', [builder.node('Equal', [column, classList])], toFloat)
  const isLabelled = builder.node('ReduceSum', [oneHot, builder.int64([1])], { attributes: { keepdims: 1 } })
  const labelled = builder.node('ReduceSum', [isLabelled], { attributes: { keepdims: 0 } })
  const divisor = builder.node('Max', [labelled, builder.float32([1])])
  const logProbability = builder.node('LogSoftmax', [logits], { attributes: { axis: 1 } })
  const likelihood = builder.node('ReduceSum', [builder.node('Mul', [oneHot, logProbability])], {
    attributes: { keepdims: 0 },
  })
  const probability = builder.node('Mul', [builder.node('Exp', [logProbability]), isLabelled])
  return {
    logits,
    loss: builder.node('Neg', [builder.node('Div', [likelihood, divisor])]),
    logitsGradient: builder.node('Div', [builder.node('Sub', [probability, oneHot]), divisor]),
  }
}

/** Gradients of a linear head; the input's gradient is added to `addend` where one is given. */
export function differentiateLinear(
  builder: GraphBuilder,
  gradient: Value,
  options: { input: Value; weight: Value; addend?: Value },
): { weight: Value; bias: Value; input: Value } {
  const { input, weight, addend } = options
  return {
    weight: builder.node('Gemm', [gradient, input], { attributes: { transA: 1 } }),
    bias: builder.node('ReduceSum', [gradient, builder.int64([0])], { attributes: { keepdims: 0 } }),
    input: builder.node('Gemm', [gradient, weight, ...(addend === undefined ? [] : [addend])]),
  }
}
