import { ageBins } from '#shared/domain/label-schemes.ts'
import type { Estimate } from '#shared/domain/intervals.ts'
import { exactInterval } from './exact-interval.ts'
import { estimateClusters } from './cluster-estimates.ts'
import { sumClusters } from './cluster-sums.ts'
import type { Cells, TaskRecords } from './records.ts'
import type { SumMetric } from './sum-metrics.ts'

/** Ages that laws and services ask for. */
export const gateAges = [13, 16, 18, 21] as const
/** How many years above the age the challenge is swept. */
const sweptYears = 15

export interface GateRates {
  /** The answer from which on people are let through: the age itself, or a Challenge age above it. */
  readonly challenge: number
  /** Of those below the age, let through; and of those of the age or above, turned away. */
  readonly falseAdult: Estimate
  readonly falseMinor: Estimate
}

export interface GateGroup {
  readonly group: readonly string[]
  readonly rates: readonly GateRates[]
}

export interface GateAudit {
  readonly age: number
  readonly groups: readonly GateGroup[]
  /** By year of labelled age, at the age itself. */
  readonly byYear: readonly { readonly year: number; readonly passed: Estimate }[]
  /** The lowest swept answer at which the upper bound of false adults stays below the limit in every group that can be judged. */
  readonly lowest: {
    readonly challenge: number | null
    readonly limit: number
    readonly groupsJudged: number
  }
  /** Images whose label is a bin that holds the age: they can be counted on neither side. */
  readonly undecided: number
}

/** 1 of the age or above, 0 below it, -1 where the label does not tell. */
function sideOf(label: { readonly years: number; readonly bin: number }, age: number): -1 | 0 | 1 {
  if (!Number.isNaN(label.years)) return label.years >= age ? 1 : 0
  const bin = ageBins[label.bin]
  if (bin === undefined) return -1
  if (bin.from >= age) return 1
  return bin.to < age ? 0 : -1
}

/** Whether answers in bins can be held against an age: only where a bin begins there. */
export const binsDecide = (age: number): boolean => ageBins.some(({ from }) => from === age)

/** Shares with exact intervals, worth as many images as people make of them; without one where all are of one person. */
function rateGroups(
  records: TaskRecords,
  cells: Cells,
  count: { isAsked: (image: number) => boolean; isMet: (image: number) => boolean },
): Estimate[] {
  const metric: SumMetric = {
    width: 2,
    kind: 'share',
    unit: 'share',
    add: (image, into, first) => {
      if (!count.isAsked(image)) return
      into[first]! += count.isMet(image) ? 1 : 0
      into[first + 1]! += 1
    },
    value: (sums, first) => sums[first]! / sums[first + 1]!,
    count: (sums, first) => sums[first + 1]!,
  }
  return estimateClusters(sumClusters(metric, { clusters: records.clusters, cells })).map(
    ({ value, n, clusters, designEffect }) => {
      if (n === 0) return { value: null, low: null, high: null, n }
      if (clusters < 2) return { value, low: null, high: null, n }
      const worth = n / designEffect
      return { value, ...exactInterval({ successes: value * worth, n: worth }), n }
    },
  )
}

export interface GateOptions {
  readonly age: number
  readonly cells: Cells
  /** The largest rate of false adults that is borne, as a share. */
  readonly limit: number
  /** Groups with fewer images below the age are not judged, nor are those of one person. */
  readonly fewest: number
}

/**
 * How an age gate that lets through who is taken for `challenge` years or more would treat each group.
 * @returns null where the system answers in bins none of which begins at the age: it cannot decide it
 */
export function auditAgeGate(records: TaskRecords, options: GateOptions): GateAudit | null {
  const { age, cells, limit, fewest } = options
  const { years, labelled, predicted } = records
  const answers = years?.predicted
  if (answers === undefined && !binsDecide(age)) return null
  const sides = Int8Array.from(labelled, (bin, image) =>
    sideOf({ years: years?.labelled[image] ?? Number.NaN, bin }, age),
  )
  // A face that was not found is turned away: nobody is let through without an answer.
  const passes = (image: number, challenge: number): boolean =>
    answers === undefined
      ? (ageBins[predicted[image] ?? -1]?.from ?? -1) >= challenge
      : (answers[image] ?? Number.NaN) >= challenge
  const challenges = Array.from({ length: sweptYears + 1 }, (_, above) => age + above).filter(
    (challenge) => answers !== undefined || binsDecide(challenge),
  )
  const rates = challenges.map((challenge) => ({
    challenge,
    adults: rateGroups(records, cells, {
      isAsked: (image) => sides[image] === 0,
      isMet: (image) => passes(image, challenge),
    }),
    minors: rateGroups(records, cells, {
      isAsked: (image) => sides[image] === 1,
      isMet: (image) => !passes(image, challenge),
    }),
  }))
  const judged = [...cells.names.keys()].filter((group) => {
    const { n = 0, high = null } = rates[0]?.adults[group] ?? {}
    return n >= fewest && high !== null
  })
  const safe = rates.find(({ adults }) => judged.every((group) => (adults[group]?.high ?? 1) < limit))
  return {
    age,
    groups: cells.names.map((group, index) => ({
      group,
      rates: rates.map(({ challenge, adults, minors }) => ({
        challenge,
        falseAdult: adults[index]!,
        falseMinor: minors[index]!,
      })),
    })),
    byYear: rateByYear(records, age, passes),
    lowest: {
      challenge: judged.length === 0 ? null : (safe?.challenge ?? null),
      limit,
      groupsJudged: judged.length,
    },
    undecided: sides.reduce((sum, side, image) => sum + (side === -1 && labelled[image]! >= 0 ? 1 : 0), 0),
  }
}

const yearsAround = 8

/** Who is let through at the age itself, by exact labelled year about it. */
function rateByYear(
  records: TaskRecords,
  age: number,
  passes: (image: number, challenge: number) => boolean,
) {
  const labelled = records.years?.labelled
  if (labelled === undefined) return []
  const years = Array.from({ length: 2 * yearsAround }, (_, place) => age - yearsAround + place).filter(
    (year) => year >= 0,
  )
  const first = years[0] ?? 0
  const cells: Cells = {
    by: [],
    names: years.map((year) => [String(year)]),
    indices: Int32Array.from(labelled, (exact) => {
      const place = Number.isNaN(exact) ? -1 : Math.floor(exact) - first
      return place >= 0 && place < years.length ? place : -1
    }),
  }
  const passed = rateGroups(records, cells, {
    isAsked: () => true,
    isMet: (image) => passes(image, age),
  })
  return years.map((year, place) => ({ year, passed: passed[place]! }))
}
