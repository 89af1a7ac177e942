import { scoreContent } from '#engine/base/media/domain/content.ts'
import { checks, type CheckDetail, type CheckOf } from '#shared/domain/checks.ts'
import type { PixelMeasures } from './measure-pixels.ts'
import { scoreSize, type SizeRange } from './score-size.ts'

export type PixelCheck = CheckOf<'pixels'>

/** What a scan knows of one image's file. */
export interface PixelEvidence {
  /** Null where it could not be read. */
  readonly measures: PixelMeasures | null
  /** Why it could not be read. */
  readonly problem: string | null
  readonly width: number
  readonly height: number
  /** Of its data set, for checks that compare sizes. */
  readonly sizes: SizeRange | null
}

/** What one pixel check makes of an image. */
export interface PixelScore<Check extends PixelCheck> {
  /** In [0, 1], low is bad. */
  readonly score: number
  /** For checks without a cut. */
  readonly isFlagged?: boolean
  /** The measured values behind it, and what kind of finding it is. */
  readonly detail: CheckDetail<Check> | null
}

export interface PixelScorer<Check extends PixelCheck> {
  /** A change of the formula needs a new number: the check is then scored again, without measuring again. */
  readonly version: number
  /** None where the check cannot speak of the image: what could not be read has no pixels to judge. */
  readonly score: (image: PixelEvidence) => PixelScore<Check> | null
  /** It has to be told the sizes of the data set, which take a walk over all images. */
  readonly comparesSizes?: true
}

const ofMeasures = <Check extends PixelCheck>(
  version: number,
  score: (measures: PixelMeasures) => PixelScore<Check>,
): PixelScorer<Check> => ({
  version,
  score: ({ measures }) => (measures === null ? null : score(measures)),
})

const clamp = (value: number): number => Math.min(1, Math.max(0, value))
/** Half of 1 at `half`, nearing 0 above. */
const fall = (value: number, half: number): number => half / (half + Math.max(0, value))
/** Half of 1 at `half`, nearing 1 above. */
const rise = (value: number, half: number): number => 1 - fall(value, half)
const round = (value: number): number => Number(value.toPrecision(4))

/** Below it, a picture is a drawing of few flat colours, in which colour follows lightness by design. */
const continuousEntropy = 6.4
const greyChroma = 9
/** Spread of hues of a photo that is half of one hue. */
export const halfSpread = 4.1

/** Hue angles in degrees within which a tint is told as sepia. */
const [sepiaFrom, sepiaTo] = [35, 110]

function nameTint({ chroma, tintA, tintB }: PixelMeasures): CheckDetail<'greyscale'>['kind'] {
  if (chroma < greyChroma) return 'grey'
  const hue = (Math.atan2(tintB, tintA) * 180) / Math.PI
  return hue >= sepiaFrom && hue <= sepiaTo ? 'sepia' : 'tinted'
}

function scoreColour(measures: PixelMeasures): PixelScore<'greyscale'> {
  const { chroma, hueSpread, greyEntropy } = measures
  const isContinuous = greyEntropy >= continuousEntropy
  const spread = isContinuous ? hueSpread / (1 + chroma / 100) : chroma
  return {
    score: rise(spread, halfSpread),
    detail: { kind: nameTint(measures), chroma: round(chroma), hueSpread: round(hueSpread) },
  }
}

/** Grey levels of shapes at which a picture shows just enough; the faintest face of 5,894 has 13. */
const leastShapes = 11

function scoreInformation({
  entropy,
  brightnessPerc5,
  brightnessPerc95,
  shapes,
}: PixelMeasures): PixelScore<'low-information'> {
  const range = brightnessPerc95 - brightnessPerc5
  return {
    score: Math.min(
      scoreContent(entropy, range),
      clamp((checks['low-information'].cut * shapes) / leastShapes),
    ),
    detail: { entropy: round(entropy), brightnessRange: round(range), shapes: round(shapes) },
  }
}

