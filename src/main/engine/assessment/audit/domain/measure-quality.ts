import type { QualityComponent } from '#shared/domain/audit-measures.ts'
import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'
import {
  averagePoint,
  areaOf,
  distanceBetween,
  type Box,
  type Point,
} from '#engine/networks/faces/domain/geometry.ts'
import type { HeadPose } from '#engine/networks/faces/domain/head-pose.ts'
import { alignByLandmarks, alignedSide, findEyes, placePoint, sampleAligned } from './align-face.ts'
import { fillPolygon, findHull, type Mask } from './fill-polygon.ts'

/** 0 to 100, high is good; null where the picture gives nothing to measure. */
export type QualityMeasures = Readonly<Record<QualityComponent, number | null>>

export interface MeasuredFace {
  /** The 68 landmarks in pixels of the picture. */
  readonly points: readonly Point[]
  readonly pose: HeadPose
  /** Of every face in the picture. */
  readonly boxes: readonly Box[]
}

/** From sRGB to light (IEC 61966-2-1), of bytes. */
const light = Float64Array.from({ length: 256 }, (_, level) => toLight(level / 255))

function toLight(value: number): number {
  return value > 0.04045 ? ((value + 0.055) / 1.055) ** 2.4 : value / 12.92
}

const sigmoid = (value: number, middle: number, width: number): number =>
  1 / (1 + Math.exp((middle - value) / width))

/** A component as the standard gives it: a whole number from 0 to 100. */
const round = (value: number): number => Math.min(100, Math.max(0, Math.round(value)))

const orNull = (value: number, score: (value: number) => number): number | null =>
  Number.isFinite(value) ? round(score(value)) : null

interface Levels {
  /** `[256]` pixels of each luminance. */
  readonly counts: Float64Array
  readonly n: number
}

/** Luminance (ITU-R BT.709, linear) of the pixels of a view that are inside, in 256 levels. */
function countLevels(rgb: Uint8Array, isInside: (at: number) => boolean, pixels: number): Levels {
  const counts = new Float64Array(256)
  let n = 0
  for (let at = 0; at < pixels; at++) {
    if (!isInside(at)) continue
    const [red, green, blue] = [rgb[at * 3] ?? 0, rgb[at * 3 + 1] ?? 0, rgb[at * 3 + 2] ?? 0]
    const luminance = 0.2126 * light[red]! + 0.7152 * light[green]! + 0.0722 * light[blue]!
    counts[Math.floor(luminance * 255 + 0.5)]! += 1
    n += 1
  }
  return { counts, n }
}

interface Zone {
  readonly x: number
  readonly y: number
  readonly side: number
}

/** The squares below the eyes, towards the nose, in which light and colour are compared. @param points in the aligned square */
function findZones(points: readonly Point[]): readonly [Zone, Zone] {
  const [left, right] = findEyes(points)
  const mouth = averagePoint([points[62]!, points[66]!])
  const side = Math.trunc(distanceBetween(left, right) * 0.3)
  const down = Math.trunc(distanceBetween(averagePoint([left, right]), mouth) / 2)
  return [
    { x: Math.round(left.x), y: Math.round(left.y) + down, side },
    { x: Math.round(right.x) - side, y: Math.round(right.y) + down, side },
  ]
}

const isInZone = ({ left, top, width }: Mask, { x, y, side }: Zone, at: number): boolean => {
  const column = left + (at % width) - x
  const row = top + Math.floor(at / width) - y
  return column >= 0 && column < side && row >= 0 && row < side
}

/** CIELAB's f. */
const bend = (value: number): number =>
  value <= 216 / 24389 ? ((24389 / 27) * value + 16) / 116 : Math.cbrt(value)

/** a* and b* of a mean colour in [0, 1] under D50, as the standard has it. */
function tellColour([red, green, blue]: readonly [number, number, number]): { a: number; b: number } {
  const [r, g, b] = [toLight(red), toLight(green), toLight(blue)]
  const x = bend((r * 0.43605 + g * 0.38508 + b * 0.14309) / 0.964221)
  const y = bend(r * 0.22249 + g * 0.71689 + b * 0.06062)
  const z = bend((r * 0.01393 + g * 0.0971 + b * 0.71419) / 0.825211)
  return { a: 500 * (x - y), b: 200 * (y - z) }
}

/** How far a mean colour lies outside what skin is photographed in; 100 on the green or blue side. */
function measureUnnatural({ a, b }: { a: number; b: number }): number {
  if (!(a >= 0 && b >= 0)) return a < 0 || b < 0 ? 100 : Number.NaN
  return Math.hypot(Math.max(0, 5 - a, a - 25), Math.max(0, 5 - b, b - 35))
}

type LightComponent =
  | 'illuminationUniformity'
  | 'luminanceMean'
  | 'luminanceVariance'
  | 'underExposurePrevention'
  | 'overExposurePrevention'
  | 'dynamicRange'
  | 'naturalColour'

const countWithin = ({ counts }: Levels, from: number, to: number): number =>
  counts.subarray(from, to + 1).reduce((sum, count) => sum + count, 0)

function measureLevels({ counts, n }: Levels) {
  let [mean, variance, entropy] = [0, 0, 0]
  counts.forEach((count, level) => (mean += (count / n) * (level / 255)))
  counts.forEach((count, level) => {
    variance += (count / n) * (level / 255 - mean) ** 2
    if (count > 0) entropy -= (count / n) * Math.log2(count / n)
  })
  return { mean, variance, entropy }
}

const hasColour = (rgb: Uint8Array, mask: Mask): boolean =>
  mask.inside.some(
    (isInside, at) => isInside === 1 && (rgb[at * 3] !== rgb[at * 3 + 1] || rgb[at * 3] !== rgb[at * 3 + 2]),
  )

