import type { GraphBuilder, Value } from '#engine/networks/onnx-file/graph-builder.ts'

/** Linear head `[batch, inputs]` -> `[batch, outputs]`; the weight is `[outputs, inputs]`. */
export function applyLinear(
  builder: GraphBuilder,
  input: Value,
  options: { weight: Value; bias: Value },
): Value {
  return builder.node('Gemm', [input, options.weight, options.bias], { attributes: { transB: 1 } })
}

/** Gradients of a linear head's own parameters from the gradient of its output. */
export function differentiateLinear(
  builder: GraphBuilder,
  gradient: Value,
  { input }: { input: Value },
): { weight: Value; bias: Value } {
  return {
    weight: builder.node('Gemm', [gradient, input], { attributes: { transA: 1 } }),
    bias: builder.node('ReduceSum', [gradient, builder.int64([0])], { attributes: { keepdims: 0 } }),
  }
}

/** Gradient of a linear head's input, added to `addend` where one is given. */
export function differentiateLinearInput(
  builder: GraphBuilder,
  gradient: Value,
  { weight, addend }: { weight: Value; addend: Value | undefined },
): Value {
  return builder.node('Gemm', [gradient, weight, ...(addend === undefined ? [] : [addend])])
}
