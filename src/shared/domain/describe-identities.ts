import { formatCount, formatShare } from './format.ts'
import type { Estimate } from './intervals.ts'

/** Said wherever proposals are shown. */
export const whereItErrs =
  'It errs most with children, with brothers, sisters and twins, and with pairs at the limit: those come first. It compares faces and names nobody.'

const reasons = {
  children: 'a child, whose face is like that of other children',
  'gender-differs': 'labelled with different genders',
  'age-differs': 'labelled with ages far apart',
  'named-apart': 'the data set names two people',
} as const

export const describeDoubt = (given: readonly (keyof typeof reasons)[]): string =>
  given.length === 0 ? 'near the limit' : given.map((one) => reasons[one]).join('; ')

const sources = {
  known: 'read from pairs of people that the data sets name',
  mixture: 'read from the distances of pairs that labels tell apart',
  default: 'a default, since labels and names tell too few pairs apart',
} as const

/** Shares of all pairs are small: one in ten thousand joins thousands in a large catalogue. */
const formatFine = (share: number): string => formatShare(share, share < 0.01 ? 3 : 1)

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
