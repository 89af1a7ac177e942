import type { IdentityFacts } from '#shared/contract/identity.contract.ts'
import { wilsonInterval, z95, type Estimate } from '#shared/domain/intervals.ts'
import type { PeopleTree } from './cluster-people.ts'
import { binCount, binWidth } from './compare-pairs.ts'
import { fitMixture, ratioShapes, type PairMixture } from './fit-mixture.ts'
import type { KnownPairs } from './known-pairs.ts'
import { areApart, blockCount, classify, sumHistograms } from './pair-kinds.ts'
import type { PersonFacts } from './people-rules.ts'

/** Where too little is known of the catalogue: two pictures of one person are mostly nearer, in the networks' own measurements. */
const defaultThreshold = 0.5
/** Fewer pairs of one person that data sets name give no figures, nor do those of fewer people: pairs of one hang together. */
const [fewestKnown, fewestPeople] = [100, 20]
/** The fitted spread of one person's pictures may be so much too small, since its far end lies under all other pairs. */
const spreadAllowance = 1.3
/** As the histograms. */
const step = binWidth

export interface ChosenThreshold extends Pick<
  IdentityFacts,
  'threshold' | 'chosenBy' | 'falseMatch' | 'miss' | 'curve'
> {
  readonly apart: number
}

interface ThresholdInput {
  /** `[kinds, kinds, bins]` */
  readonly counts: Uint32Array
  readonly known: KnownPairs
  /** Of copies alone, blind to labels and names. */
  readonly blind: PeopleTree
  readonly facts: readonly PersonFacts[]
  readonly radius: number
}

/** What joining up to a distance would do. */
interface JoinedPairs {
  readonly distance: number
  readonly joined: number
  /** Share of an image's cluster that its labels tell apart from it, in the mean over images (as B-cubed counts). */
  readonly apart: number
  /** Named pairs that are, and are not, of one person. */
  readonly right: number
  readonly wrong: number
}

/**
 * Chooses the distance up to which groups of pictures are joined: where what is joined and what should be agree best (F1), in
 * clusters made blind. What is joined wrongly is counted by names where data sets give enough pairs of enough people, else by labels that
 * contradict each other within a cluster, each standing for as many wrong ones as the distances say; there every image counts as
 * much as another, so that one large cluster does not decide.
 */
export function chooseThreshold(input: ThresholdInput): ChosenThreshold {
  const { counts, known, radius } = input
  const whole = sumHistograms(counts, binCount, null)
  const apart = sum(whole.apart)
  const fits = fitAll(counts)
  const steps = countJoined(input)
  const named = new Set(known.same.map(({ person }) => person)).size
  if (known.same.length >= fewestKnown && named >= fewestPeople) {
    const threshold = pickBest(steps, ({ right, wrong }) => f1(right, right + wrong, known.same.length))
    return {
      threshold,
      chosenBy: 'known',
      ...estimateKnown(known, threshold),
      curve: drawKnown(known, radius),
      apart,
    }
  }
  if (fits === null) {
    const none = { value: null, low: null, high: null, n: 0 }
    return {
      threshold: defaultThreshold,
      chosenBy: 'default',
      falseMatch: none,
      miss: none,
      curve: [],
      apart,
    }
  }
  const same = mean(fits.whole.map((fit) => fit.same))
  const threshold = pickBest(steps, ({ distance, joined, apart: contradicting }) => {
    const wrong = contradicting * geometricMean(fits.whole.map((fit) => fit.ratioAt(distance)))
    const precision = Math.max(0, 1 - wrong)
    const recall = Math.min(1, (joined * precision) / same)
    return precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall)
  })
  const pairs = apart + sum(whole.open)
  return {
    threshold,
    chosenBy: 'mixture',
    ...estimateMixture(fits, threshold, pairs),
    curve: drawMixture(fits, radius, pairs),
    apart,
  }
}

const sum = (values: Iterable<number>): number => {
  let total = 0
  for (const value of values) total += value
  return total
}
const mean = (values: readonly number[]): number => sum(values) / Math.max(1, values.length)
const geometricMean = (values: readonly number[]): number =>
  Math.exp(mean(values.map((value) => Math.log(value))))
const f1 = (right: number, joined: number, all: number): number =>
  joined + all === 0 ? 0 : (2 * right) / (joined + all)

