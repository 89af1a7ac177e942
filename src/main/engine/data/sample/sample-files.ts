import * as z from 'zod'
import { stringify } from 'csv-stringify/sync'
import type { PlannedPortrait } from '#engine/data/sample/domain/plan-sample.ts'

export const sampleRecipe = z.object({ images: z.int().min(100).max(100_000), seed: z.int().nonnegative() })
export type SampleRecipe = z.infer<typeof sampleRecipe>

export const drawPortraitsTask = sampleRecipe.extend({
  folder: z.string(),
  codec: z.enum(['sharp', 'sharp-wasm']),
  /** Portraits `from` up to, but without, `to` of the plan. */
  from: z.int().nonnegative(),
  to: z.int().positive(),
})
export type DrawPortraitsTask = z.infer<typeof drawPortraitsTask>

/** What the import reads. */
export const labelsFile = 'labels.csv'
/** What is really drawn, and every planted defect: for measuring, never for training. */
export const truthFile = 'truth.csv'

export const listLabels = (plan: readonly PlannedPortrait[]): string =>
  stringify(
    plan.map(({ file, labels, identity, isIdentityTold }) => ({
      file,
      race: labels.race,
      gender: labels.gender,
      age: labels.ageYears,
      identity: isIdentityTold ? identity : '',
    })),
    { header: true },
  )

export const listTruth = (plan: readonly PlannedPortrait[]): string =>
  stringify(
    plan.map(({ file, truth, identity, defect, detail }) => ({
      file,
      race: truth.race,
      gender: truth.gender,
      age: truth.ageYears,
      identity,
      defect: defect ?? '',
      detail,
    })),
    { header: true },
  )
