import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'
import { convertToLab } from '#engine/assessment/explanations/domain/lab-colours.ts'
import type { Box } from '#engine/networks/faces/domain/geometry.ts'

export interface BackgroundMeasure {
  /** Mean CIELAB L* under D65. */
  readonly lightness: number
  /** Standard deviation of L*. */
  readonly spread: number
  /** Mean difference of L* of neighbours: 0 is one even wall. */
  readonly detail: number
  /** Mean chroma. */
  readonly chroma: number
}

/** Cells of the longer side; of each cell so many pixels are read across. */
const [cells, pixelsOfCell] = [64, 8]
/** Share of a face's box by which it is widened on each side: hair and ears are of the person. */
const around = 0.25
/** Share of the picture below which nothing is said of what is behind the face. */
const leastShare = 0.05

/** Mean colours of cells. @returns a picture of cells */
function shrink({ width, height, data }: RgbImage): RgbImage {
  const cellPx = Math.max(1, Math.max(width, height) / cells)
  const [columns, rows] = [Math.max(1, Math.round(width / cellPx)), Math.max(1, Math.round(height / cellPx))]
  const shrunk = new Uint8Array(columns * rows * 3)
  const step = Math.max(1, Math.floor(cellPx / pixelsOfCell))
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const sums = [0, 0, 0]
      let n = 0
      const [bottom, end] = [((row + 1) * height) / rows, ((column + 1) * width) / columns]
      for (let y = Math.floor((row * height) / rows); y < bottom; y += step) {
        for (let x = Math.floor((column * width) / columns); x < end; x += step) {
          for (let channel = 0; channel < 3; channel++)
            sums[channel]! += data[(y * width + x) * 3 + channel] ?? 0
          n += 1
        }
      }
      for (let channel = 0; channel < 3; channel++)
        shrunk[(row * columns + column) * 3 + channel] = Math.round(sums[channel]! / n)
    }
  }
  return { width: columns, height: rows, data: shrunk }
}

/**
 * What surrounds the faces of a picture, in cells of a 64th of its longer side: background, and of the people their clothes and
 * what hair reaches beyond the box.
 * @param boxes of all its faces, in pixels
 * @returns null where less than a twentieth of the picture lies outside
 */
export function measureBackground(picture: RgbImage, boxes: readonly Box[]): BackgroundMeasure | null {
  const grid = shrink(picture)
  const { width, height } = grid
  const lab = convertToLab(grid, { isStretched: false })
  const isBehind = Array.from({ length: width * height }, (_, at) => {
    const x = (((at % width) + 0.5) * picture.width) / width
    const y = ((Math.floor(at / width) + 0.5) * picture.height) / height
    return !boxes.some(
      (box) =>
        x >= box.x - around * box.width &&
        x <= box.x + (1 + around) * box.width &&
        y >= box.y - around * box.height &&
        y <= box.y + (1 + around) * box.height,
    )
  })
  const n = isBehind.filter(Boolean).length
  if (n < leastShare * width * height) return null
  const lightnessAt = (at: number): number => lab[at * 3] ?? 0
  let [sum, squares, chroma, differences, pairs] = [0, 0, 0, 0, 0]
  isBehind.forEach((isIn, at) => {
    if (!isIn) return
    const lightness = lightnessAt(at)
    sum += lightness
    squares += lightness ** 2
    chroma += Math.hypot(lab[at * 3 + 1] ?? 0, lab[at * 3 + 2] ?? 0)
    for (const next of [(at + 1) % width === 0 ? -1 : at + 1, at + width]) {
      if (isBehind[next] !== true) continue
      differences += Math.abs(lightnessAt(next) - lightness)
      pairs += 1
    }
  })
  return {
    lightness: sum / n,
    spread: Math.sqrt(Math.max(0, squares / n - (sum / n) ** 2)),
    detail: pairs === 0 ? 0 : differences / pairs,
    chroma: chroma / n,
  }
}
