import { criticalOf, findBounds } from '#engine/assessment/metrics/domain/cluster-estimates.ts'

export interface Bounded {
  readonly value: number | null
  readonly low: number | null
  readonly high: number | null
}

/** How images spread over groups, with what their people say of how sure it is. */
export interface Composition {
  /** Images in each group. */
  readonly counts: readonly number[]
  /** In some group. */
  readonly n: number
  readonly people: number
  /** Share of each group among the `n`, with its 95 % interval. */
  readonly shares: readonly Bounded[]
  /** Shannon's entropy over that of as many equal groups, in [0, 1] (Pielou 1966). */
  readonly entropy: Bounded
  /** The smallest group over the largest. */
  readonly minMaxRatio: Bounded
  readonly least: number
  readonly most: number
}

const none: Bounded = { value: null, low: null, high: null }

/** Images of each person in each group that the person is in, person by person. */
function countUnits(indices: Int32Array, people: Int32Array) {
  const order = Array.from(indices.keys())
    .filter((image) => indices[image]! >= 0)
    .sort((a, b) => people[a]! - people[b]! || indices[a]! - indices[b]!)
  const [group, person, size] = [[] as number[], [] as number[], [] as number[]]
  for (const image of order) {
    const last = size.length - 1
    if (person[last] === people[image] && group[last] === indices[image]) size[last]! += 1
    else {
      group.push(indices[image]!)
      person.push(people[image]!)
      size.push(1)
    }
  }
  return { group, person, size }
}

/**
 * The share of every group with Wilson's interval for as many independent images as its people are worth; the ratio of the
 * smallest to the largest group by the delta method over people.
 * @param indices `[n]` group of each image, -1 where it is in none
 * @param people `[n]` number of the person that it shows
 */
export function estimateComposition(indices: Int32Array, people: Int32Array, groups: number): Composition {
  const units = countUnits(indices, people)
  const counts = Array.from({ length: groups }, () => 0)
  const totals = new Map<number, number>()
  units.size.forEach((size, unit) => {
    counts[units.group[unit]!]! += size
    totals.set(units.person[unit]!, (totals.get(units.person[unit]!) ?? 0) + size)
  })
  const n = counts.reduce((sum, count) => sum + count, 0)
  const facts = { counts, n, people: totals.size }
  if (n === 0) {
    return { ...facts, shares: counts.map(() => none), entropy: none, minMaxRatio: none, least: -1, most: -1 }
  }
  const [squares, products] = [new Float64Array(groups), new Float64Array(groups)]
  units.size.forEach((size, unit) => {
    const own = units.group[unit]!
    squares[own]! += size * size
    products[own]! += size * (totals.get(units.person[unit]!) ?? 0)
  })
  let totalSquares = 0
  for (const total of totals.values()) totalSquares += total * total
  const shares = counts.map((count, group): Bounded => {
    const value = count / n
    const spread = squares[group]! - 2 * value * products[group]! + value * value * totalSquares
    return boundShare({ value, n, people: totals.size, spread, companions: totalSquares / n })
  })
  const least = counts.indexOf(Math.min(...counts))
  const most = counts.indexOf(Math.max(...counts))
  return {
    ...facts,
    shares,
    entropy: measureEntropy(counts, n),
    minMaxRatio: boundRatio(units, { counts, least, most }),
    least,
    most,
  }
}

interface ShareFacts {
  readonly value: number
  readonly n: number
  readonly people: number
  /** Sum over people of the squared distance of their images in the group from what the share lets expect. */
  readonly spread: number
  /** Images of a person, in the mean over images. */
  readonly companions: number
}

function boundShare({ value, n, people, spread, companions }: ShareFacts): Bounded {
  if (people < 2) return { value, low: null, high: null }
  const variance = ((spread / n / n) * people) / (people - 1)
  const independent = (value * (1 - value)) / n
  // Pictures of different people are independent. A group without images, or with all of them, has no spread: people are then taken
  // to be of one group throughout.
  const own = independent > 0 ? variance / independent : companions
  const designEffect = people === n ? 1 : Math.max(1, own)
  const critical = criticalOf({ degrees: people === n ? Infinity : people - 1 })
  const [low, high] = findBounds({ value, n, variance, designEffect }, 'share', critical)
  return { value, low, high }
}

interface Units {
  readonly group: readonly number[]
  readonly person: readonly number[]
  readonly size: readonly number[]
}

/** Standard error of a figure from what an image of each group adds to it, people being what was drawn; null for one person. */
function standardError({ group, person, size }: Units, influenceOf: (group: number) => number): number {
  const sums = new Map<number, number>()
  size.forEach((images, unit) => {
    const own = person[unit]!
    sums.set(own, (sums.get(own) ?? 0) + images * influenceOf(group[unit]!))
  })
  let squares = 0
  for (const sum of sums.values()) squares += sum * sum
  return sums.size < 2 ? Number.NaN : Math.sqrt((squares * sums.size) / (sums.size - 1))
}

function criticalOfUnits({ person, size }: Units): number {
  const people = new Set(person).size
  const images = size.reduce((sum, one) => sum + one, 0)
  return criticalOf({ degrees: people === images ? Infinity : Math.max(1, people - 1) })
}

/**
 * Without an interval: where groups are nearly even or many of them small, the delta method covers far less than it claims, and a
 * resample is less even than what it is drawn from.
 */
function measureEntropy(counts: readonly number[], n: number): Bounded {
  if (counts.length < 2) return none
  const nats = counts.reduce((sum, count) => (count === 0 ? sum : sum - (count / n) * Math.log(count / n)), 0)
  return { value: nats / Math.log(counts.length), low: null, high: null }
}

function boundRatio(
  units: Units,
  {
    counts,
    least,
    most,
  }: { readonly counts: readonly number[]; readonly least: number; readonly most: number },
): Bounded {
  const [smallest, largest] = [counts[least]!, counts[most]!]
  const value = smallest / largest
  // On the scale of logarithms, where a ratio is symmetric; of an empty group it has none.
  if (smallest === 0 || least === most) return { value, low: null, high: null }
  const error = standardError(units, (group) =>
    group === least ? 1 / smallest : group === most ? -1 / largest : 0,
  )
  if (Number.isNaN(error)) return { value, low: null, high: null }
  const factor = Math.exp(criticalOfUnits(units) * error)
  return { value, low: value / factor, high: Math.min(1, value * factor) }
}
