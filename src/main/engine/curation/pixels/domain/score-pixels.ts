import type { PixelMeasures } from './measure-pixels.ts'

/** What one pixel check makes of an image's measures. */
export interface PixelScore {
  /** In [0, 1], low is bad. */
  readonly score: number
  /** The measured values behind it, and what kind of finding it is. */
  readonly detail: Readonly<Record<string, number | string>>
}

export type MeasuredCheck =
  | 'greyscale'
  | 'dark'
  | 'light'
  | 'low-information'
  | 'blurry'
  | 'noisy'
  | 'odd-aspect'
  | 'compression'
  | 'upscaled'
  | 'banding'
  | 'colour-cast'
  | 'border'

export interface PixelScorer {
  /** A change of the formula needs a new number: the check is then scored again, without measuring again. */
  readonly version: number
  readonly score: (measures: PixelMeasures) => PixelScore
}

const clamp = (value: number): number => Math.min(1, Math.max(0, value))
/** Half of 1 at `half`, nearing 0 above. */
const fall = (value: number, half: number): number => half / (half + Math.max(0, value))
/** Half of 1 at `half`, nearing 1 above. */
const rise = (value: number, half: number): number => 1 - fall(value, half)
const round = (value: number): number => Number(value.toPrecision(4))

/** Below it, a picture is a drawing of few flat colours, in which colour follows lightness by design. */
const continuousEntropy = 6.4
const greyChroma = 9
const halfSpread = 4.1

/** Hue angles in degrees within which a tint is told as sepia. */
const [sepiaFrom, sepiaTo] = [35, 110]

function nameTint({ chroma, tintA, tintB }: PixelMeasures): string {
  if (chroma < greyChroma) return 'grey'
  const hue = (Math.atan2(tintB, tintA) * 180) / Math.PI
  return hue >= sepiaFrom && hue <= sepiaTo ? 'sepia' : 'tinted'
}

function scoreColour(measures: PixelMeasures): PixelScore {
  const { chroma, hueSpread, greyEntropy } = measures
  const isContinuous = greyEntropy >= continuousEntropy
  const spread = isContinuous ? hueSpread / (1 + chroma / 100) : chroma
  return {
    score: rise(spread, halfSpread),
    detail: { kind: nameTint(measures), chroma: round(chroma), hueSpread: round(hueSpread) },
  }
}

/** Range of brightness that, at the default cut of 0.3, is just enough: 0.2 of all there is. */
const rangeFactor = 1.5
/** As cleanvision, whose cut of 0.3 is then one of 3 bits. */
const entropyFactor = 0.1

function scoreInformation({ entropy, brightnessPerc5, brightnessPerc95 }: PixelMeasures): PixelScore {
  const range = brightnessPerc95 - brightnessPerc5
  return {
    score: clamp(Math.min(entropy * entropyFactor, range * rangeFactor)),
    detail: { entropy: round(entropy), brightnessRange: round(range) },
  }
}

const halfNoise = 4
const halfBlocks = 0.8
const leastFineness = 0.0625
const halfFineness = 0.0475
const halfRepeats = 0.5
const halfCast = 28
const halfBorder = 0.2

function scoreEnlarged(measures: PixelMeasures): PixelScore {
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

function scoreBorder(measures: PixelMeasures): PixelScore {
  const { borderTop, borderBottom, borderLeft, borderRight } = measures
  const area = 1 - Math.max(0, 1 - borderTop - borderBottom) * Math.max(0, 1 - borderLeft - borderRight)
  return {
    score: fall(area, halfBorder),
    detail: {
      share: round(area),
      top: round(borderTop),
      bottom: round(borderBottom),
      left: round(borderLeft),
      right: round(borderRight),
    },
  }
}

/** Every pixel check that follows from an image's own measures. */
export const pixelScorers: Readonly<Record<MeasuredCheck, PixelScorer>> = {
  greyscale: { version: 1, score: scoreColour },
  dark: {
    version: 1,
    score: ({ brightnessPerc99 }) => ({
      score: clamp(brightnessPerc99),
      detail: { brightnessPerc99: round(brightnessPerc99) },
    }),
  },
  light: {
    version: 1,
    score: ({ brightnessPerc5 }) => ({
      score: clamp(1 - brightnessPerc5),
      detail: { brightnessPerc5: round(brightnessPerc5) },
    }),
  },
  'low-information': { version: 1, score: scoreInformation },
  blurry: {
    version: 1,
    score: ({ blurEffect, blurriness }) => ({
      score: clamp(1 - blurEffect),
      detail: { blurEffect: round(blurEffect), edges: round(blurriness) },
    }),
  },
  noisy: {
    version: 1,
    score: ({ noise }) => ({ score: fall(noise, halfNoise), detail: { noise: round(noise) } }),
  },
  'odd-aspect': {
    version: 1,
    score: ({ aspectRatio }) => ({
      score: clamp(aspectRatio),
      detail: { aspectRatio: round(aspectRatio) },
    }),
  },
  compression: {
    version: 1,
    score: ({ blockiness }) => ({
      score: fall(blockiness, halfBlocks),
      detail: { blockiness: round(blockiness) },
    }),
  },
  upscaled: { version: 1, score: scoreEnlarged },
  banding: {
    version: 1,
    score: ({ levels }) => ({ score: clamp(levels), detail: { levels: round(levels) } }),
  },
  'colour-cast': {
    version: 1,
    score: ({ cast, tintA, tintB }) => ({
      score: fall(cast, halfCast),
      detail: { cast: round(cast), tintA: round(tintA), tintB: round(tintB) },
    }),
  },
  border: { version: 1, score: scoreBorder },
}
