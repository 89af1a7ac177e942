/**
 * Activations of the body are row matrices `[batch * side * side, channels]`. Where the side is even, rows come in four
 * groups by the parity of y and x, each in the order (image, y / 2, x / 2): the order in which Winograd's 2x2 tiles are
 * made, so that no pass is spent on sorting. Odd sides keep (image, y, x). Who reads pixels goes through `rowOf`.
 */
import type { GraphBuilder, Value } from '#engine/networks/onnx-file/graph-builder.ts'

/** The row of pixel (y, x) of an image. */
export type RowOf = (image: number, y: number, x: number) => number

export function createRowOrder({ batch, side }: { batch: number; side: number }): RowOf {
  if (side % 2 === 1) return (image, y, x) => (image * side + y) * side + x
  const half = side / 2
  const tiles = batch * half * half
  return (image, y, x) => ((y & 1) * 2 + (x & 1)) * tiles + (image * half + (y >> 1)) * half + (x >> 1)
}

/**
 * Rows with one of zeros behind them, which stands for the padding around an image. The row is never shared: the
 * runtime would take two equal copies for one and keep it alive from the first use to the last.
 */
export function appendZeroRow(builder: GraphBuilder, rows: Value, channels: number): Value {
  const zeros = builder.initializer(builder.fresh('padding'), [1, channels], new Float32Array(channels))
  return builder.node('Concat', [rows, zeros], { attributes: { axis: 0 } })
}

/** Picks whole rows. */
export function gatherRows(builder: GraphBuilder, rows: Value, indices: Int32Array): Value {
  return builder.node('Gather', [rows, builder.indices(indices)], { attributes: { axis: 0 } })
}

/** Puts rows in the order (image, y, x) into the order of the body. */
export function orderRows(builder: GraphBuilder, rows: Value, grid: { batch: number; side: number }): Value {
  const indices = listOrderedRows(grid)
  return grid.side % 2 === 1 ? rows : gatherRows(builder, rows, indices)
}

/** The inverse of `orderRows`. */
export function restoreRowOrder(
  builder: GraphBuilder,
  rows: Value,
  grid: { batch: number; side: number },
): Value {
  const indices = new Int32Array(grid.batch * grid.side ** 2)
  listOrderedRows(grid).forEach((natural, row) => (indices[natural] = row))
  return grid.side % 2 === 1 ? rows : gatherRows(builder, rows, indices)
}

function listOrderedRows(grid: { batch: number; side: number }): Int32Array {
  const { batch, side } = grid
  const rowOf = createRowOrder(grid)
  const rows = new Int32Array(batch * side * side)
  let natural = 0
  for (let image = 0; image < batch; image++)
    for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) rows[rowOf(image, y, x)] = natural++
  return rows
}

/** Shape and axes under which the mean over an image's pixels is a plain reduction: `[groups, batch, pixels, channels]`. */
export function splitPixels(
  { batch, side }: { batch: number; side: number },
  channels: number,
): readonly [number, number, number, number] {
  return side % 2 === 1 ? [1, batch, side * side, channels] : [4, batch, (side / 2) ** 2, channels]
}
