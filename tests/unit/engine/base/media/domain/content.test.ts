import { describe, expect, it } from 'vitest'
import { createRandom } from '#engine/base/kernel/random.ts'
import { measureContent, scoreContent } from '#engine/base/media/domain/content.ts'
import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'

function draw(
  width: number,
  height: number,
  pixelAt: (x: number, y: number) => readonly [number, number, number],
): RgbImage {
  const data = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) data.set(pixelAt(x, y), 3 * (y * width + x))
  return { width, height, data }
}

const random = createRandom(1, ['content'])

describe('how much a picture shows', () => {
  it.each([
    ['black', draw(300, 200, () => [0, 0, 0])],
    ['white', draw(300, 200, () => [255, 255, 255])],
    ['one colour', draw(7, 9, () => [200, 30, 90])],
    ['one pixel', draw(1, 1, () => [12, 13, 14])],
    [
      'black with the noise of a camera',
      draw(300, 200, () => [random.int(0, 4), random.int(0, 4), random.int(0, 4)]),
    ],
    ['black with one white dot', draw(300, 200, (x, y) => (x < 5 && y < 5 ? [255, 255, 255] : [0, 0, 0]))],
  ])('is next to nothing when it is %s', (_what, image) => {
    expect(measureContent(image)).toBeLessThan(0.1)
  })

  it('is much for a picture of many tones, the same at every size', () => {
    const tones = (side: number) =>
      draw(side, side, (x, y) => [
        Math.floor((255 * x) / side),
        Math.floor((255 * y) / side),
        Math.floor((255 * (x + y)) / (2 * side)),
      ])
    const [small, large] = [measureContent(tones(256)), measureContent(tones(1500))]
    expect(small).toBeGreaterThan(0.8)
    expect(Math.abs(small - large)).toBeLessThan(0.01)
  })

  it('is the smaller of tones and range', () => {
    expect([scoreContent(9, 0), scoreContent(0, 1), scoreContent(5, 0.2), scoreContent(9.5, 1)]).toEqual([
      0,
      0,
      expect.closeTo(0.3),
      expect.closeTo(0.95),
    ])
  })
})
