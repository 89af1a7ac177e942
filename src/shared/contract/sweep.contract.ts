import * as z from 'zod'
import { fromPath, jobId, runId, timestamp } from './base.contract.ts'
import { trainConfig } from './train-config.contract.ts'

export const sweepId = z.int().positive().brand<'SweepId'>()
export type SweepId = z.infer<typeof sweepId>

/** Runs of one sweep at most; each is a whole training. */
export const sweepRunsAtMost = 64

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()])

/**
 * A value at a path: a word, a number, or a whole object (`combination`: `{ kind: 'dwa', temperature: 2 }`). A word at
 * a choice that has kinds means that kind with its defaults (`combination`: `dwa`).
 */
const choiceValue = z.union([
  scalar,
  z.array(z.union([scalar, z.record(z.string(), scalar)])).max(20),
  z.record(z.string(), z.union([scalar, z.record(z.string(), scalar)])),
])
export type ChoiceValue = z.infer<typeof choiceValue>

const path = z.string().regex(/^[a-zA-Z0-9]+(\.[a-zA-Z0-9]+)*$/, 'must be a field such as optimiser.kind')

const listAxis = z.strictObject({ path, values: z.array(choiceValue).min(1).max(sweepRunsAtMost) })
export type ListAxis = z.infer<typeof listAxis>

/** Numbers drawn between two bounds; `log` draws the exponent evenly, as learning rates want. */
const rangeAxis = z
  .strictObject({
    path,
    low: z.number(),
    high: z.number(),
    scale: z.enum(['linear', 'log']).default('linear'),
    /** Draws whole numbers. */
    isWhole: z.boolean().default(false),
  })
  .refine(({ low, high }) => low < high, {
    message: 'The lower bound must be below the upper one',
    path: ['low'],
  })
  .refine(({ low, scale }) => scale !== 'log' || low > 0, {
    message: 'A logarithmic range must begin above 0',
    path: ['low'],
  })
export type RangeAxis = z.infer<typeof rangeAxis>

/** `grid`: every combination of the axes' values. `random`: `draws` independent draws from all axes. */
export const sweepPlan = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('grid'), axes: z.array(listAxis).min(1).max(8) }),
  z.strictObject({
    kind: z.literal('random'),
    draws: z.int().min(1).max(sweepRunsAtMost),
    seed: z.int().nonnegative().default(1),
    axes: z
      .array(z.union([listAxis, rangeAxis]))
      .min(1)
      .max(20),
  }),
])
export type SweepPlan = z.infer<typeof sweepPlan>
export type SweepPlanInput = z.input<typeof sweepPlan>

export const sweepRequest = z.object({
  name: z.string().min(1).max(200).optional(),
  base: trainConfig,
  plan: sweepPlan,
})
export type SweepRequest = z.infer<typeof sweepRequest>

export const startedSweep = z.strictObject({
  sweepId,
  runs: z.array(z.strictObject({ runId, jobId })),
})
export type StartedSweep = z.infer<typeof startedSweep>

export const sweepSummary = z.strictObject({
  id: sweepId,
  name: z.string(),
  plan: sweepPlan,
  runIds: z.array(runId),
  createdAt: timestamp,
})
export type SweepSummary = z.infer<typeof sweepSummary>

/** `mean`: mean accuracy over the tasks, by which the best epoch is chosen. `ageMae`: mean error in years, least first. */
export const sweepMetric = z.enum(['mean', 'race', 'gender', 'age', 'ageMae'])
export type SweepMetric = z.infer<typeof sweepMetric>

export const sweepReference = z.object({ sweepId: fromPath(sweepId) })
