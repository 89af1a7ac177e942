import type { SkinLeftOut } from '#shared/domain/audit-measures.ts'
import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'
import { convertToLab } from '#engine/assessment/explanations/domain/lab-colours.ts'
import { measureColour } from '#engine/curation/pixels/domain/measure-colour.ts'
import { halfCast, halfSpread } from '#engine/curation/pixels/domain/score-pixels.ts'
import { averagePoint, distanceBetween, type Point } from '#engine/networks/faces/domain/geometry.ts'
import { alignedSide, alignByLandmarks, findEyes, placePoint, sampleAligned } from './align-face.ts'
import { fillPolygon } from './fill-polygon.ts'

export interface SkinColour {
  /** CIELAB L* under D65, in [0, 100]. */
  readonly lightness: number
  /** Angle of (a*, b*) in degrees: 0 is red, 90 yellow. */
  readonly hue: number
  /** The light is coloured: a cast lies over the picture, or skin is nearer to green or blue than to red and yellow. */
  readonly isColoured: boolean
}

/** What keeps the skin of a face that was found from being told. */
export const facesLeftOut = [
  'grey',
  'clipped',
  'small',
  'cut',
  'turned',
] as const satisfies readonly SkinLeftOut[]

export type SkinMeasure = SkinColour | { readonly leftOut: (typeof facesLeftOut)[number] }

/** Share of the distance between the eyes that is left free below them, for lids, bags and the rims of glasses. */
const belowEyes = 0.15
/** Share of the way to the tip of the nose by which the edge of the face is drawn in. */
const fromEdge = 0.15
/** In pixels of the picture. */
const leastPixels = 100
/**
 * Chroma over lightness of the region's mean colour: below it a hue is none, as in a black-and-white face on a coloured ground.
 * Over lightness, since dark skin in little light has little chroma and a hue all the same.
 */
const leastSaturation = 1 / 15
/** Degrees: beyond, landmarks of the far cheek lie on what is behind the face. */
const mostTurned = 45
/** Of the region. */
const [mostClipped, mostOutside] = [0.25, 0.2]
const [burnt, black] = [253, 2]
/** Clusters, and how many of them are taken, the lightest first: the others are shade (Thong, Joniak, Xiang 2023). */
const [clusters, taken] = [5, 3]
/** What is clustered is thinned to as many. */
const mostClustered = 4000

/**
 * The cheeks and the nose, where neither beard nor brow, lip, lid or hair lies as a rule.
 * @param points the 68 landmarks in the aligned square
 */
export function outlineSkin(points: readonly Point[]): Point[] {
  const eyes = findEyes(points)
  const tip = points[30]!
  const middle = averagePoint(eyes)
  const drop = (belowEyes * distanceBetween(...eyes)) / Math.max(1, distanceBetween(middle, points[8]!))
  const down = { x: (points[8]!.x - middle.x) * drop, y: (points[8]!.y - middle.y) * drop }
  const lower = (index: number): Point => ({ x: points[index]!.x + down.x, y: points[index]!.y + down.y })
  const drawIn = (index: number): Point => ({
    x: points[index]!.x + (tip.x - points[index]!.x) * fromEdge,
    y: points[index]!.y + (tip.y - points[index]!.y) * fromEdge,
  })
  return [
    ...[1, 2, 3].map(drawIn),
    ...[31, 33, 35].map((index) => points[index]!),
    ...[13, 14, 15].map(drawIn),
    ...[45, 46, 47, 42].map(lower),
    points[28]!,
    ...[39, 40, 41, 36].map(lower),
  ]
}

const hueOf = (a: number, b: number): number => (Math.atan2(b, a) * 180) / Math.PI