/** Two of 90 pixels: lashes, lids and the edge of lips have run together. */
const halfSmear = 0.0225
const halfNoise = 4
const halfBlocks = 0.8
const leastFineness = 0.0625
const halfFineness = 0.0475
const halfRepeats = 0.5
/** Cast, in CIELAB, that half lies over everything. */
export const halfCast = 28
const halfBorder = 0.0015

function scoreEnlarged(measures: PixelMeasures): PixelScore<'upscaled'> {
  const { finenessAcross, finenessDown, repeats } = measures
  const fineness = Math.min(finenessAcross, finenessDown)
  const smooth = rise(fineness - leastFineness, halfFineness)
  const squares = fall(repeats, halfRepeats)
  return {
    score: Math.min(smooth, squares),
    detail: {
      kind: squares < smooth ? 'squares' : 'smooth',
      fineness: round(fineness),
      repeats: round(repeats),
    },
  }
}

function scoreBorder(measures: PixelMeasures): PixelScore<'border'> {
  const { borderShare, borderTop, borderBottom, borderLeft, borderRight } = measures
  return {
    score: fall(borderShare, halfBorder),
    detail: {
      share: round(borderShare),
      top: round(borderTop),
      bottom: round(borderBottom),
      left: round(borderLeft),
      right: round(borderRight),
    },
  }
}

function scoreOddSize({ measures, width, height, sizes }: PixelEvidence): PixelScore<'odd-size'> | null {
  if (measures === null || sizes === null) return null
  return { score: scoreSize(width * height, sizes), detail: { width, height } }
}

/** Not every damage is seen: a share tells where to look, and any is a finding. */
function scoreDamage({ measures }: PixelEvidence): PixelScore<'damaged'> | null {
  const share = measures?.damage
  if (share === undefined) return null
  return share === 0
    ? { score: 1, isFlagged: false, detail: null }
    : { score: clamp(1 - share), isFlagged: true, detail: { share: round(share) } }
}

function scoreReading({ problem }: PixelEvidence): PixelScore<'unreadable'> {
  return problem === null
    ? { score: 1, isFlagged: false, detail: null }
    : { score: 0, isFlagged: true, detail: { problem } }
}

export const pixelScorers: { readonly [Check in PixelCheck]: PixelScorer<Check> } = {
  greyscale: ofMeasures(1, scoreColour),
  dark: ofMeasures(1, ({ brightnessPerc99 }) => ({
    score: clamp(brightnessPerc99),
    detail: { brightnessPerc99: round(brightnessPerc99) },
  })),
  light: ofMeasures(1, ({ brightnessPerc5 }) => ({
    score: clamp(1 - brightnessPerc5),
    detail: { brightnessPerc5: round(brightnessPerc5) },
  })),
  'low-information': ofMeasures(2, scoreInformation),
  blurry: ofMeasures(2, ({ smear, blurEffect, blurriness }) => ({
    score: fall(smear, halfSmear),
    detail: { smear: round(smear), blurEffect: round(blurEffect), edges: round(blurriness) },
  })),
  noisy: ofMeasures(1, ({ noise }) => ({ score: fall(noise, halfNoise), detail: { noise: round(noise) } })),
  'odd-aspect': ofMeasures(1, ({ aspectRatio }) => ({
    score: clamp(aspectRatio),
    detail: { aspectRatio: round(aspectRatio) },
  })),
  'odd-size': { version: 1, score: scoreOddSize, comparesSizes: true },
  compression: ofMeasures(1, ({ blockiness }) => ({
    score: fall(blockiness, halfBlocks),
    detail: { blockiness: round(blockiness) },
  })),
  upscaled: ofMeasures(1, scoreEnlarged),
  banding: ofMeasures(1, ({ levels }) => ({ score: clamp(levels), detail: { levels: round(levels) } })),
  'colour-cast': ofMeasures(1, ({ cast, tintA, tintB }) => ({
    score: fall(cast, halfCast),
    detail: { cast: round(cast), tintA: round(tintA), tintB: round(tintB) },
  })),
  border: ofMeasures(2, scoreBorder),
  damaged: { version: 1, score: scoreDamage },
  unreadable: { version: 1, score: scoreReading },
}
