/** Operators that providers for GPUs lack, written with those they have. */
import { createGraphBuilder } from '#engine/networks/onnx-file/graph-builder.ts'
import type { GraphBuilder, NodeOptions, Value } from '#engine/networks/onnx-file/graph-builder.ts'
import type { ComputeTarget } from '#engine/base/runtime/inference-session.ts'

const toScalar = { attributes: { keepdims: 0 } } as const
const alongClasses = { attributes: { keepdims: 1 } } as const

/** Products of stacks of matrices, `[stack, rows, columns]`. */
function multiplyStacks(
  builder: GraphBuilder,
  [a = '', b = '']: readonly Value[],
  attributes: NodeOptions['attributes'] = {},
): Value {
  const turn = (value: Value, isTurned: unknown): Value =>
    isTurned === 1 ? builder.node('Transpose', [value], { attributes: { perm: [0, 2, 1] } }) : value
  return builder.node('MatMul', [turn(a, attributes['transA']), turn(b, attributes['transB'])])
}

/** Log-probabilities of logits `[batch, classes]`, from the largest one so that no exponential overflows. */
function takeLogSoftmax(builder: GraphBuilder, logits: Value): Value {
  const classes = builder.int64([1])
  const shifted = builder.node('Sub', [logits, builder.node('ReduceMax', [logits, classes], alongClasses)])
  const sum = builder.node('ReduceSum', [builder.node('Exp', [shifted]), classes], alongClasses)
  return builder.node('Sub', [shifted, builder.node('Log', [sum])])
}

/** Sums scalars without bringing each of them back to the processor. */
function sumScalars(builder: GraphBuilder, scalars: readonly Value[]): Value {
  const one = builder.int64([1])
  const rows = scalars.map((scalar) => builder.node('Reshape', [scalar, one]))
  const list = builder.node('Concat', rows, { attributes: { axis: 0 } })
  return builder.node('ReduceSum', [list], toScalar)
}

/**
 * The same builder, but that `FusedMatMul` of stacks, `LogSoftmax` over axis 1 and `Sum` of scalars become operators that
 * the WebGPU provider runs itself: each other one would cost a copy to the processor and back.
 */
function avoidProcessor(builder: GraphBuilder): GraphBuilder {
  return {
    ...builder,
    node(operator, inputs, options) {
      switch (operator) {
        case 'FusedMatMul':
          return multiplyStacks(builder, inputs, options?.attributes)
        case 'LogSoftmax':
          return takeLogSoftmax(builder, inputs[0] ?? '')
        case 'Sum':
          return sumScalars(builder, inputs)
        default:
          return builder.node(operator, inputs, options)
      }
    },
  }
}

/** Starts an empty graph whose operators suit the target. */
export const createBuilderFor = (target: ComputeTarget): GraphBuilder =>
  target === 'cpu' ? createGraphBuilder() : avoidProcessor(createGraphBuilder())
