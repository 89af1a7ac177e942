import { formatBounds, formatShare } from './format.ts'
import type { Estimate } from './intervals.ts'
import type { Task } from './tasks.ts'

/** A difference is told below this: with three tests beside each of some thirty checks one in twenty would come up by chance. */
const differsBelow = 0.01

/** Images below which a rate is no example. */
const fewestShown = 30

interface GroupRate {
  readonly group: string | null
  readonly rate: Estimate
}

/** Whether groups are flagged unlike one another by more than chance. */
export const differByGroup = (test: { readonly p: number } | null): boolean =>
  test !== null && test.p < differsBelow

const describeP = (p: number): string => (p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`)

const describeRate = ({ group, rate }: GroupRate): string =>
  `${group ?? 'no label'} ${formatShare(rate.value)}${
    rate.low === null || rate.high === null ? '' : ` (${formatBounds(rate.low, rate.high)})`
  }`

/**
 * "race: differs, p < 0.001; most Asian 9.1% (8.0-10.3), least White 3.1% (2.5-3.7)".
 * @param test null where too few are flagged or labelled to tell
 */
export function describeGroupRates(
  task: Task,
  {
    rates,
    test,
  }: {
    readonly rates: readonly GroupRate[]
    readonly test: { readonly p: number } | null
  },
): string {
  const known = rates.filter(({ group }) => group !== null)
  if (known.length < 2) return `${task}: no two groups to compare`
  if (test === null) return `${task}: too few to tell groups apart`
  if (!differByGroup(test)) return `${task}: no more than chance gives, ${describeP(test.p)}`
  // A handful of images is no example of a difference.
  const alone = known.filter(({ rate }) => rate.n >= fewestShown)
  const sorted = (alone.length < 2 ? known : alone).toSorted(
    (one, other) => (other.rate.value ?? 0) - (one.rate.value ?? 0),
  )
  const [most] = sorted
  const least = sorted.at(-1)
  const ends =
    most === undefined || least === undefined
      ? ''
      : `; most ${describeRate(most)}, least ${describeRate(least)}`
  return `${task}: differs, ${describeP(test.p)}${ends}`
}

/** What stands beside a check whose rates differ. */
export const readGroupRates =
  'The check flags groups unlike one another. Whether their pictures differ or the check errs, only looking at some of each tells; do so before deciding many at once.'
