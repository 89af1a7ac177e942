import type { Candidate } from './suppress-overlaps.ts'

/** Boxes as shares of the square that a network looked at. */
type Detections = readonly Candidate[]

const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value))

/** Boxes of a grid of cells, `[anchors * 5, cells, cells]`: x, y, width, height and score (YOLO, Redmon 2017). */
export function decodeCells(
  found: Float32Array,
  { cells, anchors }: { readonly cells: number; readonly anchors: readonly (readonly [number, number])[] },
  minimalScore: number,
): Detections {
  const detections: Candidate[] = []
  const plane = cells * cells
  for (const [anchor, [anchorWidth, anchorHeight]] of anchors.entries()) {
    const read = (part: number, cell: number): number => found[(anchor * 5 + part) * plane + cell] ?? 0
    for (let cell = 0; cell < plane; cell++) {
      const score = sigmoid(read(4, cell))
      if (score < minimalScore) continue
      const width = (Math.exp(read(2, cell)) * anchorWidth) / cells
      const height = (Math.exp(read(3, cell)) * anchorHeight) / cells
      const x = ((cell % cells) + sigmoid(read(0, cell))) / cells - width / 2
      const y = (Math.floor(cell / cells) + sigmoid(read(1, cell))) / cells - height / 2
      detections.push({ score, box: { x, y, width, height } })
    }
  }
  return detections
}

/** A grid of anchors: as many at the middle of each cell as `perCell` says. */
export interface AnchorGrid {
  /** Pixels from cell to cell. */
  readonly stride: number
  readonly perCell: number
}

/**
 * Boxes of BlazeFace (Bazarevsky et al. 2019): for each anchor, row by row and grid after grid, `numbers` that begin with x, y
 * from the anchor, width and height, all in pixels of the square; its anchors have no size of their own.
 */
export function decodeBlaze(
  found: { readonly boxes: Float32Array; readonly scores: Float32Array },
  {
    grids,
    numbers,
    side,
  }: { readonly grids: readonly AnchorGrid[]; readonly numbers: number; readonly side: number },
  minimalScore: number,
): Detections {
  const detections: Candidate[] = []
  // Scores come before their activation: comparing them there spares an exponential for each of the thousands of anchors.
  const lowest = minimalScore <= 0 ? -Infinity : Math.log(minimalScore / (1 - minimalScore))
  let anchor = 0
  for (const { stride, perCell } of grids) {
    const cells = side / stride
    for (let place = 0; place < cells * cells * perCell; place++, anchor++) {
      const logit = found.scores[anchor] ?? -Infinity
      if (logit < lowest) continue
      const cell = Math.floor(place / perCell)
      const [across = 0, down = 0, wide = 0, high = 0] = found.boxes.subarray(
        anchor * numbers,
        anchor * numbers + 4,
      )
      const [width, height] = [wide / side, high / side]
      const x = ((cell % cells) + 0.5) / cells + across / side - width / 2
      const y = (Math.floor(cell / cells) + 0.5) / cells + down / side - height / 2
      detections.push({ score: sigmoid(logit), box: { x, y, width, height } })
    }
  }
  return detections
}
