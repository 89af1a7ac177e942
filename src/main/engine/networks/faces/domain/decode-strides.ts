import type { Candidate } from './suppress-overlaps.ts'

/** What a detector without anchor boxes says of the cells of one stride, row by row, anchors of a cell together. */
export interface StrideOutputs {
  /** Pixels from cell to cell. */
  readonly stride: number
  /** `[cells * anchors]` in [0, 1] */
  readonly scores: Float32Array
  /** `[cells * anchors, 4]` */
  readonly boxes: Float32Array
}

type ReadBox = (
  cell: { readonly row: number; readonly column: number },
  numbers: Float32Array,
) => Candidate['box']

function decode(
  { stride, scores, boxes }: StrideOutputs,
  { side, minimalScore, readBox }: { side: number; minimalScore: number; readBox: ReadBox },
): Candidate[] {
  const columns = side / stride
  const anchors = scores.length / (columns * columns)
  const found: Candidate[] = []
  for (const [at, score] of scores.entries()) {
    if (score < minimalScore) continue
    const cell = Math.floor(at / anchors)
    const place = { row: Math.floor(cell / columns), column: cell % columns }
    found.push({ score, box: readBox(place, boxes.subarray(at * 4, at * 4 + 4)) })
  }
  return found
}

/** @param readFrom makes the reader of a stride's boxes */
const makeDecoder =
  (readFrom: (stride: number) => ReadBox) =>
  (outputs: readonly StrideOutputs[], side: number, minimalScore: number): Candidate[] =>
    outputs.flatMap((output) => decode(output, { side, minimalScore, readBox: readFrom(output.stride) }))

/** Boxes in pixels of the square: offsets of the middle in cells, sides as exponents (YuNet, Wu et al. 2023). */
export const decodeYunet = makeDecoder(
  (stride) =>
    ({ row, column }, [across = 0, down = 0, wide = 0, high = 0]) => {
      const width = Math.exp(wide) * stride
      const height = Math.exp(high) * stride
      return {
        x: (column + across) * stride - width / 2,
        y: (row + down) * stride - height / 2,
        width,
        height,
      }
    },
)

/** Boxes in pixels of the square: distances from the cell's corner to left, top, right, bottom (SCRFD, Guo et al. 2022). */
export const decodeScrfd = makeDecoder(
  (stride) =>
    ({ row, column }, [left = 0, top = 0, right = 0, bottom = 0]) => ({
      x: (column - left) * stride,
      y: (row - top) * stride,
      width: (left + right) * stride,
      height: (top + bottom) * stride,
    }),
)
