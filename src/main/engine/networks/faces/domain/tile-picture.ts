import type { SquareView } from './sample-square.ts'

/** Share of a tile that the next one sees again, so that a face on the border stands whole in one of them. */
const shared = 0.25

/** Where tiles of this side begin along a length, evenly and from end to end. */
function listStarts(length: number, side: number): number[] {
  if (length <= side) return [Math.floor((length - side) / 2)]
  const count = Math.ceil((length - side) / (side * (1 - shared))) + 1
  return Array.from({ length: count }, (_, at) => Math.round((at * (length - side)) / (count - 1)))
}

/** Squares that cover a picture, row by row, overlapping by at least a quarter of their side. */
export function tilePicture(
  { width, height }: { readonly width: number; readonly height: number },
  side: number,
): SquareView[] {
  const content = { x: 0, y: 0, width, height }
  return listStarts(height, side).flatMap((y) =>
    listStarts(width, side).map((x): SquareView => ({ x, y, side, content })),
  )
}
