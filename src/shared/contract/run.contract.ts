import * as z from 'zod'
import {
  crossvalId,
  erasedImages,
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
import { curve, curveImport, curvesId, curvesRequest, importedCurves } from './curves.contract.ts'
import {
  startedSweep,
  sweepId,
  sweepMetric,
  sweepReference,
  sweepRequest,
  sweepRunsAtMost,
  sweepSummary,
} from './sweep.contract.ts'
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
  /** Sum of the tasks' losses on the validation part, each times its weight where the weights are fixed. */
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
  /** Each task's own loss on the validation part; null in runs of older versions. */
  validationLosses: taskLosses.nullable().default(null),
  /** Largest resident memory of the whole process that was seen in the epoch. */
  memoryBytes: z.int().nonnegative().nullable().default(null),
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

const usedPart = z.strictObject({ images: z.int().nonnegative(), sha256 })

/** The images that a run learned from and was measured by, with their labels, after the age cap. */
export const dataSnapshot = z.strictObject({ train: usedPart, validation: usedPart })
export type DataSnapshot = z.infer<typeof dataSnapshot>

const runCheckpoint = z.strictObject({
  kind: z.enum(['last', 'best', 'epoch']),
  /** Null where the file itself knows it. */
  epoch: z.int().positive().nullable(),
  bytes: z.int().nonnegative(),
  at: timestamp,
})
export type RunCheckpoint = z.infer<typeof runCheckpoint>

/** Checkpoints that were deleted on request. */
export const freedCheckpoints = z.strictObject({ at: timestamp, bytes: z.int().nonnegative() })
export type FreedCheckpoints = z.infer<typeof freedCheckpoints>

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
  /** What people wrote about the run. */
  userNotes: z.string(),
  tags: z.array(z.string()),
  archived: z.boolean(),
  /** Its checkpoints were deleted on request: it cannot go on, and none of its epochs can become a model any more. */
  freed: freedCheckpoints.nullable().default(null),
  sweepId: sweepId.nullable(),
  /** The cross-validation whose fold the run holds out, and the one-based fold; null for every other run. */
  crossvalId: crossvalId.nullable(),
  fold: z.int().positive().nullable(),
  /** One-based place among the runs that wait; null for every other. */
  queuePosition: z.int().positive().nullable(),
  /** Over the files and labels that were trained on and measured; null in runs of older versions. */
  dataHash: sha256.nullable(),
  erasedImages,
  /** Of its validation part, on which its figures were measured and its best epoch was chosen. */
  erasedValidationImages: erasedImages,
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
  /** Version of Evenhand that made the run; null in runs of older versions. */
  codeVersion: z.string().nullable(),
  data: dataSnapshot.nullable(),
  checkpoints: z.array(runCheckpoint),
  peakMemoryBytes: z.int().nonnegative().nullable(),
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
    age: z
      .strictObject({
        accuracy: estimate,
        n: z.int(),
        /** Where the model gives years and validation images have them. */
        maeYears: z.number().optional(),
        years: yearsError.nullable().default(null),
      })
      .nullable(),
  }),
})
export type TrainResult = z.infer<typeof trainResult>

const nullableNumber = z.number().nonnegative().nullable()

const quickLook = z.strictObject({
  runId,
  name: z.string(),
  seconds: z.number(),
  /** On the validation part of the split. */
  validation: validationResult,
})
export type QuickLook = z.infer<typeof quickLook>

