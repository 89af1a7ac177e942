import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { resizeToPlanar } from '#engine/networks/architecture/resize-image.ts'

const golden = z
  .object({
    cases: z.array(
      z.object({ seed: z.int(), width: z.int(), height: z.int(), size: z.int(), planar: z.string() }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL('../../../../oracles/golden/resize.json', import.meta.url), 'utf8')))

/** The same arithmetic as in the maker of the golden file. */
function drawPattern({ seed, width, height }: { seed: number; width: number; height: number }): Uint8Array {
  const data = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) {
        data[(y * width + x) * 3 + c] =
          (x * (7 + seed) + y * (13 + seed) + c * 85 + Math.floor((x * y) / 11)) % 256
      }
    }
  }
  return data
}

describe('resizing to the network input', () => {
  it.each(golden.cases)('$width x $height to $size differs from Pillow by rounding alone', (example) => {
    const { width, height, size } = example
    const ours = resizeToPlanar({ width, height, data: drawPattern(example) }, size)
    const theirs = Buffer.from(example.planar, 'hex')
    expect(ours.length).toBe(theirs.length)
    // Pillow rounds to whole numbers between its two passes.
    const differences = Array.from(ours, (value, index) => value - (theirs[index] ?? Number.NaN))
    expect(Math.max(...differences.map(Math.abs))).toBeLessThanOrEqual(1)
    // Rounding to the nearest leans to neither side; cutting off would darken by half a step.
    const mean = differences.reduce((sum, difference) => sum + difference, 0) / differences.length
    expect(Math.abs(mean)).toBeLessThan(0.05)
    expect(differences.filter((difference) => difference !== 0).length).toBeLessThan(0.25 * ours.length)
  })

  it('leaves an image of the right size as it is', () => {
    const data = drawPattern({ seed: 4, width: 16, height: 16 })
    const planar = resizeToPlanar({ width: 16, height: 16, data }, 16)
    expect([planar[0], planar[256], planar[512]]).toEqual([data[0], data[1], data[2]])
    expect(planar.reduce((sum, value) => sum + value, 0)).toBe(data.reduce((sum, value) => sum + value, 0))
  })

  it('keeps one colour one colour, from a single pixel too', () => {
    const planar = resizeToPlanar({ width: 1, height: 1, data: Uint8Array.of(255, 7, 0) }, 4)
    expect(new Set(planar.subarray(0, 16))).toEqual(new Set([255]))
    expect(new Set(planar.subarray(16, 32))).toEqual(new Set([7]))
    expect(new Set(planar.subarray(32))).toEqual(new Set([0]))
  })
})
