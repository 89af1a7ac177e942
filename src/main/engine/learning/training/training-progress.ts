import * as z from 'zod'
import { epochRecord } from '#shared/contract/run.contract.ts'

const taskSums = z.strictObject({ age: z.number(), gender: z.number(), race: z.number() })
const noSums = { age: 0, gender: 0, race: 0 }

/** What an epoch has added up so far; kept in the checkpoint so that a resumed epoch reports the whole of it. */
export const epochSums = z.strictObject({
  loss: z.number(),
  losses: taskSums,
  /** Labelled images per task, the weights of `losses`. */
  labelled: taskSums,
  /** Each task's factor, added up over `weighedBatches`; older checkpoints have neither. */
  lossWeights: taskSums.default(noSums),
  weighedBatches: z.int().nonnegative().default(0),
  /** Largest so far. */
  gradientNorm: z.number().nullable().default(null),
  memoryBytes: z.int().nonnegative().nullable().default(null),
  seconds: z.number(),
  feederWaitSeconds: z.number(),
})
export type EpochSums = z.infer<typeof epochSums>

export const emptySums: EpochSums = {
  loss: 0,
  losses: noSums,
  labelled: noSums,
  lossWeights: noSums,
  weighedBatches: 0,
  gradientNorm: null,
  memoryBytes: null,
  seconds: 0,
  feederWaitSeconds: 0,
}

export const bestEpoch = z.strictObject({
  epoch: z.int().positive(),
  /** Mean accuracy over the tasks; null when the validation part has no labels, where the last epoch is best. */
  score: z.number().nullable(),
  loss: z.number().nullable(),
})
export type BestEpoch = z.infer<typeof bestEpoch>

/** Where a run stands between two steps; with weights and moments it is all that a run needs to go on. */
export const trainingProgress = z.strictObject({
  /** The one-based epoch of the next step. */
  epoch: z.int().positive(),
  /** Optimiser steps of that epoch already taken. */
  stepsOfEpoch: z.int().nonnegative(),
  sums: epochSums,
  best: bestEpoch.nullable(),
  epochs: z.array(epochRecord),
})
export type TrainingProgress = z.infer<typeof trainingProgress>

export const firstProgress: TrainingProgress = {
  epoch: 1,
  stepsOfEpoch: 0,
  sums: emptySums,
  best: null,
  epochs: [],
}
