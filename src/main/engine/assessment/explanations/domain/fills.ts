import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'
import type { Segments } from './segments.ts'

/** What stands in the place of a hidden region. */
export const fillNames = ['mean', 'blur', 'training-mean'] as const
export type FillName = (typeof fillNames)[number]

/** ImageNet's mean colour, which the networks' inputs are centred at: what they take for nothing. */
const trainingMean = [124, 116, 104] as const

/** Every region in its mean colour, rounded down as LIME's own bytes are. */
function fillByMeans({ data }: RgbImage, { labels, count }: Segments): Uint8Array {
  const sums = new Float64Array(count * 3)
  const sizes = new Float64Array(count)
  labels.forEach((label, pixel) => {
    sizes[label] = (sizes[label] ?? 0) + 1
    for (let channel = 0; channel < 3; channel++)
      sums[label * 3 + channel] = (sums[label * 3 + channel] ?? 0) + (data[pixel * 3 + channel] ?? 0)
  })
  const filled = new Uint8Array(data.length)
  labels.forEach((label, pixel) => {
    for (let channel = 0; channel < 3; channel++)
      filled[pixel * 3 + channel] = Math.floor((sums[label * 3 + channel] ?? 0) / (sizes[label] ?? 1))
  })
  return filled
}

/** Running means along lines, the border repeated; three of them come near to a Gaussian. */
function blurLines(
  values: Float64Array,
  { length, step, lines, radius }: { length: number; step: number; lines: readonly number[]; radius: number },
): Float64Array {
  const blurred = new Float64Array(values.length)
  const clamp = (along: number): number => Math.min(length - 1, Math.max(0, along))
  for (const line of lines) {
    const read = (along: number): number => values[line + clamp(along) * step] ?? 0
    let sum = 0
    for (let along = -radius; along <= radius; along++) sum += read(along)
    for (let along = 0; along < length; along++) {
      blurred[line + along * step] = sum / (2 * radius + 1)
      sum += read(along + radius + 1) - read(along - radius)
    }
  }
  return blurred
}

/** The picture blurred so far that no feature of a face is left: by an eighth of its shorter side. */
function fillByBlur({ width, height, data }: RgbImage): Uint8Array {
  const radius = Math.max(1, Math.round(Math.min(width, height) / 16))
  let values = Float64Array.from(data)
  const rows = Array.from({ length: height * 3 }, (_, at) => Math.floor(at / 3) * width * 3 + (at % 3))
  const columns = Array.from({ length: width * 3 }, (_, at) => at)
  for (let pass = 0; pass < 3; pass++) {
    values = Float64Array.from(blurLines(values, { length: width, step: 3, lines: rows, radius }))
    values = Float64Array.from(blurLines(values, { length: height, step: width * 3, lines: columns, radius }))
  }
  return Uint8Array.from(values, Math.round)
}

/** The picture with all regions hidden, `[height, width, 3]`. */
export function fillPicture(picture: RgbImage, segments: Segments, fill: FillName): Uint8Array {
  switch (fill) {
    case 'mean':
      return fillByMeans(picture, segments)
    case 'blur':
      return fillByBlur(picture)
    case 'training-mean':
      return picture.data.map((_, at) => trainingMean[at % 3] ?? 0)
    default:
      return fill satisfies never
  }
}
