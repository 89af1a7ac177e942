/** The face network's shortcuts, which have no weights: averages of 2x2 pixels, and zeros where rows or channels are missing. */
import type { GraphBuilder, Value } from '#engine/networks/onnx-file/graph-builder.ts'
import { appendZeroRow, createRowOrder, gatherRows } from './activation-rows.ts'

interface SideChange {
  readonly batch: number
  readonly from: number
  readonly to: number
}

/** For every pixel of a grid of side `side`, what `pick` says of it, at its row. */
function listRows(
  { batch, side }: { batch: number; side: number },
  pick: (image: number, y: number, x: number) => number,
): Int32Array {
  const rowOf = createRowOrder({ batch, side })
  const rows = new Int32Array(batch * side * side)
  for (let image = 0; image < batch; image++)
    for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) rows[rowOf(image, y, x)] = pick(image, y, x)
  return rows
}

/** Rows of zeros after the last row and column of each image: side `from` becomes `to`. */
export function padRows(
  builder: GraphBuilder,
  rows: Value,
  { batch, from, to, channels }: SideChange & { readonly channels: number },
): Value {
  if (from === to) return rows
  const inside = createRowOrder({ batch, side: from })
  const indices = listRows({ batch, side: to }, (image, y, x) =>
    y < from && x < from ? inside(image, y, x) : batch * from * from,
  )
  return gatherRows(builder, appendZeroRow(builder, rows, channels), indices)
}

/** The reverse of `padRows`. */
export function differentiatePadding(
  builder: GraphBuilder,
  gradient: Value,
  { batch, from, to }: SideChange,
): Value {
  if (from === to) return gradient
  return gatherRows(builder, gradient, listRows({ batch, side: from }, createRowOrder({ batch, side: to })))
}

/** Means of 2x2 pixels; a last odd row and column belong to none. */
export function averagePairs(
  builder: GraphBuilder,
  rows: Value,
  { batch, from, to, channels }: SideChange & { readonly channels: number },
): Value {
  const inputOf = createRowOrder({ batch, side: from })
  const outputOf = createRowOrder({ batch, side: to })
  const indices = new Int32Array(4 * batch * to * to)
  for (let image = 0; image < batch; image++)
    for (let y = 0; y < to; y++)
      for (let x = 0; x < to; x++)
        for (let tap = 0; tap < 4; tap++)
          indices[4 * outputOf(image, y, x) + tap] = inputOf(image, 2 * y + (tap >> 1), 2 * x + (tap & 1))
  const gathered = gatherRows(builder, rows, indices)
  const squares = builder.node('Reshape', [gathered, builder.int64([batch * to * to, 4, channels])])
  return builder.node('ReduceMean', [squares, builder.int64([1])], { attributes: { keepdims: 0 } })
}

/** Channels of zeros after the last one. */
export function padChannels(builder: GraphBuilder, rows: Value, channels: number): Value {
  if (channels === 0) return rows
  return builder.node('Pad', [rows, builder.int64([0, 0, 0, channels]), builder.float32([0], [])])
}

/** The reverse of `averagePairs` and of the channels filled up behind it: `channels` are those of the input. */
export function spreadPairs(
  builder: GraphBuilder,
  gradient: Value,
  { batch, from, to, channels }: SideChange & { readonly channels: number },
): Value {
  const outputOf = createRowOrder({ batch, side: to })
  const [first, end, axis] = [builder.int64([0]), builder.int64([channels]), builder.int64([1])]
  const kept = builder.node('Slice', [gradient, first, end, axis])
  const quarter = builder.node('Mul', [kept, builder.float32([0.25])])
  const indices = listRows({ batch, side: from }, (image, y, x) =>
    y < 2 * to && x < 2 * to ? outputOf(image, y >> 1, x >> 1) : batch * to * to,
  )
  return gatherRows(builder, appendZeroRow(builder, quarter, channels), indices)
}
