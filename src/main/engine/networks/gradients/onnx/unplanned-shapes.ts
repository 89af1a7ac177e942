import { castTarget } from '#engine/networks/onnx-file/graph-builder.ts'
import type { GraphBuilder, Value } from '#engine/networks/onnx-file/graph-builder.ts'

/**
 * The same builder, but every shape that a `Reshape` asks for becomes known only when the graph runs. ONNX Runtime plans
 * ahead to use a tensor's memory again for a later one of equal shape, and holds it until then: what the forward pass
 * needs for a moment would lie idle up to the backward pass. Shapes that it does not know it does not plan for.
 * `images` is any uint8 input of four dimensions.
 */
export function leaveShapesUnplanned(builder: GraphBuilder, images: Value): GraphBuilder {
  const origin = builder.node('Slice', [images, builder.int64([0, 0, 0, 0]), builder.int64([1, 1, 1, 1])])
  const pixel = builder.node('Reshape', [origin, builder.int64([1])])
  const integer = builder.node('Cast', [pixel], { attributes: { to: castTarget('int64') } })
  const zero = builder.node('Mul', [integer, builder.int64([0])])
  const shapes = new Map<Value, Value>()
  return {
    ...builder,
    node(operator, inputs, options) {
      const [value, shape] = inputs
      if (operator !== 'Reshape' || value === undefined || shape === undefined)
        return builder.node(operator, inputs, options)
      const late = shapes.get(shape) ?? builder.node('Add', [shape, zero])
      shapes.set(shape, late)
      return builder.node(operator, [value, late], options)
    },
  }
}
