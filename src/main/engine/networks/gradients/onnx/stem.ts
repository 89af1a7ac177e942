/** The first layers, where three channels and large planes call for other formulations than the body. */
import { castTarget } from '#engine/networks/onnx-file/graph-builder.ts'
import type { GraphBuilder, Value } from '#engine/networks/onnx-file/graph-builder.ts'
import type { ComputeTarget } from '#engine/base/runtime/inference-session.ts'
import { imageNetDeviation, imageNetMean } from '#engine/networks/architecture/resnet.ts'
import { poolPlanes, spreadToMaxima } from './masked-pool.ts'

/** Uint8 colours 0-255 `[batch, 3, side, side]` -> float32, ImageNet-normalised, in one pass. */
export function normaliseImages(builder: GraphBuilder, images: Value): Value {
  const colours = builder.node('Cast', [images], { attributes: { to: castTarget('float32') } })
  const factor = builder.float32(
    imageNetDeviation.map((deviation) => 1 / (255 * deviation)),
    [3],
  )
  const offset = builder.float32(
    imageNetMean.map((mean, channel) => -mean / (imageNetDeviation[channel] ?? 1)),
    [3],
  )
  const [zeros, ones] = [builder.float32([0, 0, 0], [3]), builder.float32([1, 1, 1], [3])]
  return builder.node('BatchNormalization', [colours, factor, offset, zeros, ones], {
    attributes: { epsilon: { float: 0 } },
  })
}

const kernel = 7
const padding = 3
/** Windows are read in pairs of pixels: an eighth column, thrown away later, keeps every row of a window aligned. */
const pairsPerRow = 4

/** Windows of this many images are laid out at a time: they take nine times the memory of the images. */
const imagesAtOnce = 4

function listPairRows(batch: number, side: number): Int32Array {
  const out = side / 2
  const padded = side + 2 * padding
  const rows = new Int32Array(batch * out * out * kernel * pairsPerRow)
  let cursor = 0
  for (let image = 0; image < batch; image++)
    for (let oy = 0; oy < out; oy++)
      for (let ox = 0; ox < out; ox++)
        for (let ky = 0; ky < kernel; ky++)
          for (let pair = 0; pair < pairsPerRow; pair++)
            rows[cursor++] = ((image * padded + 2 * oy + ky) * padded) / 2 + ox + pair
  return rows
}

/**
 * Gradient `[channels, 3, 7, 7]` of the 7x7 stride-2 weight from the images `[batch, 3, side, side]` and the gradient
 * `[batch, channels, (side / 2)^2]` of the planes. `side` is even.
 */
export function differentiateStemWeight(
  builder: GraphBuilder,
  images: Value,
  options: { gradient: Value; batch: number; side: number; channels: number },
): Value {
  const { gradient, batch, side, channels } = options
  const pads = builder.int64([0, 0, padding, padding, 0, 0, padding, padding])
  const pixels = builder.node('Transpose', [builder.node('Pad', [images, pads])], {
    attributes: { perm: [0, 2, 3, 1] },
  })
  const columns = kernel * pairsPerRow * 6
  const lists = new Map<number, Value>()
  const shares: Value[] = []
  for (let first = 0; first < batch; first += imagesAtOnce) {
    const count = Math.min(imagesAtOnce, batch - first)
    const rows = lists.get(count) ?? builder.indices(listPairRows(count, side))
    lists.set(count, rows)
    const slice = (value: Value): Value =>
      count === batch
        ? value
        : builder.node('Slice', [
            value,
            builder.int64([first]),
            builder.int64([first + count]),
            builder.int64([0]),
          ])
    const pairs = builder.node('Reshape', [slice(pixels), builder.int64([-1, 6])])
    const gathered = builder.node('Gather', [pairs, rows], { attributes: { axis: 0 } })
    const windows = builder.node('Reshape', [gathered, builder.int64([count, (side / 2) ** 2, columns])])
    const perImage = builder.node('MatMul', [slice(gradient), windows])
    shares.push(builder.node('ReduceSum', [perImage, builder.int64([0])], { attributes: { keepdims: 0 } }))
  }
  const summed = shares.reduce((sum, share) => builder.node('Add', [sum, share]))
  const taps = builder.node('Reshape', [summed, builder.int64([channels, kernel, 2 * pairsPerRow, 3])])
  const kept = builder.node('Slice', [taps, builder.int64([0]), builder.int64([kernel]), builder.int64([2])])
  return builder.node('Transpose', [kept], { attributes: { perm: [0, 3, 1, 2] } })
}

