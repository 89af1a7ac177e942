import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { createRandom } from '#engine/base/kernel/random.ts'
import { clusterPeople, cutTree } from '#engine/curation/identities/domain/cluster-people.ts'
import {
  binCount,
  binWidth,
  comparePairs,
  toWholeDescriptors,
} from '#engine/curation/identities/domain/compare-pairs.ts'
import { PeopleRules, type PersonFacts } from '#engine/curation/identities/domain/people-rules.ts'
import { drawDescriptors } from '#tests/fixtures/descriptors.ts'

const unknown: PersonFacts = { gender: null, age: null, identity: null }
const dimensions = 128

const flatten = (vectors: readonly Float32Array[]): Float32Array =>
  Float32Array.from(vectors.flatMap((vector) => [...vector]))

const compare = (
  values: Float32Array,
  size: number,
  options: { radius?: number; mostPairs?: number } = {},
) => {
  const descriptors = toWholeDescriptors(values, size)
  const compared = comparePairs(descriptors, {
    kinds: new Uint8Array(descriptors.points),
    kindCount: 1,
    radius: options.radius ?? 2,
    mostPairs: options.mostPairs ?? 1e6,
    onPoints: () => undefined,
  })
  return { descriptors, ...compared }
}

function cluster(values: Float32Array, rules: PeopleRules, threshold: number): Int32Array {
  const { descriptors, pairs } = compare(values, dimensions, { radius: threshold })
  return cutTree(clusterPeople(descriptors, { pairs, rules, onMerges: () => undefined }), threshold)
}

/** The points of each cluster by names that hang on no order. */
const listGroups = (clusters: Int32Array, nameOf: (point: number) => number): number[][] =>
  [
    ...Map.groupBy(
      Array.from(clusters, (first, point) => ({ first, point })),
      ({ first }) => first,
    ).values(),
  ]
    .map((members) => members.map(({ point }) => nameOf(point)).toSorted((a, b) => a - b))
    .toSorted((a, b) => (a[0] ?? 0) - (b[0] ?? 0))

const people = Array.from({ length: 75 }, (_, at) => Math.floor(at / 5))
const drawn = drawDescriptors(people)

describe('comparing all pairs', () => {
  it('counts each pair once, at the distance that plain arithmetic gives', () => {
    const { counts, pairs, descriptors } = compare(flatten(drawn), dimensions)
    const distances = drawn.flatMap((one, at) =>
      drawn.slice(at + 1).map((other) => Math.hypot(...one.map((value, lane) => value - (other[lane] ?? 0)))),
    )
    expect(pairs.count).toBe(distances.length)
    const found = Array.from(pairs.squared, (squared) => Math.sqrt(squared) / descriptors.scale)
    const sorted = distances.toSorted((a, b) => a - b)
    found
      .toSorted((a, b) => a - b)
      .forEach((distance, at) => expect(distance).toBeCloseTo(sorted[at] ?? 0, 3))
    const expected = new Uint32Array(binCount)
    for (const distance of found) expected[Math.min(binCount - 1, Math.floor(distance / binWidth))]! += 1
    const cumulate = (bins: Uint32Array) =>
      bins.map((_, bin) => bins.slice(0, bin + 1).reduce((a, b) => a + b))
    const [ours, theirs] = [cumulate(counts), cumulate(expected)]
    // Places of the table are as fine as a bin's 30th.
    ours.forEach((count, bin) => expect(Math.abs(count - (theirs[bin] ?? 0))).toBeLessThan(30))
  })

  it('keeps the nearest pairs where there are too many, the same whatever order they come in', () => {
    const keep = (vectors: readonly Float32Array[]) =>
      compare(flatten(vectors), dimensions, { mostPairs: 100 }).pairs
    const [one, other] = [keep(drawn), keep(drawn.toReversed())]
    expect(one.count).toBeLessThanOrEqual(100)
    expect(one.count).toBeGreaterThan(50)
    expect(other.radius).toBe(one.radius)
    expect(other.squared.toSorted()).toEqual(one.squared.toSorted())
  })
})

describe('joining people', () => {
  it("merges at SciPy's heights", () => {
    const golden = z
      .object({ dimensions: z.int(), points: z.array(z.array(z.number())), squared: z.array(z.number()) })
      .parse(JSON.parse(readFileSync(join(import.meta.dirname, 'average-linkage.json'), 'utf8')))
    const { descriptors, pairs } = compare(Float32Array.from(golden.points.flat()), golden.dimensions)
    const rules = new PeopleRules(
      golden.points.map(() => unknown),
      { same: [], apart: [] },
    )
    const { merges } = clusterPeople(descriptors, { pairs, rules, onMerges: () => undefined })
    expect(merges).toHaveLength(golden.squared.length)
    merges.forEach(({ squared }, at) => expect(squared).toBeCloseTo(golden.squared[at] ?? 0, 12))
  })

  it('finds the people, whatever order their pictures come in', () => {
    const free = new PeopleRules(
      people.map(() => unknown),
      { same: [], apart: [] },
    )
    const groups = listGroups(cluster(flatten(drawn), free, 0.6), (point) => point)
    expect(groups).toEqual(
      listGroups(
        Int32Array.from(people, (person) => person * 5),
        (point) => point,
      ),
    )
    const order = createRandom(3).shuffle(people.map((_, point) => point))
    const shuffled = flatten(order.map((point) => drawn[point] ?? new Float32Array(dimensions)))
    const again = new PeopleRules(
      people.map(() => unknown),
      { same: [], apart: [] },
    )
    expect(listGroups(cluster(shuffled, again, 0.6), (point) => order[point] ?? -1)).toEqual(groups)
  })

  it('joins nothing that labels, names or people tell apart, and all that must be one', () => {
    const facts = people.map((person, point): PersonFacts => {
      if (person === 0) return { ...unknown, gender: point === 0 ? 'Female' : 'Male' }
      if (person === 1) return { ...unknown, age: point === 5 ? { from: 70, to: 120 } : { from: 20, to: 29 } }
      if (person === 2) return { ...unknown, identity: { dataset: 1, id: point === 10 ? 7 : 8 } }
      return unknown
    })
    const rules = new PeopleRules(facts, { same: [[20, 25]], apart: [[15, 16]] })
    const clusters = cluster(flatten(drawn), rules, 0.6)
    expect(clusters[0]).not.toBe(clusters[1])
    expect(clusters[5]).not.toBe(clusters[6])
    expect(clusters[10]).not.toBe(clusters[11])
    expect(clusters[15]).not.toBe(clusters[16])
    expect(clusters[20]).toBe(clusters[25])
  })
})
