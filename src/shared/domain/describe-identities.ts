import { formatCount, formatShare } from './format.ts'
import type { Estimate, Interval } from './intervals.ts'

/** Said wherever proposals are shown. */
export const whereItErrs =
  'It errs most with children, with brothers, sisters and twins, and with pairs at the limit: those come first. It compares faces and names nobody.'

const reasons = {
  children: 'a child, whose face is like that of other children',
  limit: 'near the limit',
  'gender-differs': 'labelled with different genders',
  'age-differs': 'labelled with ages far apart',
  'named-apart': 'the data set names two people',
} as const

export const describeDoubt = (given: readonly (keyof typeof reasons)[]): string =>
  given.length === 0 ? 'near the limit' : given.map((one) => reasons[one]).join('; ')

/**
 * What is told where no pair is left to show: those that are open are listed in portions, so that others may wait behind those skipped.
 * @param open pairs that want a person, the skipped ones with them
 */
export function describePairsLeft({
  open,
  skipped,
}: {
  readonly open: number
  readonly skipped: number
}): string {
  if (skipped === 0) return 'No pair wants a person.'
  const passed = skipped === 1 ? '1 pair was skipped' : `${formatCount(skipped)} pairs were skipped`
  const more = open - skipped
  if (more <= 0) return `No other pair wants a person; ${passed}.`
  const waiting = more === 1 ? '1 more wants' : `${formatCount(more)} more want`
  return `${passed}, and ${waiting} a person: answer some of the skipped ones to see others.`
}

const sources = {
  known: 'read from pairs of people that the data sets name',
  mixture: 'read from the distances of pairs that labels tell apart',
  default: 'a default, since labels and names tell too few pairs apart',
} as const

/** "10 to 29 years apart as labelled"; null where an image has no age. */
export function describeYearsApart(apart: Interval | null): string | null {
  if (apart === null) return null
  const { low, high } = apart
  return `${low === high ? String(low) : `${low} to ${high}`} ${high === 1 ? 'year' : 'years'} apart as labelled`
}

/** "7 near the first, 4 near the second, 3 near both": other images below the threshold. */
export const describeNeighbours = ({
  one,
  other,
  both,
}: {
  readonly one: number
  readonly other: number
  readonly both: number
}): string =>
  `${formatCount(one)} near the first, ${formatCount(other)} near the second, ${formatCount(both)} near both`

/** Shares of all pairs are small: one in ten thousand joins thousands in a large catalogue. */
export const formatFine = (share: number): string => formatShare(share, share < 0.01 ? 3 : 1)

const formatRate = ({ value, low, high, n }: Estimate): string =>
  value === null || low === null || high === null
    ? 'unknown'
    : `${formatFine(value)} (${formatFine(low)} to ${formatFine(high)}), n = ${formatCount(n)} pairs`

/** The threshold and what it does, a sentence each. */
export function describeRates(facts: {
  readonly threshold: number
  readonly chosenBy: keyof typeof sources
  readonly falseMatch: Estimate
  readonly miss: Estimate
}): string[] {
  return [
    `Joined up to a distance of ${facts.threshold.toFixed(3)}, ${sources[facts.chosenBy]}.`,
    `Pairs of different people below it: ${formatRate(facts.falseMatch)}.`,
    `Pairs of one person beyond it: ${formatRate(facts.miss)}.`,
  ]
}

const bases = {
  named:
    'Of pairs of different people by name that carry the same label, so many are nearer than the threshold',
  unnamed:
    'Nobody is named here: of all pairs with the same label but copies, so many are nearer than the threshold, and at most so many are false matches',
} as const

interface GroupShare {
  readonly group: string
  readonly share: Estimate
}

export const describeBasis = (basis: keyof typeof bases): string => bases[basis]

/**
 * Between which groups the share of near pairs differs most, with the test; null where nothing can be said.
 * @param words a label as a person reads it
 */
export function describeWorstGroup(
  { groups, test }: { readonly groups: readonly GroupShare[]; readonly test: { readonly p: number } | null },
  words: (label: string) => string,
): string | null {
  if (test === null) return null
  const known = groups.flatMap(({ group, share }) =>
    share.value === null ? [] : [{ group, share, value: share.value }],
  )
  const ordered = known.toSorted((a, b) => b.value - a.value)
  const [most, least] = [ordered[0], ordered.at(-1)]
  if (most === undefined || least === undefined || most === least) return null
  const named = `${words(most.group)} ${formatRate(most.share)}; fewest where both are labelled ${words(least.group)}: ${formatRate(least.share)}`
  const p = test.p < 0.0015 ? 'p at most 0.001' : `p = ${test.p.toFixed(3)}`
  return test.p < 0.05
    ? `Most where both are labelled ${named}. The groups differ (${p}).`
    : `Not enough data to tell the groups apart (${p}). Most where both are labelled ${named}.`
}

const acts = {
  same: 'The same person',
  'not-same': 'Two people',
  merge: 'Merged',
  split: 'Split off',
  'not-a-face': 'No face',
  undo: 'Taken back',
} as const

/** "images 12 and 57"; of many their number. */
export function nameImages(images: readonly number[]): string {
  if (images.length > 4) return `${formatCount(images.length)} images`
  return `${images.length === 1 ? 'image' : 'images'} ${images.join(' and ')}`
}

/** "Two people: images 12 and 57". */
export const describeIdentityAct = ({
  kind,
  images,
}: {
  readonly kind: keyof typeof acts
  readonly images: readonly number[]
}): string => `${acts[kind]}: ${nameImages(images)}`

const origins = {
  dataset: 'named by the data set',
  inferred: 'inferred',
  person: 'with an answer of a person',
} as const

/** Where it is known from that images are of one person. */
export const describeOrigin = (origin: keyof typeof origins): string => origins[origin]
