/** Max pooling whose backward pass needs no positions: providers for GPUs give none. */
import { castTarget } from '#engine/networks/onnx-file/graph-builder.ts'
import type { GraphBuilder, Value } from '#engine/networks/onnx-file/graph-builder.ts'

const kernel = 3
const taps = kernel * kernel

/** Max pooling 3x3, stride 2 over `[batch, channels, side, side]`. */
export function poolPlanes(builder: GraphBuilder, planes: Value, pad = 1): Value {
  return builder.node('MaxPool', [planes], {
    attributes: { kernel_shape: [kernel, kernel], strides: [2, 2], pads: [pad, pad, pad, pad] },
  })
}

/** One mask `[batch, channels, pooled, pooled]` per tap: 1 where that tap is the first one to hold the maximum. */
function markMaxima(
  builder: GraphBuilder,
  planes: Value,
  { maxima, pooled, padding: pad }: { maxima: Value; pooled: number; padding: number },
): Value[] {
  const padded =
    pad === 0 ? planes : builder.node('Pad', [planes, builder.int64([0, 0, pad, pad, 0, 0, pad, pad])])
  let unclaimed: Value | undefined
  return Array.from({ length: taps }, (_, tap) => {
    const [y, x] = [Math.floor(tap / kernel), tap % kernel]
    const values = builder.node('Slice', [
      padded,
      builder.int64([y, x]),
      builder.int64([y + 2 * pooled - 1, x + 2 * pooled - 1]),
      builder.int64([2, 3]),
      builder.int64([2, 2]),
    ])
    const isMaximum = builder.node('Cast', [builder.node('Equal', [values, maxima])], {
      attributes: { to: castTarget('float32') },
    })
    const isFirst = unclaimed === undefined ? isMaximum : builder.node('Mul', [isMaximum, unclaimed])
    unclaimed = builder.node('Sub', [unclaimed ?? builder.float32([1]), isFirst])
    return isFirst
  })
}

/** `[channels * 9, 1, 3, 3]`: each tap's own plane goes to that tap. */
function makeOneHotKernels(builder: GraphBuilder, channels: number): Value {
  const data = new Float32Array(channels * taps * taps)
  for (let row = 0; row < channels * taps; row++) data[row * taps + (row % taps)] = 1
  return builder.initializer(builder.fresh('taps'), [channels * taps, 1, kernel, kernel], data)
}

/**
 * Sends the pooled gradient back to the maxima, as `[batch, channels, side^2]`; of several equal ones the first gets it.
 * No value of `planes` is negative, and the gradient is 0 wherever the maximum is: the padding's zeros then take nothing.
 */
export function spreadToMaxima(
  builder: GraphBuilder,
  gradient: Value,
  options: {
    planes: Value
    maxima: Value
    batch: number
    channels: number
    /** Even, so that a row and a column behind the last window are filled up. */
    side: number
    /** 1 where left out. */
    padding?: 0 | 1
  },
): Value {
  const { planes, maxima, batch, channels, side, padding: pad = 1 } = options
  const pooled = Math.floor((side + 2 * pad - kernel) / 2) + 1
  const single = builder.int64([batch, channels, 1, pooled, pooled])
  const shares = markMaxima(builder, planes, { maxima, pooled, padding: pad }).map((mask) =>
    builder.node('Reshape', [builder.node('Mul', [gradient, mask]), single]),
  )
  const stacked = builder.node('Concat', shares, { attributes: { axis: 2 } })
  const perTap = builder.node('Reshape', [stacked, builder.int64([batch, channels * taps, pooled, pooled])])
  const spread = builder.node('ConvTranspose', [perTap, makeOneHotKernels(builder, channels)], {
    attributes: {
      kernel_shape: [kernel, kernel],
      strides: [2, 2],
      pads: [pad, pad, pad, pad],
      output_padding: [1, 1],
      group: channels,
    },
  })
  return builder.node('Reshape', [spread, builder.int64([batch, channels, side * side])])
}
