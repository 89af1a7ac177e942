/** WCAG 2.2: what graphics and the parts of controls need against what they stand on (1.4.11). */
export const markContrast = 3

type Rgb = readonly [number, number, number]

/** Of "#rrggbb"; null for anything else. */
function readHex(color: string): Rgb | null {
  const digits = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(color)
  if (digits === null) return null
  const [, red = '', green = '', blue = ''] = digits
  return [Number.parseInt(red, 16), Number.parseInt(green, 16), Number.parseInt(blue, 16)]
}

const writeHex = (rgb: Rgb): string =>
  `#${rgb.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`

/** Relative luminance as WCAG 2.2 defines it, from 0 to 1. */
function luminanceOf(rgb: Rgb): number {
  const [red, green, blue] = rgb.map((part) => {
    const share = part / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** From 1 to 21, of two colours as "#rrggbb"; null where one is none. */
export function contrastOf(one: string, other: string): number | null {
  const [a, b] = [readHex(one), readHex(other)]
  if (a === null || b === null) return null
  const [dark = 0, light = 0] = [luminanceOf(a), luminanceOf(b)].sort((x, y) => x - y)
  return (light + 0.05) / (dark + 0.05)
}

/** The colour itself where it stands out on the paper, else the nearest shade of it, towards black or white, that does. */
export function standOut(color: string, paper: string, least = markContrast): string {
  const [rgb, ground] = [readHex(color), readHex(paper)]
  if (rgb === null || ground === null) return color
  if ((contrastOf(color, paper) ?? 0) >= least) return color
  const end = luminanceOf(ground) > 0.18 ? 0 : 255
  for (let step = 1; step <= 100; step++) {
    const shade = writeHex([
      rgb[0] + ((end - rgb[0]) * step) / 100,
      rgb[1] + ((end - rgb[1]) * step) / 100,
      rgb[2] + ((end - rgb[2]) * step) / 100,
    ])
    if ((contrastOf(shade, paper) ?? 0) >= least) return shade
  }
  return color
}