export interface PoolForward {
  /** `[batch, channels, pooled, pooled]` */
  readonly output: Value
  /** Position of each maximum in the flattened input; the first one where several are equal. */
  readonly positions: Value
}

/** Max pooling 3x3, stride 2 over `[batch, channels, side, side]`. */
export function poolMaxima(builder: GraphBuilder, planes: Value, pad = 1): PoolForward {
  const [output, positions] = [builder.fresh('pooled'), builder.fresh('positions')]
  builder.multi('MaxPool', [planes], {
    outputs: [output, positions],
    attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [pad, pad, pad, pad] },
  })
  return { output, positions }
}

/**
 * Sends the pooled gradient back to the maxima: `[batch, channels, side^2]`. `like` is any finite tensor of that size:
 * zeros made from a constant shape would be kept by the runtime for as long as it holds the graph.
 */
export function differentiatePool(
  builder: GraphBuilder,
  gradient: Value,
  options: { positions: Value; like: Value; batch: number; channels: number; side: number },
): Value {
  const { positions, like, batch, channels, side } = options
  const flat = builder.int64([-1])
  const zeros = builder.node('Mul', [builder.node('Reshape', [like, flat]), builder.float32([0])])
  const scattered = builder.node(
    'ScatterElements',
    [zeros, builder.node('Reshape', [positions, flat]), builder.node('Reshape', [gradient, flat])],
    { attributes: { axis: 0, reduction: 'add' } },
  )
  return builder.node('Reshape', [scattered, builder.int64([batch, channels, side * side])])
}

/** The pooled planes, and how a gradient finds its way back through the pooling. */
export interface StemPool {
  readonly output: Value
  /** From `[batch, channels, pooled, pooled]`, 0 wherever the output is, to `[batch, channels, side^2]`. */
  readonly differentiate: (gradient: Value) => Value
}

/**
 * Max pooling 3x3, stride 2, of `planes` `[batch, channels, side, side]`, none of them negative; `side` is even, `like` any finite
 * tensor of that size.
 */
export function poolStem(
  builder: GraphBuilder,
  planes: Value,
  options: {
    batch: number
    channels: number
    side: number
    /** Of zeros around the planes. */
    border: 0 | 1
    like: Value
    target: ComputeTarget
  },
): StemPool {
  const { target, like, border, ...shape } = options
  if (target === 'cpu') {
    const { output, positions } = poolMaxima(builder, planes, border)
    return {
      output,
      differentiate: (gradient) => differentiatePool(builder, gradient, { ...shape, positions, like }),
    }
  }
  const output = poolPlanes(builder, planes, border)
  return {
    output,
    differentiate: (gradient) =>
      spreadToMaxima(builder, gradient, { ...shape, padding: border, planes, maxima: output }),
  }
}

/**
 * Gradient of ReLU from its output: 0 where the output is 0, as PyTorch has it. So steep a hard sigmoid is 1 from
 * 1e-31 on, overflows for no activation, and runs several times faster than `Sign`.
 */
export function differentiateRelu(builder: GraphBuilder, gradient: Value, output: Value): Value {
  const isPassed = builder.node('HardSigmoid', [output], {
    attributes: { alpha: { float: 1e31 }, beta: { float: 0 } },
  })
  return builder.node('Mul', [gradient, isPassed])
}
