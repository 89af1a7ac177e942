import type { LabelRecord } from '#shared/contract/image.contract.ts'
import type { ReadingResult } from '#shared/contract/reading.contract.ts'
import type { Estimate } from '#shared/domain/intervals.ts'
import { formatCategory } from '#renderer/components/format.ts'
import { tasksForReading } from '#renderer/components/task-words.ts'
import { formatCount } from '#shared/domain/format.ts'

/** Labels as the data set has them: those of now would tell a second reader what the first one did. */
export function describeImported(labels: readonly LabelRecord[]): string {
  return tasksForReading
    .map((task) => {
      const [newest] = labels
        .filter((record) => record.task === task && record.source === 'import')
        .toSorted((a, b) => b.at.localeCompare(a.at))
      const value = newest?.value ?? null
      return value === null ? `no ${task}` : formatCategory(value)
    })
    .join(' · ')
}

/** A group with fewer answers has no kappa worth reading: a few equal answers give an interval without width. */
const fewestForKappa = 30

export const isSmallGroup = ({ n }: Estimate): boolean => n < fewestForKappa

/** The kappa of a group, or its count alone. */
export const formatGroupKappa = (kappa: Estimate): string =>
  isSmallGroup(kappa) ? `too few, n = ${formatCount(kappa.n)}` : formatKappa(kappa)

/** "0.71 (0.62 to 0.80), n = 100"; kappa can be below 0. */
export function formatKappa({ value, low, high, n }: Estimate): string {
  const count = `n = ${formatCount(n)}`
  if (value === null) return `not defined, ${count}`
  if (low === null || high === null) return `${value.toFixed(2)}, ${count}`
  return `${value.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)}), ${count}`
}

/** "Keep", "Remove", "Relabel race to Latino / Hispanic". */
export function describeAnswer(answer: string): string {
  return formatCategory(answer.charAt(0).toUpperCase() + answer.slice(1))
}

type Differing = ReadingResult['disagreements'][number]

/** The one that this reviewer settled last: nobody else's decision can be taken back. */
export function findLastSettled(disagreements: readonly Differing[], reviewer: string): Differing | null {
  const settled = disagreements.filter((one) => one.settled?.reviewer === reviewer)
  return settled.toSorted((a, b) => (b.settled?.at ?? '').localeCompare(a.settled?.at ?? ''))[0] ?? null
}

/** "Settled as Keep, by Ann"; empty where it is open. */
export function describeSettled({ settled }: Differing): string {
  if (settled === null) return 'Open'
  const { answer, reviewer } = settled
  return answer === null
    ? `Unsure, says ${reviewer}`
    : `Settled as "${describeAnswer(answer)}", by ${reviewer}`
}
