import type { PlotColors } from './plot-figure.ts'

type Rgb = readonly [number, number, number]

const readHex = (hex: string): Rgb => {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16))
  return [r, g, b]
}

const writeHex = (rgb: Rgb): string =>
  `#${rgb.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`

/** Relative luminance, WCAG 2.2. */
function luminanceOf(rgb: Rgb): number {
  const [r = 0, g = 0, b = 0] = rgb.map((part) => {
    const share = part / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

/** Contrast ratio of two colours as `#rrggbb`, from 1 to 21 (WCAG 2.2). */
export function contrastOf(one: string, other: string): number {
  const [dark = 0, light = 0] = [one, other].map((hex) => luminanceOf(readHex(hex))).sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

/** What graphics that are to be understood need beside their ground (WCAG 2.2, 1.4.11). */
const leastContrast = 3

/** The colour, or the nearest one on the way to that of the text which stands out from the paper. */
export function strengthen(color: string, { paper, text }: PlotColors): string {
  const [from, to] = [readHex(color), readHex(text)]
  const mix = (share: number): string =>
    writeHex([
      from[0] + (to[0] - from[0]) * share,
      from[1] + (to[1] - from[1]) * share,
      from[2] + (to[2] - from[2]) * share,
    ])
  for (let share = 0; share < 1; share += 0.05)
    if (contrastOf(mix(share), paper) >= leastContrast) return mix(share)
  return text
}