/** What a run would take, and what it would meet in its data. */
export const runEstimate = z.strictObject({
  images: z.strictObject({ train: z.int(), validation: z.int() }),
  steps: z.int().nonnegative(),
  imagesPerSecond: nullableNumber,
  /** Null where nothing is known yet that it could be told from. */
  seconds: nullableNumber,
  /** Where the seconds come from, in words. */
  basis: z.string(),
  memoryBytes: nullableNumber,
  memoryBasis: z.string(),
  /** Checkpoints, the model and the decoded images. */
  diskBytes: z.number().nonnegative(),
  labels: runDetail.shape.labels,
  /** Whether it would be a probe itself. */
  isProbe: z.boolean(),
  /** What earlier runs on the same split gave; null where there is none. */
  quickLook: z.strictObject({
    /** The newest probe. */
    probe: quickLook.nullable(),
    /** The best face ResNet, by its mean accuracy. */
    ofFaces: quickLook.nullable(),
    /** The best training of a whole network from random weights, by its mean accuracy. */
    fromRandom: quickLook.nullable(),
  }),
  /** As the run's own notes would stand. */
  notes: z.array(z.string()),
})
export type RunEstimate = z.infer<typeof runEstimate>

/** One choice in which runs differ; a value is null where the choice does not apply to that run. */
export const choiceDifference = z.strictObject({
  path: z.string(),
  title: z.string(),
  values: z.array(z.string().nullable()),
})
export type ChoiceDifference = z.infer<typeof choiceDifference>

const comparedRun = runSummary.pick({
  id: true,
  name: true,
  state: true,
  splitId: true,
  splitHash: true,
  epochsDone: true,
  bestEpoch: true,
  best: true,
  seconds: true,
  imagesPerSecond: true,
  tags: true,
})

export const runComparison = z.strictObject({
  /** In the order asked for. */
  runs: z.array(comparedRun),
  /** Choices that differ; `values` in the order of the runs. */
  fields: z.array(choiceDifference),
  /** Whether all were measured on the same images with the same labels; null where an older run does not say. */
  isSameValidation: z.boolean().nullable(),
  warnings: z.array(z.string()),
  curves: z.array(importedCurves),
})
export type RunComparison = z.infer<typeof runComparison>

export const sweepResults = z.strictObject({
  sweep: sweepSummary,
  metric: sweepMetric,
  /** Choices that differ between the runs. */
  axes: z.array(z.strictObject({ path: z.string(), title: z.string() })),
  /** Best first; runs without a result last, in the order they were made. */
  rows: z.array(
    comparedRun.extend({
      /** The chosen metric at the best epoch. */
      score: z.number().nullable(),
      /** In the order of `axes`. */
      values: z.array(z.string().nullable()),
    }),
  ),
})
export type SweepResults = z.infer<typeof sweepResults>

/** What an archived run holds on disk beside its curves and its model. */
export const runDisk = z.strictObject({
  runId,
  name: z.string(),
  /** Stays, where the run has made one. */
  modelId: modelId.nullable(),
  /** Checkpoints. */
  files: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
})
export type RunDisk = z.infer<typeof runDisk>

export const freedDisk = z.strictObject({
  runs: z.int().nonnegative(),
  files: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
})
export type FreedDisk = z.infer<typeof freedDisk>

export const runQueue = z.strictObject({
  running: runId.nullable(),
  /** In the order they will run. */
  waiting: z.array(runId),
  /** What an earlier session left running or waiting, in order; nothing of it starts unasked. */
  leftOver: z.array(runId),
})
export type RunQueue = z.infer<typeof runQueue>

const byId = z.object({ runId: fromPath(runId) })
const startedRun = z.strictObject({ runId, jobId })
const tag = z
  .string()
  .trim()
  .min(1)
  .max(50)
  .regex(/^[^,]*$/, 'A tag has no comma')

const route = (method: 'GET' | 'POST' | 'PUT', path: `/${string}`, summary: string) =>
  procedure.route({ method, path, summary, tags: ['runs'] })

