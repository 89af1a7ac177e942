import { describe, expect, it } from 'vitest'
import { measureBorder } from '#engine/curation/pixels/domain/measure-border.ts'
import { measureSmear } from '#engine/curation/pixels/domain/measure-sharpness.ts'
import type { GreyImage } from '#engine/base/media/domain/rgb-image.ts'
import { createRandom } from '#engine/base/kernel/random.ts'

const side = 200
const paint = (levelOf: (x: number, y: number) => number): GreyImage => ({
  width: side,
  height: side,
  data: Uint8Array.from({ length: side * side }, (_, at) =>
    Math.max(0, Math.min(255, Math.round(levelOf(at % side, Math.floor(at / side))))),
  ),
})
/** A picture with no straight edge and no even area. */
const scene = (x: number, y: number): number =>
  120 + 50 * Math.sin(x / 17 + Math.cos(y / 13)) + 30 * Math.cos(y / 11 - x / 29) + ((x * 73 + y * 151) % 7)

/** What a picture turned by so many degrees leaves at its left side. */
const turn = (degrees: number, level: number, picture = scene): GreyImage => {
  const slope = Math.tan((degrees * Math.PI) / 180)
  return paint((x, y) => (x < slope * y ? level : picture(x, y)))
}

describe('borders', () => {
  it.each([
    [3, 0],
    [8, 0],
    [20, 0],
    [8, 255],
  ])('are wedges of a picture turned by %i degrees, filled with %i', (degrees, level) => {
    const { borderShare, borderLeft, borderRight } = measureBorder(turn(degrees, level))
    const reach = Math.tan((degrees * Math.PI) / 180)
    const filled = Array.from({ length: side }, (_, y) => Math.ceil(reach * y)).reduce(
      (sum, one) => sum + one,
      0,
    )
    expect(borderShare / (filled / side ** 2)).toBeCloseTo(1, 1)
    expect(borderLeft).toBeCloseTo(reach, 1)
    expect(borderRight).toBe(0)
  })

  it('are bars, and frames of any level', () => {
    expect(measureBorder(paint((x, y) => (y < 20 ? 0 : scene(x, y))))).toMatchObject({
      borderShare: 0.1,
      borderTop: 0.1,
    })
    const frame = paint((x, y) => (Math.min(x, y, 199 - x, 199 - y) < 6 ? 90 : scene(x, y)))
    expect(measureBorder(frame).borderShare).toBeCloseTo(1 - (188 / 200) ** 2, 2)
  })

  it('are seen beside a picture that is as dark in places', () => {
    const dark = turn(8, 0, (x, y) => (y > 120 ? 3 : scene(x, y)))
    expect(measureBorder(dark).borderLeft).toBeGreaterThan(0.1)
  })

  it('are no plain backdrop, whatever its level, and no even corner that runs out softly', () => {
    const head = (x: number, y: number): boolean => Math.hypot(x - 100, (y - 110) / 1.3) < 70
    for (const level of [0, 130, 255]) {
      expect(measureBorder(paint((x, y) => (head(x, y) ? scene(x, y) : level))).borderShare).toBe(0)
    }
    const vignette = paint((x, y) => Math.min(scene(x, y), 4 * Math.max(0, x - 20)))
    expect(measureBorder(vignette).borderShare).toBe(0)
    expect(measureBorder(paint(() => 0)).borderShare).toBe(0)
  })
})

/** Abramowitz and Stegun 7.1.26, to 1.5e-7. */
function erf(x: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(x))
  const poly =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
  return Math.sign(x) * (1 - poly * Math.exp(-x * x))
}
/** Dark discs whose rims were smeared by a Gaussian of so many pixels. */
const disc = (sigma: number, contrast = 80): GreyImage =>
  paint((x, y) => {
    const distance = Math.hypot((x % 50) - 25, (y % 50) - 25)
    return 120 + contrast * erf((distance - 14) / (sigma * Math.SQRT2))
  })
const middle = { x: 36, y: 36, width: 128, height: 128 }

describe('the smear of edges', () => {
  it.each([1.5, 2, 3, 4])('is that of the picture, %f of 128 pixels', (sigma) => {
    const ratio = (measureSmear(disc(sigma), middle) * 128) / sigma
    expect(ratio).toBeGreaterThan(0.9)
    expect(ratio).toBeLessThan(1.25)
  })

  it('is nearly the same in a faint picture and in a noisy one', () => {
    const random = createRandom(4, ['smear'])
    const clear = disc(3)
    const noisy = {
      ...clear,
      data: clear.data.map((level) => Math.max(0, Math.min(255, Math.round(level + 4 * random.normal())))),
    }
    const ratioOf = (image: GreyImage): number => measureSmear(image, middle) / measureSmear(clear, middle)
    expect(ratioOf(disc(3, 15))).toBeCloseTo(1, 1)
    expect(ratioOf(noisy)).toBeGreaterThan(0.8)
    expect(ratioOf(noisy)).toBeLessThan(1.2)
  })

  it('is asked of the part alone: a sharp backdrop does not save a smeared face', () => {
    const sharp = disc(4)
    const backdrop = paint((x, y) =>
      Math.hypot(x - 100, y - 100) > 90 ? ((x >> 2) % 2) * 200 : (sharp.data[y * side + x] ?? 0),
    )
    expect(measureSmear(backdrop, middle)).toBe(measureSmear(sharp, middle))
  })

  it('is complete where there is nothing to see', () => {
    expect(
      measureSmear(
        paint(() => 90),
        middle,
      ),
    ).toBe(1)
    expect(measureSmear(disc(1), { x: 90, y: 90, width: 4, height: 4 })).toBe(1)
  })
})
