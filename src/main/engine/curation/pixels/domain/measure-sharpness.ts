import type { GreyImage } from '#engine/base/media/domain/rgb-image.ts'
import { measureNoise } from './measure-detail.ts'
import { pickShare } from './pick-rank.ts'
import { resizeGrey } from './resize-bicubic.ts'

/** A part of a picture in its pixels. */
export interface PicturePart {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** Longer side in pixels at which a face is judged: its eyes and mouth are looked at, not its pores. */
const judgedSide = 96
/** Blurs in pixels: the first quiets grain, the second is what edges are compared after. */
const [quietSigma, testSigma] = [1, 2]
/** Of the part's pixels, those with the steepest gradients: eyes, brows and mouth. */
const edgeShare = 0.1
/** Where in their order, from sharp to smeared, the edges are asked: a few sharp ones are left in any compressed picture. */
const sharpShare = 0.5
/** Grey levels a pixel: fainter steps are no edges. */
const faintestEdge = 0.25
/** Sides below show no edge that could be measured. */
const leastSide = 12

function cutPart({ width, height, data }: GreyImage, part: PicturePart): GreyImage {
  const left = Math.min(width - 1, Math.max(0, Math.floor(part.x)))
  const top = Math.min(height - 1, Math.max(0, Math.floor(part.y)))
  const across = Math.max(1, Math.min(width, Math.ceil(part.x + part.width)) - left)
  const down = Math.max(1, Math.min(height, Math.ceil(part.y + part.height)) - top)
  const cut = new Uint8Array(across * down)
  for (let y = 0; y < down; y++) {
    const from = (top + y) * width + left
    cut.set(data.subarray(from, from + across), y * across)
  }
  return { width: across, height: down, data: cut }
}

interface Levels {
  readonly width: number
  readonly height: number
  readonly data: ArrayLike<number>
}

/** Blurs along rows and gives the picture turned over its diagonal, so that twice is a blur both ways. */
function blurRows({ width, height, data }: Levels, kernel: Float64Array) {
  const radius = (kernel.length - 1) / 2
  const padded = new Float64Array(width + 2 * radius)
  const turned = new Float64Array(width * height)
  for (let y = 0; y < height; y++) {
    const row = y * width
    for (let at = 0; at < padded.length; at++)
      padded[at] = data[row + Math.min(width - 1, Math.max(0, at - radius))] ?? 0
    for (let x = 0; x < width; x++) {
      let sum = 0
      for (let at = 0; at < kernel.length; at++) sum += kernel[at]! * padded[x + at]!
      turned[x * height + y] = sum
    }
  }
  return { width: height, height: width, data: turned }
}

/** Gaussian blur; the rim is repeated outwards. */
function blur(levels: Levels, sigma: number) {
  const radius = Math.ceil(3 * sigma)
  const weights = Float64Array.from({ length: 2 * radius + 1 }, (_, at) =>
    Math.exp(-((at - radius) ** 2) / (2 * sigma * sigma)),
  )
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const kernel = weights.map((weight) => weight / total)
  return blurRows(blurRows(levels, kernel), kernel)
}

function measureGradients({
  width,
  height,
  data,
}: {
  width: number
  height: number
  data: Float64Array
}): Float64Array {
  const gradients = new Float64Array(width * height)
  for (let y = 1; y < height - 1; y++)
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x
      const across = (data[at + 1] ?? 0) - (data[at - 1] ?? 0)
      const down = (data[at + width] ?? 0) - (data[at - width] ?? 0)
      gradients[at] = Math.sqrt(across * across + down * down) / 2
    }
  return gradients
}

/**
 * How far edges are smeared, as a share of the part's longer side: at its steepest places the gradient is compared with that
 * after a further blur, which a smeared edge hardly feels (Zhuo, Sim 2011); the middle one of the places counts. Contrast
 * and light cancel out, and so does grain as far as it is even. 1 where there is nothing to see.
 */
export function measureSmear(grey: GreyImage, part: PicturePart): number {
  const cut = cutPart(grey, part)
  const longer = Math.max(cut.width, cut.height)
  if (Math.min(cut.width, cut.height) < leastSide) return 1
  const ratio = longer / judgedSide
  const to = (side: number): number => Math.max(1, Math.round(side / ratio))
  const judged = ratio > 1 ? resizeGrey(cut, { width: to(cut.width), height: to(cut.height) }) : cut
  const quiet = blur(judged, quietSigma)
  const near = measureGradients(quiet)
  const far = measureGradients(blur(quiet, testSigma))
  if (near.every((gradient) => gradient < faintestEdge)) return 1
  const steep = Math.max(faintestEdge, pickShare(near.slice(), 1 - edgeShare))
  // White noise that was blurred has gradients of noise / (sigma^2 sqrt(8 pi)); across and down it has them twice.
  const { noise } = measureNoise(judged)
  const square = (gradient: number, variance: number): number =>
    gradient * gradient - (2 * noise * noise) / (variance * variance * 8 * Math.PI)
  const smears: number[] = []
  near.forEach((gradient, at) => {
    const own = square(gradient, quietSigma ** 2)
    if (gradient < steep || own <= 0) return
    const ratioSquare = own / Math.max(1e-6, square(far[at] ?? 0, quietSigma ** 2 + testSigma ** 2))
    const smearSquare = ratioSquare <= 1 ? Infinity : testSigma ** 2 / (ratioSquare - 1) - quietSigma ** 2
    smears.push(Math.sqrt(Math.max(0, smearSquare)))
  })
  // Grain that drowns every edge is for the check of noise to tell.
  if (smears.length === 0) return 0
  const smear = pickShare(Float64Array.from(smears), sharpShare) / Math.max(judged.width, judged.height)
  return Math.min(1, smear)
}

/** Share of the shorter side that the middle takes: where the face is in a portrait. */
const middleShare = 0.64

/** The same of the middle of a picture, where no face is known. */
export function measureMiddle(grey: GreyImage) {
  const side = middleShare * Math.min(grey.width, grey.height)
  const middle = { x: (grey.width - side) / 2, y: (grey.height - side) / 2, width: side, height: side }
  return { smear: measureSmear(grey, middle) }
}
