import type { IdentityGroups } from '#shared/contract/identity.contract.ts'
import { wilsonOfShare, type Estimate } from '#shared/domain/intervals.ts'
import type { Random } from '#engine/base/kernel/random.ts'

type Grouping = IdentityGroups['groupings'][number]

/** Dealings of the labels behind a p-value. */
const permutations = 999
/** With fewer near pairs a group's own spread says too little; that of all groups together stands in. */
const fewestNear = 10

export interface RateInput {
  readonly grouping: Grouping['grouping']
  /** `[points]` what each is labelled; null for no label */
  readonly labels: readonly (string | null)[]
  /**
   * `[points]` whom each is of, from 0 on; pairs of one of them do not count. Negative for a point that takes no part.
   * All points of one lie in one pool.
   */
  readonly people: Int32Array
  /** `[people]` pairs across two pools do not count, since nobody says that they are of two people */
  readonly pools: Int32Array
  /** Pairs of points below the threshold. */
  readonly near: Iterable<readonly [number, number]>
}

/**
 * Of the pairs of images that carry the same label and are of different people, the share that is nearer than the threshold, by label.
 *
 * Pairs that share a person hang together: the variance is the jackknife's over people (Arvesen 1969, for U-statistics), and the
 * interval Wilson's of as many independent pairs as have that variance; none where too few people tell the variance. The test deals the labels anew among people and compares the
 * spread of the groups around their common share (the statistic of a chi-square test).
 */
export function rateGroups(input: RateInput, random: Random): Grouping {
  const tallies = tallyGroups(input)
  const groups = [...tallies.keys()].toSorted((a, b) => a.localeCompare(b))
  const whole = measureSpread([...tallies.values()])
  return {
    grouping: input.grouping,
    groups: groups.flatMap((group) => {
      const tally = tallies.get(group)
      if (tally === undefined) return []
      const own = tally.near < fewestNear ? whole : (measureSpread([tally]) ?? whole)
      return {
        group,
        images: tally.images,
        people: tally.people.size,
        near: tally.near,
        share: estimateShare(tally, own),
      }
    }),
    test: testGroups(input, random),
  }
}

interface OfPerson {
  images: number
  /** With other people of the same label. */
  pairs: number
  near: number
}

interface Tally {
  images: number
  near: number
  /** Of different people. */
  pairs: number
  readonly people: Map<number, OfPerson>
  /** Images by pool. */
  readonly pools: Map<number, number>
}

function tallyGroups({ labels, people, pools, near }: RateInput): Map<string, Tally> {
  const tallies = new Map<string, Tally>()
  labels.forEach((label, point) => {
    const person = people[point] ?? -1
    if (label === null || person < 0) return
    const tally = tallies.get(label) ?? {
      images: 0,
      near: 0,
      pairs: 0,
      people: new Map<number, OfPerson>(),
      pools: new Map<number, number>(),
    }
    tallies.set(label, tally)
    tally.images += 1
    const known = tally.people.get(person) ?? { images: 0, pairs: 0, near: 0 }
    tally.people.set(person, { ...known, images: known.images + 1 })
    const pool = pools[person] ?? 0
    tally.pools.set(pool, (tally.pools.get(pool) ?? 0) + 1)
  })
  for (const tally of tallies.values()) {
    let twice = 0
    for (const [person, known] of tally.people) {
      known.pairs = known.images * ((tally.pools.get(pools[person] ?? 0) ?? 0) - known.images)
      twice += known.pairs
    }
    tally.pairs = twice / 2
  }
  for (const [one, other] of near) {
    const [a, b] = [people[one] ?? -1, people[other] ?? -1]
    const label = labels[one] ?? null
    if (a < 0 || b < 0 || a === b || pools[a] !== pools[b] || label === null || label !== labels[other])
      continue
    const tally = tallies.get(label)
    if (tally === undefined) continue
    tally.near += 1
    for (const person of [a, b]) {
      const known = tally.people.get(person)
      if (known !== undefined) known.near += 1
    }
  }
  return tallies
}

/**
 * How many pairs stand for one independent pair, at least 1: the jackknife's variance by that of independent pairs. Null where leaving
 * out a person who has pairs leaves others fewer than two times, as it is of two people: then nothing tells.
 */
function measureSpread(tallies: readonly Tally[]): number | null {
  const near = tallies.reduce((total, tally) => total + tally.near, 0)
  const pairs = tallies.reduce((total, tally) => total + tally.pairs, 0)
  if (near === 0 || near === pairs) return 1
  const without: number[] = []
  let told = 0
  for (const tally of tallies) {
    for (const { pairs: lost, near: own } of tally.people.values()) {
      const left = pairs - lost
      if (left === 0) continue
      without.push((near - own) / left)
      if (lost > 0) told += 1
    }
  }
  if (told < 2) return null
  const centre = without.reduce((total, value) => total + value, 0) / without.length
  const variance =
    ((without.length - 1) / without.length) *
    without.reduce((total, value) => total + (value - centre) ** 2, 0)
  const share = near / pairs
  return Math.max(1, (variance * pairs) / (share * (1 - share)))
}

