import type { Candidate } from './suppress-overlaps.ts'

/** Boxes as shares of the square that a network looked at. */
type Detections = readonly Candidate[]

const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value))

/**
 * Boxes of a single-shot detector: offsets `[anchors, 4]` (y, x, height, width) against anchors `[anchors, 4]` (top, left,
 * bottom, right), with the variances 0.1 and 0.2 of SSD (Liu et al. 2016).
 */
export function decodeSsd(
  found: { readonly boxes: Float32Array; readonly scores: Float32Array },
  anchors: Float32Array,
  minimalScore: number,
): Detections {
  const detections: Candidate[] = []
  for (const [at, score] of found.scores.entries()) {
    if (score < minimalScore) continue
    const [top = 0, left = 0, bottom = 0, right = 0] = anchors.subarray(at * 4, at * 4 + 4)
    const [down = 0, across = 0, taller = 0, wider = 0] = found.boxes.subarray(at * 4, at * 4 + 4)
    const height = Math.exp(taller / 5) * (bottom - top)
    const width = Math.exp(wider / 5) * (right - left)
    const y = (down / 10) * (bottom - top) + (top + bottom) / 2 - height / 2
    const x = (across / 10) * (right - left) + (left + right) / 2 - width / 2
    detections.push({ score, box: { x, y, width, height } })
  }
  return detections
}

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
