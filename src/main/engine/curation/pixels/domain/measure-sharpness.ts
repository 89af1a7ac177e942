import type { GreyImage } from '#engine/base/media/domain/rgb-image.ts'
import { useLoops } from '#engine/curation/pixels/domain/loops/pixel-loops.ts'
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

/** Weights of a Gaussian blur from its middle outwards; both sides together make 1. */
function planBlur(sigma: number): Float64Array {
  const radius = Math.ceil(3 * sigma)
  const weights = Float64Array.from({ length: radius + 1 }, (_, at) =>
    Math.exp(-(at ** 2) / (2 * sigma * sigma)),
  )
  const total = weights.reduce((sum, weight) => sum + 2 * weight, -1)
  return weights.map((weight) => weight / total)
}
const quietKernel = planBlur(quietSigma)
const testKernel = planBlur(testSigma)

interface Gradients {
  /** After the first blur, and after both; they hold while they are read. */
  readonly near: Float64Array
  readonly far: Float64Array
  /** The share of the near ones that is steepest begins here. */
  readonly steep: number
}

/** Lengths of the gradients of the blurred picture, whose rim is repeated outwards. */
function readGradients<Result>(
  { width, height, data }: GreyImage,
  read: (gradients: Gradients) => Result,
): Result {
  const pixels = width * height
  const longest = Math.max(width, height) + 2 * testKernel.length
  return useLoops((loops) => {
    const [levelsAt = 0, turnedAt = 0, paddedAt = 0, kernelAt = 0, nearAt = 0, farAt = 0] = loops.reserve([
      8 * pixels,
      8 * pixels,
      8 * longest,
      8 * testKernel.length,
      8 * pixels,
      8 * pixels,
    ])
    loops.numbersAt(levelsAt, pixels).set(data)
    const blur = (kernel: Float64Array, gradientsAt: number): Float64Array => {
      loops.numbersAt(kernelAt, kernel.length).set(kernel)
      const radius = kernel.length - 1
      loops.blurRows(levelsAt, width, height, kernelAt, radius, paddedAt, turnedAt)
      loops.blurRows(turnedAt, height, width, kernelAt, radius, paddedAt, levelsAt)
      loops.measureGradients(levelsAt, width, height, gradientsAt)
      return loops.numbersAt(gradientsAt, pixels)
    }
    const near = blur(quietKernel, nearAt)
    const far = blur(testKernel, farAt)
    const ranked = loops.numbersAt(levelsAt, pixels)
    ranked.set(near)
    return read({ near, far, steep: pickShare(ranked, 1 - edgeShare) })
  })
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
  // White noise that was blurred has gradients of noise / (sigma^2 sqrt(8 pi)); across and down it has them twice.
  const { noise } = measureNoise(judged)
  const grainOf = (variance: number): number => (2 * noise * noise) / (variance * variance * 8 * Math.PI)
  const [ownGrain, farGrain] = [grainOf(quietSigma ** 2), grainOf(quietSigma ** 2 + testSigma ** 2)]
  const smears = readGradients(judged, ({ near, far, steep }) => {
    const least = Math.max(faintestEdge, steep)
    const found: number[] = []
    let isBlank = true
    for (let at = 0; at < near.length; at++) {
      const gradient = near[at] ?? 0
      if (gradient >= faintestEdge) isBlank = false
      const own = gradient * gradient - ownGrain
      if (gradient < least || own <= 0) continue
      const after = far[at] ?? 0
      const ratioSquare = own / Math.max(1e-6, after * after - farGrain)
      const smearSquare = ratioSquare <= 1 ? Infinity : testSigma ** 2 / (ratioSquare - 1) - quietSigma ** 2
      found.push(Math.sqrt(Math.max(0, smearSquare)))
    }
    return isBlank ? null : found
  })
  if (smears === null) return 1
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
