import { describe, expect, it } from 'vitest'
import { mapChecks } from '#shared/contract/explanation.contract.ts'
import { createRandom } from '#engine/base/kernel/random.ts'
import {
  checkFlipping,
  findRefusal,
  measureSensitivity,
  randomMapRefusal,
} from '#engine/assessment/explanations/check-maps.ts'
import { cutIntoCells } from '#engine/assessment/explanations/domain/cells.ts'

describe('the sensitivity of a map', () => {
  const map = Float64Array.of(3, 4)
  const noisy = [Float64Array.of(3, 4), Float64Array.of(6, 8)]

  it('is the farthest map of a noisy picture over the size of the map, and of the picture', () => {
    const { change, perInput, pictures } = measureSensitivity(map, noisy, Uint8Array.of(255, 0, 0))
    expect({ change, perInput, pictures }).toEqual({ change: 1, perInput: 5, pictures: 2 })
  })

  it('has no share of the picture where that is all black', () => {
    const measured = measureSensitivity(map, noisy, new Uint8Array(3))
    expect(measured.perInput).toBeNull()
    expect(mapChecks.shape.sensitivity.parse(measured)).toEqual(measured)
  })
})

describe('a map against random ones', () => {
  const side = 16
  const segments = cutIntoCells(side, 4, 4)
  const plane = side * side
  // Black pixels turn to the grey of the picture; the upper half alone is answered about.
  const tensor = new Uint8Array(3 * plane).fill(255, plane)
  const read = () => 0
  const gradient = () => new Float64Array()
  const targets = [{ task: 'gender', label: 'Female', kind: 'probability', read, gradient }] as const
  const asker = {
    targets,
    ask: async (count: number, write: (into: Float32Array, at: number) => void) =>
      Float64Array.from({ length: count }, (_, at) => {
        const asked = new Float32Array(3 * plane)
        write(asked, at)
        return asked.subarray(0, plane / 2).reduce((shown, value) => shown + (value === 0 ? 1 : 0), 0)
      }),
  }
  const flip = (map: Float64Array, seed: number) =>
    checkFlipping({ asker, tensor, segments, maps: [map], seed }).then(([flipped]) => {
      if (flipped === undefined) throw new Error('The map was not checked')
      return flipped
    })
  const randomised = { correlation: null, samples: 0 }

  it('gives a map of few values no better start than a random one', async () => {
    const seeds = Array.from({ length: 30 }, (_, seed) => seed)
    const better: number[] = []
    // One region has a value, which is drawn without a look at the answer.
    for (const seed of seeds) {
      const map = new Float64Array(segments.count)
      map[createRandom(seed, ['map']).int(0, segments.count - 1)] = 1
      if ((await flip(map, seed)).p <= 0.05) better.push(seed)
    }
    // 1 of 21 is expected: more than 6 of 30 have a chance below 0.001.
    expect(better.length).toBeLessThanOrEqual(6)
  })

  it('still finds one that knows where the answer hangs', async () => {
    const map = Float64Array.from({ length: segments.count }, (_, region) => (region < 8 ? 1 : 0))
    const flipped = await flip(map, 0)
    expect(flipped.p).toBeCloseTo(1 / 21, 10)
    expect(findRefusal(map, flipped, randomised)).toBeNull()
  })

  it('refuses one without differences, whatever chance says', async () => {
    const flat = new Float64Array(segments.count)
    const lucky = { ...(await flip(flat, 0)), p: 1 / 21 }
    expect(findRefusal(flat, lucky, randomised)).toContain(`${randomMapRefusal}: to it all parts`)
  })
})
