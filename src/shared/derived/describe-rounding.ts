import type { TaskRounding } from '../contract/evaluation.contract.ts'
import { describeGroupRates } from '../domain/describe-group-rates.ts'
import { formatEstimate } from '../domain/format.ts'

const describeGain = (gain: number | null): string =>
  gain === null ? '' : `, accuracy ${gain < 0 ? '' : '+'}${(gain * 100).toFixed(2)} points`

/** One line of how much bf16 changed a task's answers, and one for each grouping; none for evaluations in float32. */
export function describeRounding(rounding: readonly TaskRounding[] | null): string[] {
  return (rounding ?? []).flatMap(({ task, changed, largest, accuracyGain, byGroup }) => [
    `${task}: ${formatEstimate(changed)} of answers are others in bf16 than in float32, largest difference ${largest.toPrecision(2)}${describeGain(accuracyGain)}`,
    ...byGroup.map(({ grouping, rates, test }) => `  by ${describeGroupRates(grouping, { rates, test })}`),
  ])
}
