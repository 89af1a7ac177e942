import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'
import { measureText, plotText, textHeight } from '#engine/networks/tensorboard/pixel-font.ts'

type Colour = readonly [red: number, green: number, blue: number]

const white: Colour = [255, 255, 255]
const black: Colour = [0, 0, 0]
const full: Colour = [24, 78, 150]
/** Above it white text stands out more than black (WCAG contrast). */
const darkShare = 0.78
const margin = 8
const cellHeight = 28
const narrowestCell = 48
const lineHeight = textHeight + margin

const blend = (share: number): Colour => [
  Math.round(white[0] + (full[0] - white[0]) * share),
  Math.round(white[1] + (full[1] - white[1]) * share),
  Math.round(white[2] + (full[2] - white[2]) * share),
]

/**
 * Draws a confusion matrix: a row per label and a column per answer, each cell with its count and coloured by its
 * share of the row.
 * @param options.counts `[labels, answers]`
 */
export function drawConfusion(options: {
  title: string
  classes: readonly string[]
  counts: readonly (readonly number[])[]
}): RgbImage {
  const { title, classes, counts } = options
  const lines = [title, 'ROWS: LABELS, COLUMNS: ANSWERS']
  const labelWidth = Math.max(...classes.map(measureText))
  const cellWidth = Math.max(narrowestCell, labelWidth + margin)
  const left = labelWidth + 2 * margin
  const top = margin + (lines.length + 1) * lineHeight
  const width = Math.max(left + classes.length * cellWidth, ...lines.map(measureText)) + margin
  const height = top + classes.length * cellHeight + margin
  const data = new Uint8Array(width * height * 3).fill(255)

  const paint = (x: number, y: number, colour: Colour): void => data.set(colour, (y * width + x) * 3)
  const write = (text: string, at: { x: number; y: number; colour?: Colour }): void =>
    plotText(text, (x, y) => paint(at.x + x, at.y + y, at.colour ?? black))

  lines.forEach((line, index) => write(line, { x: margin, y: margin + index * lineHeight }))
  classes.forEach((label, row) => {
    const y = top + row * cellHeight
    const textY = y + (cellHeight - textHeight) / 2
    const total = counts[row]?.reduce((sum, count) => sum + count, 0) ?? 0
    const headX = left + row * cellWidth + Math.floor((cellWidth - measureText(label)) / 2)
    write(label, { x: headX, y: top - lineHeight })
    write(label, { x: margin, y: textY })
    classes.forEach((_, column) => {
      const count = counts[row]?.[column] ?? 0
      const share = total === 0 ? 0 : count / total
      const colour = blend(share)
      const x = left + column * cellWidth
      // A pixel is left between the cells.
      for (let dy = 0; dy < cellHeight - 1; dy++) {
        for (let dx = 0; dx < cellWidth - 1; dx++) paint(x + dx, y + dy, colour)
      }
      const text = String(count)
      const textX = x + Math.floor((cellWidth - measureText(text)) / 2)
      write(text, { x: textX, y: textY, colour: share > darkShare ? white : black })
    })
  })
  return { width, height, data }
}
