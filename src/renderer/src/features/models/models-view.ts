import type { ModelSummary, Parity } from '#shared/contract/model.contract.ts'
import type { YearsError } from '#shared/contract/run.contract.ts'
import { describeAgeReadOut } from '#shared/derived/describe-model.ts'
import { listGuardedHeads, type GuardedTask } from '#shared/domain/guarded-tasks.ts'
import { formatCount } from '#shared/domain/format.ts'

/** Largest differences, of logits and of years, at which an export counts as the same model. */
const tolerance = 1e-3
const toleranceYears = 1e-2

export function isFaithful(parity: Parity): boolean {
  const { images, maxAbsDifference, maxAbsYearsDifference: years } = parity
  return images > 0 && maxAbsDifference <= tolerance && (years === null || years <= toleranceYears)
}

/** "race 5, gender 2, age 9 bins": what each head tells apart; a head in years has no classes. */
export function describeHeads({ labels, ageReadOut }: Pick<ModelSummary, 'labels' | 'ageReadOut'>): string {
  const { race, gender, age } = labels
  const ageWords =
    ageReadOut === 'class' ? `age ${age?.length ?? 0} bins` : `age in ${describeAgeReadOut(ageReadOut)}`
  return [
    ...(race === null ? [] : [`race ${race.length}`]),
    ...(gender === null ? [] : [`gender ${gender.length}`]),
    ...(age === null ? [] : [ageWords]),
  ].join(', ')
}

/** Heads of a model that go out only under a purpose. */
export const listGuarded = (
  { labels }: Pick<ModelSummary, 'labels'>,
  guarded: readonly GuardedTask[],
): GuardedTask[] => listGuardedHeads((task) => labels[task]).filter((task) => guarded.includes(task))

/** The mean error of the age in years on the validation part, where the run measured it. */
export function describeYearsError(years: YearsError | null): { term: string; value: string }[] {
  if (years === null || years.n === 0) return []
  const value = `mean absolute error ${years.mae.toFixed(2)} years, n = ${formatCount(years.n)}`
  return [{ term: 'Age in years, validation', value }]
}
