import type { Segments } from './segments.ts'

/** A grid of cells over a square picture, as even as whole pixels allow. */
export function cutIntoCells(side: number, rows: number, columns: number): Segments {
  const labels = new Int32Array(side * side)
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++)
      labels[y * side + x] = Math.floor((y * rows) / side) * columns + Math.floor((x * columns) / side)
  return { width: side, height: side, labels, count: rows * columns }
}

/** Values of a grid of cells at every pixel of a square, drawn smoothly between the cells' middles, `[side, side]`. */
export function drawCells(
  values: ArrayLike<number>,
  { rows, columns }: { rows: number; columns: number },
  side: number,
) {
  const place = (at: number, cells: number) => {
    const middle = Math.min(cells - 1, Math.max(0, ((at + 0.5) * cells) / side - 0.5))
    const first = Math.floor(middle)
    return { first, second: Math.min(cells - 1, first + 1), share: middle - first }
  }
  const across = Array.from({ length: side }, (_, x) => place(x, columns))
  const drawn = new Float64Array(side * side)
  for (let y = 0; y < side; y++) {
    const down = place(y, rows)
    across.forEach(({ first, second, share }, x) => {
      const read = (row: number) =>
        (values[row * columns + first] ?? 0) * (1 - share) + (values[row * columns + second] ?? 0) * share
      drawn[y * side + x] = read(down.first) * (1 - down.share) + read(down.second) * down.share
    })
  }
  return drawn
}