/** The middle of the distances that are as good as the best, so that one pair more or less moves little. */
function pickBest(steps: readonly JoinedPairs[], score: (step: JoinedPairs) => number): number {
  const scores = steps.map(score)
  const best = Math.max(...scores)
  const good = steps.filter((_, at) => (scores[at] ?? 0) >= best - 0.002).map(({ distance }) => distance)
  return best <= 0 ? (steps[0]?.distance ?? defaultThreshold) : Math.round(mean(good) * 1000) / 1000
}

interface Tally {
  readonly size: number
  /** Pairs that labels tell apart. */
  readonly apart: number
  readonly classes: Map<number, number>
  readonly names: Map<number, number>
}

/** Clusters of the blind tree at each step of distance. */
function countJoined({ blind, facts, radius }: ThresholdInput): JoinedPairs[] {
  const classes = facts.map(classify)
  const tallies = new Map<number, Tally>()
  const tallyOf = (point: number): Tally => {
    const name = facts[point]?.identity?.id
    const made = {
      size: 1,
      apart: 0,
      classes: new Map([[classes[point] ?? 0, 1]]),
      names: new Map(name === undefined ? [] : [[name, 1]]),
    }
    return tallies.get(point) ?? made
  }
  const now = { joined: 0, right: 0, wrong: 0 }
  let apart = 0
  const join = (kept: number, taken: number): void => {
    const [a, b] = [tallyOf(kept), tallyOf(taken)]
    now.joined += a.size * b.size
    let between = 0
    for (const [one, count] of a.classes)
      for (const [other, more] of b.classes) if (areApart(one, other)) between += count * more
    const all = { size: a.size + b.size, apart: a.apart + b.apart + between }
    apart += (2 * all.apart) / all.size - (2 * a.apart) / a.size - (2 * b.apart) / b.size
    for (const [one, count] of a.names)
      for (const [other, more] of b.names) now[one === other ? 'right' : 'wrong'] += count * more
    for (const [one, count] of b.classes) a.classes.set(one, (a.classes.get(one) ?? 0) + count)
    for (const [one, count] of b.names) a.names.set(one, (a.names.get(one) ?? 0) + count)
    tallies.set(kept, { ...a, ...all })
    tallies.delete(taken)
  }
  blind.start.forEach((first, point) => {
    if (first !== point) join(first, point)
  })
  // Copies are no achievement.
  Object.assign(now, { joined: 0, right: 0, wrong: 0 })
  apart = 0
  const steps: JoinedPairs[] = []
  let at = 0
  for (let distance = 0.2; distance <= radius + 1e-9; distance += step) {
    for (; at < blind.merges.length; at++) {
      const merge = blind.merges[at]
      if (merge === undefined || merge.squared > distance ** 2) break
      join(merge.kept, merge.taken)
    }
    steps.push({ distance, ...now, apart: apart / Math.max(1, facts.length) })
  }
  return steps
}

interface Fits {
  /** By shape of the ratio. */
  readonly whole: readonly PairMixture[]
  /** Without one block of images after the other, by shape. */
  readonly without: readonly (readonly PairMixture[])[]
}

function fitAll(counts: Uint32Array): Fits | null {
  const fit = (block: number | null): PairMixture[] => {
    const histograms = sumHistograms(counts, binCount, block)
    return ratioShapes.flatMap((shape) => fitMixture(histograms, shape) ?? [])
  }
  const whole = fit(null)
  if (whole.length < ratioShapes.length) return null
  const without = Array.from({ length: blockCount }, (_, block) => fit(block))
  return { whole, without: without.filter((fits) => fits.length === ratioShapes.length) }
}

const matchShare = ({ different }: PairMixture, distance: number): number => {
  const end = Math.round(distance / binWidth)
  return sum(different.subarray(0, end)) / Math.max(1, sum(different))
}

const missShare = ({ mean: centre, deviation }: PairMixture, distance: number, allowance = 1): number =>
  1 - normalShare((distance - centre) / (deviation * allowance))

/**
 * The geometric mean of both shapes; the interval holds both, each with the jackknife's error over blocks of images
 * (Tukey 1958), taken of logarithms.
 */
