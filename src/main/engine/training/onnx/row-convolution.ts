/**
 * Convolutions over activations kept as row matrices `[batch * height * width, channels]`, rows in the order
 * (image, y, x). One `Gather` of whole rows lays out the windows of every output pixel, and one `Gemm` does the
 * rest: the weight gradient is the same product transposed, and nothing is ever permuted.
 * Weights are `[kernel * kernel, inChannels, outChannels]`, so no product needs them rearranged but the input gradient.
 */
import type { GraphBuilder, Value } from '#engine/models/onnx/graph-builder.ts'

export interface ConvolutionShape {
  readonly batch: number
  /** Side of the square input in pixels. */
  readonly side: number
  readonly inChannels: number
  readonly outChannels: number
  readonly kernel: number
  readonly stride: number
  readonly padding: number
}

export const outputSide = ({
  side,
  kernel,
  stride,
  padding,
}: Omit<ConvolutionShape, 'batch' | 'inChannels' | 'outChannels'>): number =>
  Math.floor((side + 2 * padding - kernel) / stride) + 1

const inputRows = ({ batch, side }: ConvolutionShape): number => batch * side * side

/** For every output row and tap, the input row under it; one past the last row stands for the padding. */
function listWindowRows(shape: ConvolutionShape): Int32Array {
  const { batch, side, kernel, stride, padding } = shape
  const out = outputSide(shape)
  const rows = new Int32Array(batch * out * out * kernel * kernel)
  let cursor = 0
  for (let image = 0; image < batch; image++)
    for (let oy = 0; oy < out; oy++)
      for (let ox = 0; ox < out; ox++)
        for (let ky = 0; ky < kernel; ky++)
          for (let kx = 0; kx < kernel; kx++) {
            const y = oy * stride + ky - padding
            const x = ox * stride + kx - padding
            const isInside = y >= 0 && y < side && x >= 0 && x < side
            rows[cursor++] = isInside ? (image * side + y) * side + x : inputRows(shape)
          }
  return rows
}

/**
 * For every input row, the (output row, tap) pairs that read it, as rows of a `[outputs * taps]` list, filled up to
 * `ceil(kernel / stride)^2` slots with one past the end.
 */
function listReaders(shape: ConvolutionShape): { slots: number; rows: Int32Array } {
  const slots = Math.ceil(shape.kernel / shape.stride) ** 2
  const windows = listWindowRows(shape)
  const rows = new Int32Array(inputRows(shape) * slots).fill(windows.length)
  const used = new Uint8Array(inputRows(shape))
  windows.forEach((input, position) => {
    if (input === inputRows(shape)) return
    const slot = used[input] ?? 0
    rows[input * slots + slot] = position
    used[input] = slot + 1
  })
  return { slots, rows }
}

function appendZeroRow(builder: GraphBuilder, rows: Value, channels: number): Value {
  const zero = builder.filled(0, [1, channels])
  return builder.node('Concat', [rows, zero], { attributes: { axis: 0 } })
}

/** `[outputs, kernel * kernel * channels]`: the window of every output pixel, one per row. */
export function gatherWindows(builder: GraphBuilder, rows: Value, shape: ConvolutionShape): Value {
  const { inChannels, kernel, padding } = shape
  const out = outputSide(shape)
  const source = padding === 0 ? rows : appendZeroRow(builder, rows, inChannels)
  const indices = builder.indices(listWindowRows(shape))
  const gathered = builder.node('Gather', [source, indices], { attributes: { axis: 0 } })
  return builder.node('Reshape', [
    gathered,
    builder.int64([shape.batch * out * out, kernel * kernel * inChannels]),
  ])
}

const flattenWeight = (
  builder: GraphBuilder,
  weight: Value,
  { kernel, inChannels, outChannels }: ConvolutionShape,
): Value => builder.node('Reshape', [weight, builder.int64([kernel * kernel * inChannels, outChannels])])

/** `[inputs, inChannels]` -> `[outputs, outChannels]`. */
export function convolveRows(
  builder: GraphBuilder,
  rows: Value,
  options: { weight: Value; shape: ConvolutionShape },
): Value {
  const { weight, shape } = options
  return builder.node('Gemm', [gatherWindows(builder, rows, shape), flattenWeight(builder, weight, shape)])
}

/** Gradient of the weight, `[kernel * kernel, inChannels, outChannels]`, from the input and the output's gradient. */
export function differentiateWeight(
  builder: GraphBuilder,
  rows: Value,
  options: { gradient: Value; shape: ConvolutionShape },
): Value {
  const { kernel, inChannels, outChannels } = options.shape
  const windows = gatherWindows(builder, rows, options.shape)
  const product = builder.node('Gemm', [windows, options.gradient], { attributes: { transA: 1 } })
  return builder.node('Reshape', [product, builder.int64([kernel * kernel, inChannels, outChannels])])
}

/**
 * Gradient of the input, `[inputs, inChannels]`, plus `addend` where given.
 * Stride 1 is again a convolution, with the taps read backwards; otherwise the gradients of all windows are made
 * first, and each input pixel collects those that read it.
 */
export function differentiateInput(
  builder: GraphBuilder,
  gradient: Value,
  options: { weight: Value; shape: ConvolutionShape; addend?: Value },
): Value {
  const { weight, shape, addend } = options
  const { kernel, stride, padding, inChannels, outChannels } = shape
  const addends = addend === undefined ? [] : [addend]
  if (stride === 1) {
    const mirrored = {
      ...shape,
      side: outputSide(shape),
      inChannels: outChannels,
      padding: kernel - 1 - padding,
    }
    const source = mirrored.padding === 0 ? gradient : appendZeroRow(builder, gradient, outChannels)
    const indices = builder.indices(reverseTaps(listWindowRows(mirrored), kernel * kernel))
    const gathered = builder.node('Gather', [source, indices], { attributes: { axis: 0 } })
    const windows = builder.node('Reshape', [
      gathered,
      builder.int64([inputRows(shape), kernel * kernel * outChannels]),
    ])
    const turned = builder.node('Transpose', [weight], { attributes: { perm: [0, 2, 1] } })
    const matrix = builder.node('Reshape', [
      turned,
      builder.int64([kernel * kernel * outChannels, inChannels]),
    ])
    return builder.node('Gemm', [windows, matrix, ...addends])
  }
  const { slots, rows } = listReaders(shape)
  const matrix = flattenWeight(builder, weight, shape)
  const perWindow = builder.node('Gemm', [gradient, matrix], { attributes: { transB: 1 } })
  const flat = builder.node('Reshape', [perWindow, builder.int64([-1, inChannels])])
  const indices = builder.indices(rows)
  const gathered = builder.node('Gather', [appendZeroRow(builder, flat, inChannels), indices], {
    attributes: { axis: 0 },
  })
  const perReader = builder.node('Reshape', [gathered, builder.int64([inputRows(shape), slots, inChannels])])
  const collected =
    slots === 1
      ? builder.node('Reshape', [perReader, builder.int64([inputRows(shape), inChannels])])
      : builder.node('ReduceSum', [perReader, builder.int64([1])], { attributes: { keepdims: 0 } })
  return addend === undefined ? collected : builder.node('Add', [collected, addend])
}

function reverseTaps(rows: Int32Array, taps: number): Int32Array {
  for (let start = 0; start < rows.length; start += taps) rows.subarray(start, start + taps).reverse()
  return rows
}
