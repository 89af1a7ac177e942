import { describe, expect, it } from 'vitest'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { planTaps, resample, triangle, type Taps } from '#engine/base/media/domain/resample.ts'
import { sampleSquare, viewInMiddle } from '#engine/networks/faces/domain/sample-square.ts'
import { resizeColour, resizeGrey } from '#engine/curation/pixels/domain/resize-bicubic.ts'
import { resizeToPlanar } from '#engine/networks/architecture/resize-image.ts'

/** Levels without any order, so that every pixel counts. */
const drawNoise = (width: number, height: number, channels: number) => ({
  width,
  height,
  data: Uint8Array.from({ length: width * height * channels }, (_, at) => (at * 2654435761) >>> 24),
})

const hash = (values: Uint8Array | Float32Array): string =>
  hashBytes(new Uint8Array(values.buffer, values.byteOffset, values.byteLength)).slice(0, 16)

interface Recorded {
  readonly width: number
  readonly height: number
  readonly planar: readonly string[]
  readonly colour: string
  readonly grey: readonly string[]
  readonly square: readonly string[]
}

/** Made by the version in which each of the three had a kernel of its own. */
const recorded: readonly Recorded[] = [
  {
    width: 200,
    height: 200,
    planar: ['594ee7b63f782dc7', '6706f2ef7f7a0b59', '67ab7fda4f80211f'],
    colour: '1629792d9afc05d5',
    grey: ['b1ca20dd5f3cc4bc', 'c5baf3c7003c6d73'],
    square: ['f8655c82390afb35', '6ce341f2febe43a8'],
  },
  {
    width: 97,
    height: 53,
    planar: ['163afb99c5506f19', '2ef370d88c1f66ee', '108df4e2a3274d7d'],
    colour: 'a41e834d1c4645a4',
    grey: ['7872fba191893034', 'a4f4761b27d27fa3'],
    square: ['f492a0ee4d6db3d6', '9daa6d14c1a090f9'],
  },
  {
    width: 31,
    height: 240,
    planar: ['21059bfdc6cf6af1', '19295d50077268d0', 'ed6b2e2b8b2c60c6'],
    colour: '434d96dbdfad27f8',
    grey: ['06391cf6e58699b1', '27ed98eed24ca1c9'],
    square: ['68a2c69b668ad349', '4ed4e1a53e8a8f5f'],
  },
  {
    width: 3,
    height: 5,
    planar: ['f8ae24d0a1541278', '49ed1aaf114c3d52', '59cc50e5162c54f6'],
    colour: 'd4fe9092aae2e3be',
    grey: ['7a938e63c7be80bf', '9dc8b9e6a8e65456'],
    square: ['35d6fe51fef8f858', '68f5109c312a5314'],
  },
  {
    width: 1,
    height: 1,
    planar: ['620b9052ec69848c', '99c5a766f7f700a6', '807b1603637f3f4f'],
    colour: 'c7169cd95c200916',
    grey: ['5f70bf18a0860070', '5341e6b2646979a7'],
    square: ['dbc7329a19426745', 'e6b83c84e6e6f069'],
  },
]

describe('a resampled picture is the same to the last bit from version to version', () => {
  it.each(recorded)('of $width x $height', ({ width, height, ...expected }) => {
    const colour = drawNoise(width, height, 3)
    const grey = drawNoise(width, height, 1)
    // Beyond the left border and inside the lower one.
    const box = { x: -Math.floor(width / 4), y: Math.floor(height / 5), width, height: Math.ceil(height / 2) }
    expect({
      planar: [224, 96, 7].map((size) => hash(resizeToPlanar(colour, size))),
      colour: hash(resizeColour(colour, { width: 64, height: 37 }).data),
      grey: [32, 16].map((side) => hash(resizeGrey(grey, { width: side, height: side }).data)),
      square: [112, 29].map((side) => hash(sampleSquare(colour, viewInMiddle(box), side))),
    }).toEqual(expected)
  })
})

/** Sums of 64-bit numbers in the order of the taps, columns first. */
function resamplePlainly(picture: ReturnType<typeof drawNoise>, across: Taps, down: Taps): number[] {
  const sumTaps = (
    { starts, pixels, weights }: Taps,
    at: number,
    read: (pixel: number) => number,
  ): number => {
    let sum = 0
    for (let tap = starts[at] ?? 0; tap < (starts[at + 1] ?? 0); tap++)
      sum += (weights[tap] ?? 0) * read(pixels[tap] ?? 0)
    return sum
  }
  const length = (across.starts.length - 1) * 3
  const lines = Array.from({ length: picture.height }, (_, row) =>
    Array.from({ length }, (__, at) =>
      sumTaps(
        across,
        Math.floor(at / 3),
        (pixel) => picture.data[(row * picture.width + pixel) * 3 + (at % 3)] ?? 0,
      ),
    ),
  )
  return Array.from({ length: (down.starts.length - 1) * length }, (_, at) =>
    sumTaps(down, Math.floor(at / length), (row) => lines[row]?.[at % length] ?? 0),
  )
}

it.each([
  { width: 700, height: 500, left: 0 },
  { width: 401, height: 613, left: 37 },
])('a picture of $width x $height, drawn strip by strip, is that of plain loops', (size) => {
  const picture = drawNoise(size.width, size.height, 3)
  const whole = planTaps(size.width - size.left, 21, triangle)
  const across = { ...whole, pixels: whole.pixels.map((pixel) => pixel + size.left) }
  const down = planTaps(size.height, 17, triangle)
  const drawn: number[] = []
  resample(picture, { across, down, between: 'float64' }, (row) => void drawn.push(...row))
  expect(drawn).toEqual(resamplePlainly(picture, across, down))
})