/** The lower edge of the fullest of Sturges' bins, as the authors' code takes it. */
export function findMode(values: readonly number[]): number {
  const low = values.reduce((least, value) => Math.min(least, value), Infinity)
  const range = values.reduce((most, value) => Math.max(most, value), -Infinity) - low
  if (range === 0) return low
  const bins = Math.ceil(Math.log2(values.length) + 1)
  const counts = new Uint32Array(bins)
  for (const value of values) counts[Math.min(bins - 1, Math.floor(((value - low) / range) * bins))]! += 1
  return low + (counts.indexOf(Math.max(...counts)) / bins) * range
}

/**
 * Lloyd's k-means from the middles of as many equal stretches of the order of lightness, so that nothing is random.
 * @param points `[n]` lightness and hue
 * @returns `[n]` cluster of each
 */
export function clusterSkin(points: readonly (readonly [number, number])[]): Uint8Array {
  const order = points.toSorted((one, other) => one[0] - other[0])
  let centres = Array.from({ length: clusters }, (_, index): readonly [number, number] => {
    const [lightness, hue] = order[Math.floor(((index + 0.5) / clusters) * order.length)] ?? [0, 0]
    return [lightness, hue]
  })
  const labels = new Uint8Array(points.length)
  for (let round = 0; round < 300; round++) {
    let isMoved = round === 0
    const sums = centres.map(() => [0, 0, 0] as [number, number, number])
    points.forEach(([lightness, hue], index) => {
      let [nearest, least] = [0, Infinity]
      for (let one = 0; one < clusters; one++) {
        const [x, y] = centres[one]!
        const distance = (x - lightness) ** 2 + (y - hue) ** 2
        if (distance < least) [nearest, least] = [one, distance]
      }
      if (labels[index] !== nearest) isMoved = true
      labels[index] = nearest
      const sum = sums[nearest]!
      sum[0] += lightness
      sum[1] += hue
      sum[2] += 1
    })
    if (!isMoved) break
    centres = sums.map(([x, y, n], one) => (n === 0 ? centres[one]! : [x / n, y / n]))
  }
  return labels
}

/**
 * Lightness and hue of some pixels of skin as their authors' code tells them (Thong, Joniak, Xiang 2023): clusters of both, the
 * mode of each, and the mean of the lightest three by their pixels.
 * @param rgb `[n, 3]`
 */
export function tellSkinColour(rgb: Uint8Array): { readonly lightness: number; readonly hue: number } {
  const n = rgb.length / 3
  const lab = convertToLab({ width: n, height: 1, data: rgb }, { isStretched: false })
  const points = Array.from({ length: n }, (_, at): readonly [number, number] => [
    lab[at * 3] ?? 0,
    hueOf(lab[at * 3 + 1] ?? 0, lab[at * 3 + 2] ?? 0),
  ])
  const labels = clusterSkin(points)
  const found = Array.from({ length: clusters }, (_, one) => {
    const own = points.filter((_point, at) => labels[at] === one)
    if (own.length === 0) return null
    return {
      n: own.length,
      lightness: findMode(own.map(([lightness]) => lightness)),
      hue: findMode(own.map(([, hue]) => hue)),
    }
  })
  const lightest = found
    .filter((one) => one !== null)
    .sort((one, other) => other.lightness - one.lightness)
    .slice(0, taken)
  const total = lightest.reduce((sum, one) => sum + one.n, 0)
  const meanOf = (figure: 'lightness' | 'hue'): number =>
    lightest.reduce((sum, one) => sum + one[figure] * one.n, 0) / total
  return { lightness: meanOf('lightness'), hue: meanOf('hue') }
}

