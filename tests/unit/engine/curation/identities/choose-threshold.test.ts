import { describe, expect, it } from 'vitest'
import { createRandom } from '#engine/base/kernel/random.ts'
import { estimateClustered } from '#engine/curation/identities/domain/choose-threshold.ts'
import { binCount, binWidth } from '#engine/curation/identities/domain/compare-pairs.ts'
import { fitMixture, ratioShapes } from '#engine/curation/identities/domain/fit-mixture.ts'
import { inferFrom } from '#engine/curation/identities/infer-people.ts'
import { drawDescriptors } from '#tests/fixtures/descriptors.ts'

/** Distances of pairs of different people, and among the open ones of some of one person. */
function drawHistograms(same: number) {
  const random = createRandom(9)
  const draw = (count: number, mean: number, deviation: number): Float64Array => {
    const bins = new Float64Array(binCount)
    for (let at = 0; at < count; at++) {
      const bin = Math.floor((mean + deviation * random.normal()) / binWidth)
      bins[Math.max(0, Math.min(binCount - 1, bin))]! += 1
    }
    return bins
  }
  const apart = draw(300_000, 0.9, 0.1)
  const open = draw(300_000, 0.87, 0.1)
  draw(same, 0.45, 0.07).forEach((count, bin) => (open[bin]! += count))
  return { apart, open }
}

describe('distances of pairs as a mixture', () => {
  it.each(ratioShapes)('finds how many are of one person, and how far apart those are (%s)', (shape) => {
    const fit = fitMixture(drawHistograms(3000), shape)
    expect(fit?.same).toBeGreaterThan(2800)
    expect(fit?.same).toBeLessThan(3200)
    expect(fit?.mean).toBeCloseTo(0.45, 1)
    expect(fit?.deviation).toBeCloseTo(0.07, 1)
  })

  it('tells nothing where labels tell too few pairs apart', () => {
    const none = new Float64Array(binCount)
    expect(fitMixture({ apart: none, open: drawHistograms(10).open }, 'line')).toBeNull()
  })
})

describe('a share of pairs over people', () => {
  const pairs = (person: number, distances: readonly number[]) =>
    distances.map((distance) => ({ person, distance }))
  const isHit = (distance: number): boolean => distance > 0.5

  it('has no interval for one person', () => {
    expect(estimateClustered(pairs(1, [0.1, 0.9, 0.2]), isHit)).toEqual({
      value: 1 / 3,
      low: null,
      high: null,
      n: 3,
    })
  })

  it('keeps its doubt where all people are alike', () => {
    const of = (distances: readonly number[]) =>
      estimateClustered([...pairs(1, distances), ...pairs(2, distances)], isHit)
    // Wilson: 0, 1 and 2 of 2.
    expect(of([0.1, 0.1])).toMatchObject({ value: 0, low: 0, high: expect.closeTo(0.65762, 5) })
    expect(of([0.9, 0.1])).toMatchObject({
      value: 0.5,
      low: expect.closeTo(0.094531, 5),
      high: expect.closeTo(0.905469, 5),
    })
    expect(of([0.9, 0.9])).toMatchObject({ value: 1, low: expect.closeTo(0.34238, 5), high: 1 })
  })
})

describe('inferring people', () => {
  const people = Array.from({ length: 400 }, (_, at) => Math.floor(at / 4))
  const values = Float32Array.from(drawDescriptors(people).flatMap((vector) => [...vector]))
  const imageIds = Float64Array.from(people, (_, at) => at + 1)
  const infer = (label: (person: number) => { gender?: string; identityId?: number }) =>
    inferFrom(
      {
        images: people.map((person, at) => ({
          imageId: at + 1,
          datasetId: 1,
          pixelSha256: String(at),
          race: null,
          ageYears: null,
          ageBin: null,
          nearGroup: null,
          gender: label(person).gender ?? null,
          identityId: label(person).identityId ?? null,
        })),
        stored: { imageIds, dimensions: 128, values },
        apart: [],
      },
      () => undefined,
    )
  const expected = people.map((person) => person * 4 + 1)

  it('takes the threshold from labels that contradict each other, and finds the people', () => {
    const { facts, clusterIds } = infer((person) => ({ gender: person % 2 === 0 ? 'Female' : 'Male' }))
    expect(facts.chosenBy).toBe('mixture')
    expect([...clusterIds]).toEqual(expected)
    expect(facts.falseMatch.high).toBeLessThan(0.01)
    expect(facts.miss.n).toBeGreaterThan(500)
  })

  it('takes it from people that the data set names, where there are enough', () => {
    const { facts } = infer((person) => ({ identityId: person + 1 }))
    expect(facts.chosenBy).toBe('known')
    expect(facts.miss).toMatchObject({ value: 0, n: 600 })
    // Wilson of 0 of 100 people.
    expect(facts.miss.high).toBeCloseTo(0.03699349820698569, 10)
    expect(facts.falseMatch.high).toBeGreaterThan(0)
  })

  it('does not take it from the many pairs of few people', () => {
    const { facts } = infer((person) => (person < 19 ? { identityId: person + 1 } : {}))
    expect(facts.chosenBy).toBe('default')
  })

  it('falls back on a default without either, and gives no rates', () => {
    const { facts } = infer(() => ({}))
    expect(facts).toMatchObject({ chosenBy: 'default', falseMatch: { value: null }, miss: { value: null } })
  })
})
