import { pickShare } from './pick-rank.ts'
import type { GreyImage } from '#engine/base/media/domain/rgb-image.ts'

const block = 8

/** Mean absolute differences between each column and the one before, and between each row and the one before. */
interface Steps {
  /** `[width - 1]` */
  readonly across: Float64Array
  /** `[height - 1]` */
  readonly down: Float64Array
}

function measureSteps({ width, height, data }: GreyImage): Steps {
  const across = new Float64Array(width - 1)
  const down = new Float64Array(height - 1)
  for (let y = 0, at = 0; y < height; y++) {
    let before = data[at++] ?? 0
    for (let x = 0; x < width - 1; x++, at++) {
      const value = data[at] ?? 0
      across[x]! += Math.abs(value - before)
      before = value
    }
  }
  for (let y = 1, at = width; y < height; y++) {
    let sum = 0
    for (const end = at + width; at < end; at++) sum += Math.abs((data[at] ?? 0) - (data[at - width] ?? 0))
    down[y - 1] = sum / width
  }
  for (let x = 0; x < across.length; x++) across[x]! /= height
  return { across, down }
}

/**
 * How much steeper one of every eight steps is than its two neighbours, in units of the middle step: for the place of
 * eight where it is most, the median over the picture, so that a single straight edge does not count.
 */
function findBlocks(steps: Float64Array): number {
  const typical = pickShare(steps.slice(), 0.5) + 0.25
  let most = 0
  for (let place = 0; place < block; place++) {
    const excess: number[] = []
    for (let at = place; at + 1 < steps.length; at += block) {
      if (at === 0) continue
      excess.push((steps[at] ?? 0) - ((steps[at - 1] ?? 0) + (steps[at + 1] ?? 0)) / 2)
    }
    if (excess.length >= 3) most = Math.max(most, pickShare(Float64Array.from(excess), 0.5) / typical)
  }
  return most
}

const longestPeriod = 32
/** So many steps must stand out, or one straight edge would pass for a pattern. */
const leastSteps = 5

/**
 * How far all change happens at every second, third... column (or row) and none between: 0 as by chance, 1 where pixels
 * come in stripes or squares.
 */
function findRepeats(steps: Float64Array): number {
  const total = steps.reduce((sum, step) => sum + step, 0)
  let most = 0
  for (let period = 2; period <= Math.min(longestPeriod, steps.length / leastSteps); period++) {
    for (let phase = 0; phase < period; phase++) {
      let sum = 0
      let count = 0
      for (let at = phase; at < steps.length; at += period, count++) sum += steps[at] ?? 0
      const excess = (sum / total - 1 / period) / (1 - 1 / period)
      if (excess <= most) continue
      let strong = 0
      for (let at = phase; at < steps.length; at += period)
        if ((steps[at] ?? 0) > sum / count / 4) strong += 1
      if (strong >= leastSteps) most = excess
    }
  }
  return most
}

/** Energy of second differences over one pixel against that over two. */
function measureFineness({ width, height, data }: GreyImage, isAcross: boolean): number {
  const reach = 2
  const [step, left, top] = isAcross ? [1, reach, 0] : [width, 0, reach]
  const [right, bottom] = [width - left, height - top]
  let fine = 0
  let coarse = 0
  for (let y = top; y < bottom; y++) {
    for (let at = y * width + left, end = y * width + right; at < end; at++) {
      const centre = 2 * (data[at] ?? 0)
      const near = centre - (data[at - step] ?? 0) - (data[at + step] ?? 0)
      const far = centre - (data[at - 2 * step] ?? 0) - (data[at + 2 * step] ?? 0)
      fine += near * near
      coarse += far * far
    }
  }
  return coarse === 0 ? 1 : fine / coarse
}

/**
 * `blockiness`: 0 without the 8-pixel blocks of JPEG, see `findBlocks`; the weaker of the two directions. `fineness`:
 * near 1/16 in what was enlarged smoothly, near 1 in grain; the smaller of the two directions, so that a stretched picture
 * counts as enlarged. `repeats`: see `findRepeats`; the stronger of the two directions.
 */
export function measureStructure(grey: GreyImage) {
  const { across, down } = measureSteps(grey)
  return {
    blockiness: Math.min(findBlocks(across), findBlocks(down)),
    finenessAcross: measureFineness(grey, true),
    finenessDown: measureFineness(grey, false),
    repeats: Math.max(findRepeats(across), findRepeats(down)),
  }
}