function measureZoneColour(rgb: Uint8Array, isInside: (at: number) => boolean, pixels: number) {
  const sums: [number, number, number] = [0, 0, 0]
  let n = 0
  for (let at = 0; at < pixels; at++) {
    if (!isInside(at)) continue
    n += 1
    for (const channel of [0, 1, 2] as const) sums[channel] += (rgb[at * 3 + channel] ?? 0) / 255
  }
  return tellColour([sums[0] / n, sums[1] / n, sums[2] / n])
}

/** What is read from the pixels of the face: the hull of its landmarks in the aligned square. */
function measureLight(picture: RgbImage, points: readonly Point[]): Record<LightComponent, number | null> {
  const similarity = alignByLandmarks(points)
  const aligned = points.map((point) => placePoint(similarity, point))
  const { rgb, mask } = sampleAligned(picture, similarity, fillPolygon(findHull(aligned), alignedSide))
  const pixels = mask.inside.length
  const isInside = (at: number): boolean => mask.inside[at] === 1
  const whole = countLevels(rgb, isInside, pixels)
  const { mean, variance, entropy } = measureLevels(whole)
  const zones = findZones(aligned).map(
    (zone) =>
      (at: number): boolean =>
        isInside(at) && isInZone(mask, zone, at),
  )
  const [left, right] = zones.map((isInOne) => countLevels(rgb, isInOne, pixels))
  const shared = left!.counts.reduce(
    (sum, count, level) => sum + Math.min(count / left!.n, right!.counts[level]! / right!.n),
    0,
  )
  const unnatural = hasColour(rgb, mask)
    ? measureUnnatural(measureZoneColour(rgb, (at) => zones.some((isInOne) => isInOne(at)), pixels))
    : 0
  return {
    illuminationUniformity: orNull(shared, (value) => 100 * value ** 0.3),
    luminanceMean: orNull(mean, (value) => 100 * sigmoid(value, 0.2, 0.05) * (1 - sigmoid(value, 0.8, 0.05))),
    luminanceVariance: orNull(
      variance,
      (value) => 100 * Math.sin(((60 * value) / (60 * value + 1)) * Math.PI),
    ),
    underExposurePrevention: orNull(
      countWithin(whole, 0, 25) / whole.n,
      (value) => 120 * (0.832 - sigmoid(value, 0.92, 0.05)),
    ),
    overExposurePrevention: orNull(countWithin(whole, 247, 255) / whole.n, (value) => 1 / (value + 0.01)),
    dynamicRange: whole.n === 0 ? null : orNull(entropy, (value) => 12.5 * value),
    naturalColour: orNull(unnatural, (value) => 200 * (1 - sigmoid(value, 0, 10))),
  }
}

const turned = (degrees: number): number | null =>
  orNull(degrees, (value) => 100 * Math.max(0, Math.cos((value * Math.PI) / 180)) ** 2)

const pairsOf = (points: readonly Point[], pairs: readonly (readonly [number, number])[]): number =>
  Math.max(...pairs.map(([one, other]) => distanceBetween(points[one]!, points[other]!)))

/** What is read from the landmarks, the boxes and the size of the picture. */
function measureGeometry({ width, height }: RgbImage, { points, pose, boxes }: MeasuredFace) {
  const [left, right] = findEyes(points)
  const middle = averagePoint([left, right])
  const apart = distanceBetween(left, right)
  const length = distanceBetween(middle, points[8]!)
  const [largest = 0, second = 0] = boxes.map(areaOf).sort((a, b) => b - a)
  const opening = Math.min(
    pairsOf(points, [
      [37, 41],
      [38, 40],
    ]),
    pairsOf(points, [
      [43, 47],
      [44, 46],
    ]),
  )
  const mouth = pairsOf(points, [
    [61, 67],
    [62, 66],
    [63, 65],
  ])
  return {
    singleFacePresent: orNull(second / largest, (share) => 100 * (1 - share)),
    eyesOpen: orNull(opening / length, (value) => 100 * sigmoid(value, 0.02, 0.01)),
    mouthClosed: orNull(mouth / length, (value) => 100 * (1 - sigmoid(value, 0.2, 0.06))),
    interEyeDistance: orNull(
      apart / Math.cos((pose.yaw * Math.PI) / 180),
      (value) => 100 * sigmoid(value, 70, 20),
    ),
    headSize: orNull(length / height, (value) => 200 * (1 - sigmoid(Math.abs(value - 0.45), 0, 0.05))),
    leftwardCrop: orNull(right.x / apart, (value) => 100 * sigmoid(value, 0.9, 0.1)),
    rightwardCrop: orNull((width - left.x) / apart, (value) => 100 * sigmoid(value, 0.9, 0.1)),
    marginAbove: orNull(middle.y / length, (value) => 100 * sigmoid(value, 1.4, 0.1)),
    marginBelow: orNull((height - middle.y) / length, (value) => 100 * sigmoid(value, 1.8, 0.1)),
    headPoseYaw: turned(pose.yaw),
    headPosePitch: turned(pose.pitch),
    headPoseRoll: turned(pose.roll),
  }
}

/**
 * The components of the quality of a face (ISO/IEC 29794-5:2025) that pixels and landmarks give, by the formulas and mappings
 * of its reference, OFIQ 1.0.3. Landmarks, boxes and pose are our networks', and nothing tells what covers a face.
 */
export const measureQuality = (picture: RgbImage, face: MeasuredFace): QualityMeasures => ({
  ...measureLight(picture, face.points),
  ...measureGeometry(picture, face),
})
