import { cubic, planTaps } from '#engine/base/media/domain/resample.ts'
import type { GreyImage, RgbImage } from '#engine/base/media/domain/rgb-image.ts'
import { listStrips, stripRows } from '#engine/base/media/domain/loops/loop-memory.ts'
import { useLoops, type PixelLoops } from '#engine/curation/pixels/domain/loops/pixel-loops.ts'

interface Size {
  readonly width: number
  readonly height: number
}

/** Taps of a side in Pillow's fixed point: 32 bits, less 8 of the pixel and 2 of headroom. */
interface FixedTaps {
  /** The first pixel of each place: `[to]` */
  readonly firsts: Int32Array
  /** Where the weights of each begin, and last where they end: `[to + 1]` */
  readonly starts: Int32Array
  readonly weights: Int32Array
}

const one = 1 << 22

/** @param lanes the taps of each place are a multiple of it, those that are too many with a weight of 0 */
function planFixed({ from, to, lanes }: { from: number; to: number; lanes: number }): FixedTaps {
  const { starts: own, pixels, weights } = planTaps(from, to, cubic)
  const firsts = new Int32Array(to)
  const starts = new Int32Array(to + 1)
  const fixed: number[] = []
  for (let place = 0; place < to; place++) {
    const [begin, end] = [own[place] ?? 0, own[place + 1] ?? 0]
    firsts[place] = pixels[begin] ?? 0
    for (const weight of weights.subarray(begin, end))
      fixed.push(Math.trunc(weight * one + (weight < 0 ? -0.5 : 0.5)))
    while (fixed.length % lanes !== 0) fixed.push(0)
    starts[place + 1] = fixed.length
  }
  return { firsts, starts, weights: Int32Array.from(fixed) }
}

const plansKept = 16
const plans = new Map<string, FixedTaps>()

/** Pictures of a set often have one size. */
function findPlan(ask: { from: number; to: number; lanes: number }): FixedTaps {
  const key = `${ask.from} ${ask.to} ${ask.lanes}`
  const plan = plans.get(key) ?? planFixed(ask)
  plans.delete(key)
  plans.set(key, plan)
  if (plans.size > plansKept) for (const oldest of [...plans.keys()].slice(0, 1)) plans.delete(oldest)
  return plan
}

interface Source extends Size {
  readonly data: Uint8Array
  readonly channels: 1 | 3
}

/** Columns, rounded to bytes, then rows: equal to Pillow's `resize` with BICUBIC, its default. */
function resize(source: Source, to: Size): Uint8Array {
  const lanes = source.channels === 1 ? 4 : 1
  const across = findPlan({ from: source.width, to: to.width, lanes })
  const down = findPlan({ from: source.height, to: to.height, lanes: 1 })
  return useLoops((loops) => draw(source, { to, across, down, loops }))
}

function draw(
  { width, height, channels, data }: Source,
  { to, across, down, loops }: { to: Size; across: FixedTaps; down: FixedTaps; loops: PixelLoops },
): Uint8Array {
  const rowBytes = width * channels
  const length = to.width * channels
  const stride = Math.ceil(length / 4) * 4
  const most = Math.min(height, stripRows(rowBytes))
  const [sourceAt = 0, firstsAt = 0, startsAt = 0, weightsAt = 0, linesAt = 0, sumsAt = 0, drawnAt = 0] =
    loops.reserve([
      most * rowBytes,
      across.firsts.byteLength,
      across.starts.byteLength,
      across.weights.byteLength,
      most * length,
      4 * stride * to.height,
      length * to.height,
    ])
  loops.wholesAt(firstsAt, across.firsts.length).set(across.firsts)
  loops.wholesAt(startsAt, across.starts.length).set(across.starts)
  loops.wholesAt(weightsAt, across.weights.length).set(across.weights)
  loops.wholesAt(sumsAt, stride * to.height).fill(0)
  for (const strip of listStrips({ first: 0, end: height, rowBytes })) {
    const rows = strip.to - strip.from
    loops.bytesAt(sourceAt, rows * rowBytes).set(data.subarray(strip.from * rowBytes, strip.to * rowBytes))
    const isColour = channels === 3 ? 1 : 0
    loops.shrinkAcross(sourceAt, width, rows, isColour, to.width, firstsAt, startsAt, weightsAt, linesAt)
    for (let y = 0; y < to.height; y++) {
      const begin = down.starts[y] ?? 0
      const first = down.firsts[y] ?? 0
      const end = Math.min(strip.to, first + (down.starts[y + 1] ?? 0) - begin)
      for (let row = Math.max(strip.from, first); row < end; row++) {
        const weight = down.weights[begin + row - first] ?? 0
        loops.addScaled(linesAt + (row - strip.from) * length, length, weight, sumsAt + 4 * y * stride)
      }
    }
  }
  for (let y = 0; y < to.height; y++) loops.roundSums(sumsAt + 4 * y * stride, length, drawnAt + y * length)
  return loops.bytesAt(drawnAt, length * to.height).slice()
}

export const resizeColour = (image: RgbImage, to: Size): RgbImage => ({
  ...to,
  data: resize({ ...image, channels: 3 }, to),
})

export const resizeGrey = (image: GreyImage, to: Size): GreyImage => ({
  ...to,
  data: resize({ ...image, channels: 1 }, to),
})
