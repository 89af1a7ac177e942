import * as z from 'zod'
import {
  crossvalId,
  erasedImages,
  estimate,
  fromPath,
  imageId,
  jobId,
  procedure,
  runId,
  sha256,
  splitId,
  task,
  timestamp,
  filePath,
} from './base.contract.ts'
import { jobState } from './job.contract.ts'
import { runDetail, yearsError } from './run.contract.ts'
import { trainConfig } from './train-config.contract.ts'

export const crossvalRequest = z.object({
  name: z.string().trim().min(1).max(150).optional(),
  /** Every fold's run takes these choices; `splitId` names the split whose train and validation parts are folded. */
  config: trainConfig,
  folds: z.int().min(2).max(20).default(5),
  /** Seed of the folds; that of the runs stands in `config`. */
  seed: z.int().nonnegative().default(1),
})
export type CrossvalRequest = z.infer<typeof crossvalRequest>

const oneFold = z.strictObject({
  /** One-based. */
  fold: z.int().positive(),
  images: z.int().nonnegative(),
  groups: z.int().nonnegative(),
  /** Total variation distance between the fold's distribution over cells and the whole's. */
  totalVariation: z.number(),
  /** The run that held the fold out; null until it begins. */
  runId: runId.nullable(),
  /** When the last of its predictions was stored. */
  finishedAt: timestamp.nullable(),
})
export type CrossvalFold = z.infer<typeof oneFold>

const groupAccuracy = z.strictObject({ group: z.string(), accuracy: estimate })

/** One task's answers to the images it has labels for, each by the model that did not see the image. */
export const outOfSampleResult = z.strictObject({
  accuracy: estimate,
  byRace: z.array(groupAccuracy),
  /** In the order of the folds. */
  byFold: z.array(estimate),
  /** Mean negative natural logarithm of the probability of the given label; null where the models give years alone. */
  logLoss: z.strictObject({ value: z.number(), n: z.int().positive() }).nullable(),
  /** Where the models give years and images have them. */
  years: yearsError.nullable(),
})
export type OutOfSampleResult = z.infer<typeof outOfSampleResult>

export const outOfSampleResults = z.strictObject({
  age: outOfSampleResult.nullable(),
  gender: outOfSampleResult.nullable(),
  race: outOfSampleResult.nullable(),
})
export type OutOfSampleResults = z.infer<typeof outOfSampleResults>

export const crossvalSummary = z.strictObject({
  id: crossvalId,
  jobId: jobId.nullable(),
  name: z.string(),
  state: jobState,
  splitId,
  splitHash: sha256,
  folds: z.int(),
  seed: z.int(),
  /** Over images, groups and folds; null until the folds are made. */
  foldHash: sha256.nullable(),
  config: trainConfig,
  configHash: sha256,
  labels: runDetail.shape.labels,
  images: z.int().nonnegative(),
  foldsDone: z.int().nonnegative(),
  /** Null until every image has been predicted. */
  results: outOfSampleResults.nullable(),
  error: z.string().nullable(),
  createdAt: timestamp,
  erasedImages,
})
export type CrossvalSummary = z.infer<typeof crossvalSummary>

/** What stands in more than one fold, counted anew over the stored folds: all zero where nothing leaks. */
export const foldLeaks = z.strictObject({
  identities: z.int().nonnegative(),
  files: z.int().nonnegative(),
  pixels: z.int().nonnegative(),
  groups: z.int().nonnegative(),
  /** Images of the sealed test part that stand in a fold. */
  sealedImages: z.int().nonnegative(),
})
export type FoldLeaks = z.infer<typeof foldLeaks>

export const crossvalDetail = crossvalSummary.extend({
  parts: z.array(oneFold),
  /** Null until the folds are made. */
  leaks: foldLeaks.nullable(),
  /** What a reader should know, one sentence each. */
  notes: z.array(z.string()),
})
export type CrossvalDetail = z.infer<typeof crossvalDetail>

/** What the job makes. */
export const crossvalResult = z.strictObject({
  crossvalId,
  foldHash: sha256,
  images: z.int(),
  results: outOfSampleResults,
})
export type CrossvalResult = z.infer<typeof crossvalResult>

const foldedPrediction = z.strictObject({
  imageId,
  /** The fold that held the image, and the run that did not see it. */
  fold: z.int().positive(),
  runId,
  /** Index of the given label, null where it is missing; `predicted` likewise of the answer. */
  labelled: z.int().nonnegative().nullable(),
  predicted: z.int().nonnegative(),
  /** Exact years as labelled, of age alone. */
  labelledYears: z.number().nullable(),
  /** Of models that give years. */
  years: z.number().nullable(),
  /** In the order of the labels; null where the model gives years alone. */
  probabilities: z.array(z.number()).nullable(),
})

const byId = z.object({ crossvalId: fromPath(crossvalId) })

export const predictionsRequest = byId.extend({
  task,
  /** The last image of the page before. */
  after: z.coerce.number().int().nonnegative().default(0),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
})

export const predictionsPage = z.strictObject({
  labels: z.array(z.string()),
  /** In the order of the images' numbers; those of finished folds. */
  rows: z.array(foldedPrediction),
  /** What to give as `after` for the next page; null at the end. */
  next: imageId.nullable(),
})
export type PredictionsPage = z.infer<typeof predictionsPage>

const started = z.strictObject({ crossvalId, jobId })
const route = (method: 'GET' | 'POST', path: `/${string}`, summary: string) =>
  procedure.route({ method, path, summary, tags: ['cross-validation'] })

export const crossvalContract = {
  start: route('POST', '/crossvals', 'Predict every image by a model that has not seen it')
    .input(crossvalRequest)
    .output(started),
  list: route('GET', '/crossvals', 'Cross-validations, newest first').output(z.array(crossvalSummary)),
  get: route('GET', '/crossvals/{crossvalId}', 'One cross-validation with its folds')
    .input(byId)
    .output(crossvalDetail),
  /** Stops at a checkpoint of the fold under way; what is finished is kept. */
  stop: route('POST', '/crossvals/{crossvalId}/stop', 'Stop a cross-validation')
    .input(byId)
    .output(crossvalSummary),
  resume: route('POST', '/crossvals/{crossvalId}/resume', 'Go on with a cross-validation')
    .input(byId)
    .output(started),
  predictions: route('GET', '/crossvals/{crossvalId}/predictions', 'Out-of-sample predictions of one task')
    .input(predictionsRequest)
    .output(predictionsPage),
  /** CSV with one row per image: its fold, and per task the given label, the answer and every probability. */
  export: route('POST', '/crossvals/{crossvalId}/export', 'Write out-of-sample predictions as CSV')
    .input(byId.extend({ file: filePath }))
    .output(z.strictObject({ file: z.string(), rows: z.int().nonnegative(), sha256 })),
}