function estimateShare({ near, pairs, people }: Tally, perPair: number | null): Estimate {
  if (pairs === 0 || people.size < 2) return { value: null, low: null, high: null, n: pairs }
  const share = near / pairs
  if (perPair === null) return { value: share, low: null, high: null, n: pairs }
  const { low, high } = wilsonOfShare(share, pairs / perPair)
  return { value: share, low: near === 0 ? 0 : low, high: near === pairs ? 1 : high, n: pairs }
}

interface PersonLabels {
  /** `[people with a label]` pool, images and label of each, the label by its number */
  readonly pools: Int32Array
  readonly images: Int32Array
  readonly labels: Int32Array
  readonly groups: number
  /** Near pairs of two such people, one after the other */
  readonly near: Int32Array
}

function testGroups(input: RateInput, random: Random): Grouping['test'] {
  const people = labelPeople(input)
  if (people.groups < 2 || people.near.length === 0) return null
  const observed = measureDeparture(people, people.labels)
  if (observed === null) return null
  const dealt = people.labels.slice()
  let asFar = 0
  for (let round = 0; round < permutations; round++) {
    // Within a pool, since labels of two data sets are not dealt to each other.
    shuffleWithin(people.pools, dealt, random)
    if ((measureDeparture(people, dealt) ?? 0) >= observed - 1e-12) asFar += 1
  }
  return { p: (asFar + 1) / (permutations + 1), permutations }
}

/** Each person's most frequent label; ties go by its name. */
function labelPeople({ labels, people, pools, near }: RateInput): PersonLabels {
  const names = [...new Set(labels.filter((label) => label !== null))].toSorted((a, b) => a.localeCompare(b))
  const numberOf = new Map(names.map((name, number) => [name, number]))
  const counts = new Map<number, Int32Array>()
  labels.forEach((label, point) => {
    const person = people[point] ?? -1
    if (label === null || person < 0) return
    const known = counts.get(person) ?? new Int32Array(names.length)
    const at = numberOf.get(label) ?? 0
    known[at] = (known[at] ?? 0) + 1
    counts.set(person, known)
  })
  // By pool, so that the labels of a pool stand in one run.
  const order = [...counts.keys()].toSorted((a, b) => (pools[a] ?? 0) - (pools[b] ?? 0) || a - b)
  const placeOf = new Map(order.map((person, place) => [person, place]))
  const pairs: number[] = []
  for (const [one, other] of near) {
    const [a, b] = [people[one] ?? -1, people[other] ?? -1]
    if (a === b || a < 0 || b < 0 || pools[a] !== pools[b]) continue
    const [first, second] = [placeOf.get(a), placeOf.get(b)]
    if (first !== undefined && second !== undefined) pairs.push(first, second)
  }
  return {
    pools: Int32Array.from(order, (person) => pools[person] ?? 0),
    images: Int32Array.from(order, (person) =>
      (counts.get(person) ?? new Int32Array(0)).reduce((total, n) => total + n, 0),
    ),
    labels: Int32Array.from(order, (person) => {
      const known = counts.get(person) ?? new Int32Array(0)
      return known.indexOf(Math.max(...known))
    }),
    groups: names.length,
    near: Int32Array.from(pairs),
  }
}

/** Sum over groups of squared differences from what the common share lets expect, by what is expected; null without a near pair. */
function measureDeparture({ pools, images, groups, near }: PersonLabels, labels: Int32Array): number | null {
  const sums = new Map<number, number>()
  const pairs = new Float64Array(groups)
  images.forEach((count, place) => {
    const key = (pools[place] ?? 0) * groups + (labels[place] ?? 0)
    sums.set(key, (sums.get(key) ?? 0) + count)
    pairs[labels[place] ?? 0] = (pairs[labels[place] ?? 0] ?? 0) - count * count
  })
  for (const [key, count] of sums) pairs[key % groups] = (pairs[key % groups] ?? 0) + count * count
  const found = new Float64Array(groups)
  for (let at = 0; at < near.length; at += 2) {
    const label = labels[near[at] ?? 0] ?? 0
    if (label === labels[near[at + 1] ?? 0]) found[label] = (found[label] ?? 0) + 1
  }
  const share = (2 * found.reduce((total, n) => total + n, 0)) / pairs.reduce((total, n) => total + n, 0)
  if (!(share > 0)) return null
  let departure = 0
  found.forEach((count, group) => {
    const expected = (share * (pairs[group] ?? 0)) / 2
    if (expected > 0) departure += (count - expected) ** 2 / expected
  })
  return departure
}

function shuffleWithin(pools: Int32Array, labels: Int32Array, random: Random): void {
  let start = 0
  for (let at = 1; at <= pools.length; at++) {
    if (at < pools.length && pools[at] === pools[start]) continue
    random.shuffle(labels.subarray(start, at))
    start = at
  }
}
