import type { GreyImage } from './pixel-image.ts'

const block = 8

/** Mean absolute difference between each column (or row) and the one before: `[width - 1]` or `[height - 1]`. */
function measureSteps({ width, height, data }: GreyImage, isAcross: boolean): Float64Array {
  const [lines, length] = isAcross ? [width, height] : [height, width]
  const [step, along] = isAcross ? [1, width] : [width, 1]
  const steps = new Float64Array(Math.max(0, lines - 1))
  for (let line = 1; line < lines; line++) {
    let sum = 0
    for (let at = line * step, seen = 0; seen < length; seen++, at += along) {
      sum += Math.abs((data[at] ?? 0) - (data[at - step] ?? 0))
    }
    steps[line - 1] = sum / length
  }
  return steps
}

function pickShare(values: Float64Array, share: number): number {
  const sorted = values.toSorted()
  return sorted[Math.floor(share * (sorted.length - 1))] ?? 0
}

/**
 * How much steeper one of every eight steps is than its two neighbours, in units of the middle step: for the place of
 * eight where it is most, the median over the picture, so that a single straight edge does not count.
 */
function findBlocks(steps: Float64Array): number {
  const typical = pickShare(steps, 0.5) + 0.25
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
  const step = isAcross ? 1 : width
  const reach = 2
  let fine = 0
  let coarse = 0
  for (let y = isAcross ? 0 : reach; y < (isAcross ? height : height - reach); y++) {
    for (let x = isAcross ? reach : 0; x < (isAcross ? width - reach : width); x++) {
      const at = y * width + x
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
  const across = measureSteps(grey, true)
  const down = measureSteps(grey, false)
  return {
    blockiness: Math.min(findBlocks(across), findBlocks(down)),
    finenessAcross: measureFineness(grey, true),
    finenessDown: measureFineness(grey, false),
    repeats: Math.max(findRepeats(across), findRepeats(down)),
  }
}

/** Grey levels within which a row or column counts as one colour. */
const constantWithin = 6

/** Shares of each side that a constant frame or bar takes. */
export function measureBorder({ width, height, data }: GreyImage) {
  const isConstant = (start: number, step: number, length: number): boolean => {
    let low = 255
    let high = 0
    for (let at = 0; at < length; at++) {
      const value = data[start + at * step] ?? 0
      low = Math.min(low, value)
      high = Math.max(high, value)
    }
    return high - low <= constantWithin
  }
  const countLines = (lines: number, isLine: (line: number) => boolean): number => {
    let count = 0
    while (count < lines && isLine(count)) count += 1
    return count / lines
  }
  return {
    borderTop: countLines(height, (line) => isConstant(line * width, 1, width)),
    borderBottom: countLines(height, (line) => isConstant((height - 1 - line) * width, 1, width)),
    borderLeft: countLines(width, (line) => isConstant(line, width, height)),
    borderRight: countLines(width, (line) => isConstant(width - 1 - line, width, height)),
  }
}
