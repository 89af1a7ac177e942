import { sampleRatios } from '#shared/domain/sample-recipe.ts'
import type { SplitRequest } from '#shared/contract/split.contract.ts'

export interface SplitForm {
  readonly name: string
  /** Percent of the images. */
  readonly trainPercent: number
  readonly valPercent: number
  readonly testPercent: number
  readonly seed: number
}

export const emptySplitForm: SplitForm = {
  name: '',
  trainPercent: 80,
  valPercent: 10,
  testPercent: 10,
  seed: 1,
}

/** Of a synthetic project: its validation part then has an estimate for every group. */
export const sampleSplitForm: SplitForm = {
  ...emptySplitForm,
  // 0.55 times 100 is a little more than 55.
  trainPercent: Math.round(sampleRatios.train * 100),
  valPercent: Math.round(sampleRatios.val * 100),
  testPercent: Math.round(sampleRatios.test * 100),
}

/** What keeps the form from being sent, or null. */
export function findSplitProblem(form: SplitForm): string | null {
  const percents = [form.trainPercent, form.valPercent, form.testPercent]
  if (percents.some((percent) => !(percent > 0))) return 'Each part needs more than 0%.'
  const sum = percents.reduce((total, percent) => total + percent, 0)
  if (Math.abs(sum - 100) > 1e-9) return `The three parts add up to ${Number(sum.toFixed(2))}%, not 100%.`
  if (!Number.isInteger(form.seed) || form.seed < 0) return 'The seed is a whole number, 0 or more.'
  return null
}

/** The request; the test share is what the other two leave, so that the ratios add up to 1 exactly. */
export function toSplitRequest(form: SplitForm): SplitRequest {
  const train = form.trainPercent / 100
  const val = form.valPercent / 100
  const name = form.name.trim()
  return { ratios: { train, val, test: 1 - train - val }, seed: form.seed, ...(name === '' ? {} : { name }) }
}