function estimateShare(
  { whole, without }: Fits,
  read: (fit: PairMixture, side: 'value' | 'low' | 'high') => number,
): Omit<Estimate, 'n'> {
  const floor = 1e-9
  const log = (fit: PairMixture, side: 'value' | 'low' | 'high'): number =>
    Math.log(Math.max(floor, read(fit, side)))
  const bounds = whole.map((fit, shape) => {
    const left = without.map((fits) => fits[shape]).filter((one) => one !== undefined)
    const values = left.map((one) => log(one, 'value'))
    const centre = mean(values)
    const error = Math.sqrt(
      ((values.length - 1) / Math.max(1, values.length)) * sum(values.map((value) => (value - centre) ** 2)),
    )
    return { low: log(fit, 'low') - z95 * error, high: log(fit, 'high') + z95 * error }
  })
  return {
    value: geometricMean(whole.map((fit) => Math.max(floor, read(fit, 'value')))),
    low: Math.exp(Math.min(...bounds.map(({ low }) => low))),
    high: Math.min(1, Math.exp(Math.max(...bounds.map(({ high }) => high)))),
  }
}

function estimateMixture(
  fits: Fits,
  threshold: number,
  pairs: number,
): { falseMatch: Estimate; miss: Estimate } {
  const same = Math.round(mean(fits.whole.map((fit) => fit.same)))
  return {
    falseMatch: { ...estimateShare(fits, (fit) => matchShare(fit, threshold)), n: Math.max(0, pairs - same) },
    miss: {
      ...estimateShare(fits, (fit, side) => missShare(fit, threshold, side === 'high' ? spreadAllowance : 1)),
      n: same,
    },
  }
}

const curveSteps = (radius: number): number[] =>
  Array.from({ length: Math.floor((radius - 0.3) / 0.025 + 1e-9) + 1 }, (_, at) => 0.3 + at * 0.025)

const boundsOf = ({ low, high }: Estimate): [number, number] | null =>
  low === null || high === null ? null : [low, high]

const describeStep = (
  distance: number,
  { falseMatch, miss }: { falseMatch: Estimate; miss: Estimate },
): IdentityFacts['curve'][number] => ({
  distance,
  falseMatch: falseMatch.value,
  miss: miss.value,
  bounds: { falseMatch: boundsOf(falseMatch), miss: boundsOf(miss) },
})

const drawMixture = (fits: Fits, radius: number, pairs: number): IdentityFacts['curve'] =>
  curveSteps(radius).map((distance) => describeStep(distance, estimateMixture(fits, distance, pairs)))

function estimateKnown(
  { same, different }: KnownPairs,
  threshold: number,
): { falseMatch: Estimate; miss: Estimate } {
  return {
    falseMatch: estimateClustered(different, (distance) => distance <= threshold),
    miss: estimateClustered(same, (distance) => distance > threshold),
  }
}

/**
 * A share of pairs with an interval over people, whose pairs hang together (linearised variance of a ratio). Where all people
 * are alike it is Wilson's of as many trials as there are people, since no spread does not mean no doubt; one person has none.
 */
export function estimateClustered(pairs: KnownPairs['same'], isHit: (distance: number) => boolean): Estimate {
  const people = new Map<number, { hits: number; n: number }>()
  for (const { person, distance } of pairs) {
    const known = people.get(person) ?? { hits: 0, n: 0 }
    people.set(person, { hits: known.hits + (isHit(distance) ? 1 : 0), n: known.n + 1 })
  }
  const n = pairs.length
  if (n === 0) return { value: null, low: null, high: null, n }
  const value = sum([...people.values()].map(({ hits }) => hits)) / n
  const spread = sum([...people.values()].map((one) => (one.hits - value * one.n) ** 2))
  if (people.size < 2) return { value, low: null, high: null, n }
  if (spread < 1e-9) {
    const { low, high } = wilsonInterval(Math.round(value * people.size), people.size)
    return { value, low: Math.min(low, value), high: Math.max(high, value), n }
  }
  const error = Math.sqrt((spread * people.size) / (people.size - 1)) / n
  return { value, low: Math.max(0, value - z95 * error), high: Math.min(1, value + z95 * error), n }
}

const drawKnown = (known: KnownPairs, radius: number): IdentityFacts['curve'] =>
  curveSteps(radius).map((distance) => describeStep(distance, estimateKnown(known, distance)))

/** The standard normal distribution (Abramowitz and Stegun 7.1.26, error below 1.5e-7). */
function normalShare(z: number): number {
  const x = Math.abs(z) / Math.SQRT2
  const t = 1 / (1 + 0.3275911 * x)
  const series =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
  const erf = 1 - series * Math.exp(-x * x)
  return z >= 0 ? 0.5 * (1 + erf) : 0.5 * (1 - erf)
}
