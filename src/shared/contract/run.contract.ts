import * as z from 'zod'
import {
  estimate,
  fromPath,
  jobId,
  modelId,
  procedure,
  runId,
  sha256,
  splitId,
  timestamp,
} from './base.contract.ts'
import { jobState } from './job.contract.ts'
import { trainConfig } from './train-config.contract.ts'

/** Errors of the age in years, predicted minus labelled. */
export const yearsError = z.strictObject({
  n: z.int().nonnegative(),
  mae: z.number().nonnegative(),
  rmse: z.number().nonnegative(),
  /** Mean error: above 0 where people are taken for older. */
  bias: z.number(),
})
export type YearsError = z.infer<typeof yearsError>

export const validationResult = z.strictObject({
  race: z.strictObject({ accuracy: estimate }).nullable(),
  gender: z.strictObject({ accuracy: estimate }).nullable(),
  /** Accuracy by bins; `years` where the model gives years and the images have them. */
  age: z.strictObject({ accuracy: estimate, years: yearsError.nullable().default(null) }).nullable(),
})
export type ValidationResult = z.infer<typeof validationResult>

const taskLosses = z.strictObject({
  age: z.number().nullable(),
  gender: z.number().nullable(),
  race: z.number().nullable(),
})

export const epochRecord = z.strictObject({
  epoch: z.int().positive(),
  learningRate: z.number(),
  trainLoss: z.number(),
  trainLosses: taskLosses,
  validationLoss: z.number().nullable(),
  validation: validationResult,
  /** Validation race accuracy by race, for the curves of gaps. */
  raceByGroup: z.array(z.strictObject({ group: z.string(), accuracy: estimate })),
  /** Validation accuracy of the other tasks by race; empty in runs of older versions. */
  byRace: z
    .array(z.strictObject({ group: z.string(), age: estimate.nullable(), gender: estimate.nullable() }))
    .default([]),
  /** Mean factor of each task's loss over the epoch's steps; null in runs of older versions. */
  lossWeights: taskLosses.nullable().default(null),
  /** Largest norm of the gradients over the epoch's steps; null where it was not measured. */
  gradientNorm: z.number().nullable().default(null),
  seconds: z.number(),
  feederWaitSeconds: z.number(),
  imagesPerSecond: z.number(),
  isBest: z.boolean(),
})
export type EpochRecord = z.infer<typeof epochRecord>

export const sanityChecks = z.strictObject({
  /** A dummy input must give exactly 512 numbers per image. */
  embedding: z.strictObject({ ok: z.boolean(), shape: z.array(z.int()) }),
  /** A backward pass must leave a non-zero finite gradient in every trainable backbone parameter. */
  gradients: z.strictObject({ ok: z.boolean(), checked: z.int(), failed: z.array(z.string()) }),
})
export type SanityChecks = z.infer<typeof sanityChecks>

export const runSummary = z.strictObject({
  id: runId,
  jobId: jobId.nullable(),
  name: z.string(),
  state: jobState,
  splitId,
  splitHash: sha256,
  config: trainConfig,
  configHash: sha256,
  device: z.string(),
  epochsDone: z.int().nonnegative(),
  bestEpoch: z.int().positive().nullable(),
  best: validationResult.nullable(),
  modelId: modelId.nullable(),
  seconds: z.number(),
  imagesPerSecond: z.number().nullable(),
  error: z.string().nullable(),
  createdAt: timestamp,
})
export type RunSummary = z.infer<typeof runSummary>

export const runDetail = runSummary.extend({
  sanity: sanityChecks.nullable(),
  epochs: z.array(epochRecord),
  /** Training loss sampled along the run, for the live curve. */
  steps: z.array(z.strictObject({ step: z.int(), epoch: z.number(), loss: z.number() })),
  labels: z.strictObject({
    age: z.array(z.string()).nullable(),
    gender: z.array(z.string()).nullable(),
    race: z.array(z.string()).nullable(),
  }),
  counts: z.strictObject({ train: z.int(), validation: z.int() }),
  /** What computed, with its version. */
  engine: z.string(),
  /** What a reader should know about the data and the heads, one sentence each. */
  notes: z.array(z.string()),
})
export type RunDetail = z.infer<typeof runDetail>

/** The train command's result; estimates as everywhere. */
export const trainResult = z.strictObject({
  runId,
  modelId,
  bestEpoch: z.int().positive(),
  seconds: z.number(),
  imagesPerSecond: z.number(),
  validation: z.strictObject({
    race: z.strictObject({ accuracy: estimate, n: z.int() }).nullable(),
    gender: z.strictObject({ accuracy: estimate, n: z.int() }).nullable(),
    age: z.strictObject({ accuracy: estimate, n: z.int() }).nullable(),
  }),
})
export type TrainResult = z.infer<typeof trainResult>

export const runContract = {
  start: procedure
    .route({ method: 'POST', path: '/runs', summary: 'Start a training run', tags: ['runs'] })
    .input(trainConfig)
    .output(z.strictObject({ runId, jobId })),
  /** Continues a stopped run from its last checkpoint. */
  resume: procedure
    .route({ method: 'POST', path: '/runs/{runId}/resume', summary: 'Resume a stopped run', tags: ['runs'] })
    .input(z.object({ runId: fromPath(runId) }))
    .output(z.strictObject({ runId, jobId })),
  list: procedure
    .route({ method: 'GET', path: '/runs', summary: 'Training runs', tags: ['runs'] })
    .output(z.array(runSummary)),
  get: procedure
    .route({ method: 'GET', path: '/runs/{runId}', summary: 'One run with its curves', tags: ['runs'] })
    .input(z.object({ runId: fromPath(runId) }))
    .output(runDetail),
}
