import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { compareSystems } from '#engine/assessment/metrics/domain/compare-systems.ts'
import { createFastRandom } from '#engine/assessment/metrics/domain/fast-random.ts'
import { shareMetric } from '#engine/assessment/metrics/domain/sum-metrics.ts'

/** Newcombe's intervals for paired shares (make-paired-golden.py). */
const golden = z
  .array(
    z.object({
      both: z.int(),
      first: z.int(),
      second: z.int(),
      neither: z.int(),
      difference: z.number(),
      low: z.number(),
      high: z.number(),
    }),
  )
  .parse(JSON.parse(readFileSync(new URL('paired-golden.json', import.meta.url), 'utf8')))

const options = { margin: 0.05, correction: 'holm', fewest: 30 } as const

const compare = (pairs: readonly (readonly [first: boolean, second: boolean])[], clusters?: Int32Array) =>
  compareSystems(
    {
      metric: shareMetric(
        () => true,
        (at) => (at < pairs.length ? pairs[at]?.[0] : pairs[at - pairs.length]?.[1]) === true,
      ),
      clusters: clusters ?? Int32Array.from(pairs.keys()),
      cells: pairs.map(() => 0),
      groups: 1,
    },
    options,
  )[0]

const repeat = (count: number, first: boolean, second: boolean) =>
  Array.from({ length: count }, () => [first, second] as const)

describe('two systems on the same images', () => {
  it('differ by the paired interval of the reference where every image is another person', () => {
    expect(golden.length).toBeGreaterThan(5)
    for (const { both, first, second, neither, difference, low, high } of golden) {
      const found = compare([
        ...repeat(both, true, true),
        ...repeat(first, true, false),
        ...repeat(second, false, true),
        ...repeat(neither, false, false),
      ])
      expect(found?.comparison?.difference).toBeCloseTo(difference, 9)
      expect(found?.comparison?.low).toBeCloseTo(low, 9)
      expect(found?.comparison?.high).toBeCloseTo(high, 9)
    }
  })

  it('want as many images as make the smallest difference seen that of the margin', () => {
    const pairs = [
      ...repeat(100, true, true),
      ...repeat(9, true, false),
      ...repeat(7, false, true),
      ...repeat(84, false, false),
    ]
    const found = compare(pairs)?.comparison
    const wanted = pairs.length * ((found?.smallestSeen ?? Number.NaN) / options.margin) ** 2
    expect(found?.neededN).toBe(Math.ceil(wanted - 1e-6))
    // Of 16 images that are answered differently, by the same quantiles: (1.96 + 0.84)^2 * (16 - 4 / 200) / 200 / 0.05^2.
    expect(wanted).toBeGreaterThan(245)
    expect(wanted).toBeLessThan(255)
  })

  it('are told apart no more often than they should be, though five pictures of a person go together', () => {
    const random = createFastRandom(11)
    const people = 60
    const clusters = Int32Array.from({ length: people * 5 }, (_, at) => Math.floor(at / 5))
    let apart = 0
    const tables = 400
    for (let table = 0; table < tables; table++) {
      // Each person has a difficulty of their own, which is the same for both systems.
      const hard = Array.from({ length: people }, () => random.below(2) === 0)
      const isRight = (at: number): boolean =>
        random.below(100) < (hard[clusters[at] ?? 0] === true ? 55 : 95)
      const found = compare(
        Array.from(clusters, (_, at) => [isRight(at), isRight(at)] as const),
        clusters,
      )
      if (found?.comparison?.verdict === 'differs') apart += 1
    }
    expect(apart / tables).toBeLessThan(0.08)
  })

  it('with fewer than 30 images are not compared', () => {
    expect(compare(repeat(29, true, false))).toMatchObject({ comparison: null, a: { n: 29 } })
  })
})
