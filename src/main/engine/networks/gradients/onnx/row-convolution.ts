/**
 * Convolutions over activation rows. One `Gather` of whole rows lays out the windows of every output pixel, and one
 * `Gemm` does the rest; the weight gradient is the same product transposed. Where Winograd's algorithm applies, it does
 * the same with fewer multiplications. Weights are `[kernel * kernel, inChannels, outChannels]`.
 */
import type { GraphBuilder, Value } from '#engine/networks/onnx-file/graph-builder.ts'
import { appendZeroRow, createRowOrder, gatherRows } from './activation-rows.ts'
import { convolveTiles, differentiateTiledInput, differentiateTiledWeight } from './winograd.ts'

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

const outputRows = (shape: ConvolutionShape): number => shape.batch * outputSide(shape) ** 2

const isTiled = ({ kernel, stride, padding }: ConvolutionShape): boolean =>
  kernel === 3 && stride === 1 && padding === 1

/** For every output row and tap, the input row under it; one past the last row stands for the padding. */
function listWindowRows(shape: ConvolutionShape): Int32Array {
  const { batch, side, kernel, stride, padding } = shape
  const out = outputSide(shape)
  const inputOf = createRowOrder({ batch, side })
  const outputOf = createRowOrder({ batch, side: out })
  const rows = new Int32Array(outputRows(shape) * kernel * kernel)
  for (let image = 0; image < batch; image++)
    for (let oy = 0; oy < out; oy++)
      for (let ox = 0; ox < out; ox++) {
        let cursor = outputOf(image, oy, ox) * kernel * kernel
        for (let ky = 0; ky < kernel; ky++)
          for (let kx = 0; kx < kernel; kx++) {
            const y = oy * stride + ky - padding
            const x = ox * stride + kx - padding
            const isInside = y >= 0 && y < side && x >= 0 && x < side
            rows[cursor++] = isInside ? inputOf(image, y, x) : inputRows(shape)
          }
      }
  return rows
}

/** For every input row, the positions in the list of windows that read it, filled up to `slots` with one past the end. */
function listReaders(shape: ConvolutionShape, slots: number): Int32Array {
  const windows = listWindowRows(shape)
  const rows = new Int32Array(inputRows(shape) * slots).fill(windows.length)
  const used = new Uint8Array(inputRows(shape))
  windows.forEach((input, position) => {
    if (input === inputRows(shape)) return
    const slot = used[input] ?? 0
    rows[input * slots + slot] = position
    used[input] = slot + 1
  })
  return rows
}

/** `[outputs, kernel * kernel * inChannels]`: the window of every output pixel, one per row. */
function gatherWindows(builder: GraphBuilder, rows: Value, shape: ConvolutionShape): Value {
  const { inChannels, kernel, padding } = shape
  const source = padding === 0 ? rows : appendZeroRow(builder, rows, inChannels)
  const gathered = gatherRows(builder, source, listWindowRows(shape))
  return builder.node('Reshape', [gathered, builder.int64([outputRows(shape), kernel * kernel * inChannels])])
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
  if (isTiled(shape)) return convolveTiles(builder, rows, { weight, shape })
  return builder.node('Gemm', [gatherWindows(builder, rows, shape), flattenWeight(builder, weight, shape)])
}

/**
 * Gradient of the weight, `[kernel * kernel, inChannels, outChannels]`, from the input's rows: its windows or tiles are
 * laid out anew, since kept from the forward pass they would take four to nine times the memory of the rows.
 */
export function differentiateWeight(
  builder: GraphBuilder,
  rows: Value,
  options: { gradient: Value; shape: ConvolutionShape },
): Value {
  const { gradient, shape } = options
  if (isTiled(shape)) return differentiateTiledWeight(builder, rows, options)
  const { kernel, inChannels, outChannels } = shape
  const windows = gatherWindows(builder, rows, shape)
  const product = builder.node('Gemm', [windows, gradient], { attributes: { transA: 1 } })
  return builder.node('Reshape', [product, builder.int64([kernel * kernel, inChannels, outChannels])])
}

/**
 * Gradient of the input, `[inputs, inChannels]`, plus `addend` where given. Without Winograd, the gradients of all
 * windows are made first, and each input pixel collects those that read it.
 */
export function differentiateInput(
  builder: GraphBuilder,
  gradient: Value,
  options: { weight: Value; shape: ConvolutionShape; addend?: Value },
): Value {
  const { weight, shape, addend } = options
  if (isTiled(shape)) return differentiateTiledInput(builder, gradient, options)
  const { inChannels, kernel, stride } = shape
  const slots = Math.ceil(kernel / stride) ** 2
  const matrix = flattenWeight(builder, weight, shape)
  const perWindow = builder.node('Gemm', [gradient, matrix], { attributes: { transB: 1 } })
  const flat = builder.node('Reshape', [perWindow, builder.int64([-1, inChannels])])
  const gathered = gatherRows(builder, appendZeroRow(builder, flat, inChannels), listReaders(shape, slots))
  const perReader = builder.node('Reshape', [gathered, builder.int64([inputRows(shape), slots, inChannels])])
  const collected =
    slots === 1
      ? builder.node('Reshape', [perReader, builder.int64([inputRows(shape), inChannels])])
      : builder.node('ReduceSum', [perReader, builder.int64([1])], { attributes: { keepdims: 0 } })
  return addend === undefined ? collected : builder.node('Add', [collected, addend])
}