export const runContract = {
  start: route('POST', '/runs', 'Start a training run').input(trainConfig).output(startedRun),
  /** Looks at the data and the weights file as a start would, and starts nothing. */
  estimate: route('POST', '/runs/estimate', 'What a run would take').input(trainConfig).output(runEstimate),
  /** Continues a stopped run from its last checkpoint. */
  resume: route('POST', '/runs/{runId}/resume', 'Resume a stopped run')
    .input(
      byId.extend({
        /** Instead of the device that the run began on, which may have gone. */
        device: z.literal('cpu').optional(),
      }),
    )
    .output(startedRun),
  /** Stops a run at a checkpoint, or takes it out of the queue, for now. */
  pause: route('POST', '/runs/{runId}/pause', 'Pause a run').input(byId).output(runSummary),
  /** The same for good; a stopped run can still be resumed. */
  stop: route('POST', '/runs/{runId}/stop', 'Stop a run').input(byId).output(runSummary),
  /** Makes the best epoch so far the model of a run that ended without one. */
  keep: route('POST', '/runs/{runId}/keep', "Keep a stopped run's best epoch as its model")
    .input(byId)
    .output(startedRun),
  list: route('GET', '/runs', 'Training runs, archived ones too').output(z.array(runSummary)),
  get: route('GET', '/runs/{runId}', 'One run with its curves').input(byId).output(runDetail),
  rename: route('PUT', '/runs/{runId}/name', 'Rename a run')
    .input(byId.extend({ name: z.string().trim().min(1).max(200) }))
    .output(runSummary),
  setNotes: route('PUT', '/runs/{runId}/notes', 'Write notes about a run')
    .input(byId.extend({ notes: z.string().max(20_000) }))
    .output(runSummary),
  setTags: route('PUT', '/runs/{runId}/tags', 'Tag a run')
    .input(byId.extend({ tags: z.array(tag).max(20) }))
    .output(runSummary),
  archive: route('PUT', '/runs/{runId}/archived', 'Archive a run, or take it back')
    .input(byId.extend({ archived: z.boolean() }))
    .output(runSummary),
  disk: route('GET', '/runs/disk', 'Checkpoints of archived runs, the largest first').output(
    z.array(runDisk),
  ),
  /** Curves, settings, notes, events and models stay; the runs can no longer go on. */
  freeDisk: route('POST', '/runs/disk/free', 'Delete the checkpoints of archived runs')
    .input(z.object({ runIds: z.array(runId).min(1).max(1000) }))
    .output(freedDisk),
  queue: route('GET', '/runs/queue', 'Runs that wait').output(runQueue),
  moveInQueue: route('POST', '/runs/{runId}/position', 'Move a waiting run')
    .input(byId.extend({ position: z.int().positive() }))
    .output(runQueue),
  /** Queues what an earlier session left, in its order. */
  continueQueue: route('POST', '/runs/queue/continue', 'Go on with the queue').output(runQueue),
  compare: route('POST', '/runs/compare', 'Compare runs')
    .input(
      z.object({
        runIds: z.array(runId).min(1).max(sweepRunsAtMost),
        curvesIds: z.array(curvesId).max(20).default([]),
      }),
    )
    .output(runComparison),
  sweep: route('POST', '/sweeps', 'Start a sweep').input(sweepRequest).output(startedSweep),
  sweeps: route('GET', '/sweeps', 'Sweeps, newest first').output(z.array(sweepSummary)),
  sweepResults: route('GET', '/sweeps/{sweepId}', 'A sweep with its results')
    .input(sweepReference.extend({ metric: sweepMetric.default('mean') }))
    .output(sweepResults),
  stopSweep: route('POST', '/sweeps/{sweepId}/stop', 'Stop every run of a sweep that has not ended')
    .input(sweepReference)
    .output(sweepResults),
  /** Queues every run of a sweep that was stopped before its end. */
  resumeSweep: route('POST', '/sweeps/{sweepId}/resume', 'Go on with a sweep')
    .input(sweepReference)
    .output(startedSweep),
  importCurves: route('POST', '/curves', 'Read curves from TensorBoard event files')
    .input(curveImport)
    .output(importedCurves),
  importedCurves: route('GET', '/curves', 'Imported curves, newest first').output(z.array(importedCurves)),
  curves: route('GET', '/curves/{curvesId}', 'The points of imported curves')
    .input(curvesRequest)
    .output(z.array(curve)),
}
