import { listStrips, stripRows } from '#engine/base/media/domain/loops/loop-memory.ts'
import { useLoops } from '#engine/curation/pixels/domain/loops/pixel-loops.ts'
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

/** Pixels of a row whose differences are added as 32-bit numbers. */
const mostOfRow = 1 << 22

function measureSteps({ width, height, data }: GreyImage): Steps {
  const across = new Float64Array(width - 1)
  const down = new Float64Array(height - 1)
  const most = Math.min(height, stripRows(width) + 1)
  useLoops((loops) => {
    const [greyAt = 0, acrossAt = 0] = loops.reserve([most * width, 4 * width])
    for (const { from, to } of listStrips({ first: 0, end: height, rowBytes: width })) {
      const end = Math.min(height, to + 1)
      loops.bytesAt(greyAt, (end - from) * width).set(data.subarray(from * width, end * width))
      const own = loops.countsAt(acrossAt, width - 1).fill(0)
      loops.addStepsAcross(greyAt, width, to - from, acrossAt)
      // A strip's sums stay below 2^32, a picture's need not.
      for (let x = 0; x < own.length; x++) across[x]! += own[x] ?? 0
      for (let y = from; y < end - 1; y++) {
        let sum = 0
        for (let x = 0; x < width; x += mostOfRow) {
          const at = greyAt + (y - from) * width + x
          sum += loops.sumStepsDown(at, width, Math.min(mostOfRow, width - x))
        }
        down[y] = sum / width
      }
    }
  })
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

const reach = 2

/** Energies of second differences over one pixel and over two, across and down. */
interface Energies {
  readonly across: readonly [fine: number, coarse: number]
  readonly down: readonly [fine: number, coarse: number]
}

function measureEnergies({ width, height, data }: GreyImage): Energies {
  const most = Math.min(height, stripRows(width) + 2 * reach)
  return useLoops((loops) => {
    const [greyAt = 0, sumsAt = 0] = loops.reserve([most * width, 32])
    const [acrossAt, downAt] = [sumsAt, sumsAt + 16]
    loops.bytesAt(sumsAt, 32).fill(0)
    for (const { from, to } of listStrips({ first: 0, end: height, rowBytes: width })) {
      const top = Math.max(0, from - reach)
      const bottom = Math.min(height, to + reach)
      loops.bytesAt(greyAt, (bottom - top) * width).set(data.subarray(top * width, bottom * width))
      for (let y = from; y < to; y++) {
        const row = greyAt + (y - top) * width
        if (width > 2 * reach) loops.addFineness(row + reach, row + width - reach, 1, acrossAt)
        if (y >= reach && y < height - reach) loops.addFineness(row, row + width, width, downAt)
      }
    }
    const energyAt = (place: number): number => Number(loops.bigsAt(place, 1)[0] ?? 0n)
    return {
      across: [energyAt(acrossAt), energyAt(acrossAt + 8)],
      down: [energyAt(downAt), energyAt(downAt + 8)],
    }
  })
}

const fineOf = ([fine, coarse]: readonly [number, number]): number => (coarse === 0 ? 1 : fine / coarse)

/**
 * `blockiness`: 0 without the 8-pixel blocks of JPEG, see `findBlocks`; the weaker of the two directions. `fineness`:
 * near 1/16 in what was enlarged smoothly, near 1 in grain; the smaller of the two directions, so that a stretched picture
 * counts as enlarged. `repeats`: see `findRepeats`; the stronger of the two directions.
 */
export function measureStructure(grey: GreyImage) {
  const { across, down } = measureSteps(grey)
  const energies = measureEnergies(grey)
  return {
    blockiness: Math.min(findBlocks(across), findBlocks(down)),
    finenessAcross: fineOf(energies.across),
    finenessDown: fineOf(energies.down),
    repeats: Math.max(findRepeats(across), findRepeats(down)),
  }
}
