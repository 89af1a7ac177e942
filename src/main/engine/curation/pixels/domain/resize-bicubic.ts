import {
  cubic,
  planTaps,
  resample,
  roundToBytes,
  type Source,
  type Taps,
} from '#engine/base/media/domain/resample.ts'
import type { GreyImage, RgbImage } from '#engine/base/media/domain/rgb-image.ts'

interface Size {
  readonly width: number
  readonly height: number
}

/** Pillow's fixed point: 32 bits, less 8 of the pixel and 2 of headroom. */
const one = 1 << 22

function planFixed(from: number, to: number): Taps {
  const taps = planTaps(from, to, cubic)
  return {
    ...taps,
    weights: taps.weights.map((weight) => Math.trunc(weight * one + (weight < 0 ? -0.5 : 0.5)) / one),
  }
}

/** Columns, rounded to bytes, then rows: equal to Pillow's `resize` with BICUBIC, its default. */
function resize(source: Source, { width, height }: Size): Uint8Array {
  const length = width * source.channels
  const result = new Uint8Array(length * height)
  const taps = { across: planFixed(source.width, width), down: planFixed(source.height, height) }
  resample(source, { ...taps, between: 'bytes' }, (row, y) => {
    roundToBytes(row)
    result.set(row, y * length)
  })
  return result
}

export const resizeColour = (image: RgbImage, to: Size): RgbImage => ({
  ...to,
  data: resize({ ...image, channels: 3 }, to),
})

export const resizeGrey = (image: GreyImage, to: Size): GreyImage => ({
  ...to,
  data: resize({ ...image, channels: 1 }, to),
})