/** Means of two by two pixels of the region, thinned to what is clustered. @returns `[n, 3]` */
function smoothRegion(rgb: Uint8Array, width: number, inside: Uint8Array): Uint8Array {
  const cells: number[] = []
  const height = inside.length / width
  for (let row = 0; row + 1 < height; row += 2)
    for (let column = 0; column + 1 < width; column += 2) {
      const at = row * width + column
      if (
        inside[at] === 1 &&
        inside[at + 1] === 1 &&
        inside[at + width] === 1 &&
        inside[at + width + 1] === 1
      )
        cells.push(at)
    }
  const step = Math.max(1, Math.ceil(cells.length / mostClustered))
  const kept = cells.filter((_, index) => index % step === 0)
  const smooth = new Uint8Array(kept.length * 3)
  kept.forEach((at, index) => {
    for (let channel = 0; channel < 3; channel++) {
      const sum = [at, at + 1, at + width, at + width + 1].reduce(
        (total, pixel) => total + (rgb[pixel * 3 + channel] ?? 0),
        0,
      )
      smooth[index * 3 + channel] = Math.round(sum / 4)
    }
  })
  return smooth
}

interface SkinSample {
  /** `[n, 3]`: smoothed. */
  readonly rgb: Uint8Array
  /** Size of the region in pixels of the picture. */
  readonly pixels: number
  /** Share of the region that the picture shows, and of that the share that is burnt out or black. */
  readonly shown: number
  readonly clipped: number
}

/** The skin of a face, laid into the aligned square. @param points the 68 landmarks in pixels of the picture */
export function sampleSkin(picture: RgbImage, points: readonly Point[]): SkinSample {
  const similarity = alignByLandmarks(points)
  const outline = outlineSkin(points.map((point) => placePoint(similarity, point)))
  const region = fillPolygon(outline, alignedSide)
  const { rgb, mask } = sampleAligned(picture, similarity, region)
  const wanted = region.inside.reduce((sum, one) => sum + one, 0)
  let [shown, clipped] = [0, 0]
  mask.inside.forEach((isInside, at) => {
    if (isInside === 0) return
    shown += 1
    const most = Math.max(rgb[at * 3] ?? 0, rgb[at * 3 + 1] ?? 0, rgb[at * 3 + 2] ?? 0)
    if (most >= burnt || most <= black) clipped += 1
  })
  return {
    rgb: smoothRegion(rgb, mask.width, mask.inside),
    pixels: wanted / (similarity.a ** 2 + similarity.b ** 2),
    shown: shown / Math.max(1, wanted),
    clipped: clipped / Math.max(1, shown),
  }
}

/** Chroma of the mean colour over its lightness. @param rgb `[n, 3]` */
function meanSaturation(rgb: Uint8Array): number {
  const n = rgb.length / 3
  const sums = [0, 0, 0]
  rgb.forEach((value, at) => (sums[at % 3]! += value))
  const data = Uint8Array.from(sums, (sum) => Math.round(sum / n))
  const [lightness = 0, a = 0, b = 0] = convertToLab({ width: 1, height: 1, data }, { isStretched: false })
  return Math.hypot(a, b) / Math.max(1, lightness)
}

/**
 * The apparent colour of the skin of a face: of this picture under its light and through its camera, and of no person.
 * @param points the 68 landmarks in pixels of the picture
 * @param yaw degrees
 */
export function measureSkin(picture: RgbImage, points: readonly Point[], yaw: number): SkinMeasure {
  if (Math.abs(yaw) > mostTurned) return { leftOut: 'turned' }
  const { chroma, hueSpread, cast } = measureColour(picture)
  // The measure that the check of greyscale pictures cuts at: one hue or none, whatever the tint.
  if (hueSpread / (1 + chroma / 100) < halfSpread) return { leftOut: 'grey' }
  const { rgb, pixels, shown, clipped } = sampleSkin(picture, points)
  if (shown < 1 - mostOutside) return { leftOut: 'cut' }
  if (!(pixels >= leastPixels) || rgb.length / 3 < leastPixels / 4) return { leftOut: 'small' }
  if (clipped > mostClipped) return { leftOut: 'clipped' }
  if (meanSaturation(rgb) < leastSaturation) return { leftOut: 'grey' }
  const { lightness, hue } = tellSkinColour(rgb)
  return { lightness, hue, isColoured: cast >= halfCast || hue < 0 || hue > 90 }
}
