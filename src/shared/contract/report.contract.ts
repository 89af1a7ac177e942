import * as z from 'zod'
import {
  estimate,
  evaluationId,
  filePath,
  jobId,
  modelId,
  procedure,
  sha256,
  splitId,
  task,
  timestamp,
} from './base.contract.ts'
import { baselineId } from './baseline.contract.ts'
import { modelOrigin, taskEvaluation } from './evaluation.contract.ts'
import { comparisonResult, fairnessResult, groupingName } from './fairness.contract.ts'
import { certificateBreak, certificateState, leakFindings } from './leakage.contract.ts'
import { ledgerHead, testPartRecord } from './ledger.contract.ts'
import { computedBy } from './prediction.contract.ts'
import { partName } from './split.contract.ts'

const count = z.int().nonnegative()

/** How much of the report the page shows; the JSON document and the tables always hold all of it. */
export const reportDepth = z.enum(['summary', 'standard', 'full'])
export type ReportDepth = z.infer<typeof reportDepth>

export const reportFormat = z.enum(['json', 'csv', 'parquet', 'html', 'pdf'])
export type ReportFormat = z.infer<typeof reportFormat>

/** One of the things that a reader should know first. */
export const reportFinding = z.strictObject({
  /** `trust`: how far the figures can be; `differs`: two groups do; `unknown`: the data do not tell; `figure`: one figure. */
  kind: z.enum(['trust', 'differs', 'unknown', 'figure']),
  task: task.nullable(),
  by: z.array(groupingName),
  text: z.string(),
  /** The figure it rests on, with its interval; null where it rests on records. */
  figure: estimate.nullable(),
})
export type ReportFinding = z.infer<typeof reportFinding>

/** Images and people of one group, whatever the tasks. */
const populationGroup = z.strictObject({ group: z.string(), images: count, people: count })
export const reportPopulation = z.strictObject({
  images: count,
  /** People, or sets of copies. */
  people: count,
  groupings: z.array(
    z.strictObject({ grouping: groupingName, groups: z.array(populationGroup), unlabelled: count }),
  ),
  /** Cells of race, gender and age that hold no image, of how many. */
  cells: z.strictObject({ all: count, empty: count, below30: count }),
})
export type ReportPopulation = z.infer<typeof reportPopulation>

/** Confidences above the lower edge of a bin up to its upper one: how sure, and how right. */
export const reliability = z.strictObject({
  /** Null where the confidence is of the answer given, else of this label whatever was answered. */
  label: z.string().nullable(),
  bins: z.array(
    z.strictObject({
      from: z.number(),
      to: z.number(),
      n: count,
      confidence: z.number().nullable(),
      right: z.number().nullable(),
    }),
  ),
})
export type Reliability = z.infer<typeof reliability>

export const reportTask = z.strictObject({
  task,
  result: taskEvaluation,
  /** By metric and grouping; pairs of the cells of race, gender and age are left out. */
  groups: z.array(fairnessResult),
  reliability: z.array(reliability),
})
export type ReportTask = z.infer<typeof reportTask>

const certificateOfReport = leakFindings
  .pick({
    joins: true,
    found: true,
    undecided: true,
    compared: true,
    threshold: true,
    missed: true,
    missedPairs: true,
    thresholdOf: true,
  })
  .extend({
    state: certificateState,
    broken: z.array(certificateBreak),
    madeAt: timestamp,
    madeBy: z.string(),
    splitHash: sha256,
    sealedState: certificateState,
    /** Of its line in the chain of certificates. */
    sha256,
  })

/** All of a report: every page and table of it is drawn from this document. */
export const reportDocument = z.strictObject({
  format: z.literal('evenhand-report'),
  version: z.literal(1),
  /** Of the program that made it. */
  madeBy: z.string(),
  /** Of the newest record that it rests on, so that the same records give the same report. */
  at: timestamp,
  /** Whether the pictures are generated drawings, which say nothing of people. */
  isSynthetic: z.boolean(),
  subject: z.strictObject({
    evaluationId,
    evaluatedAt: timestamp,
    modelId,
    model: z.string(),
    arch: z.string(),
    inputSize: z.int().positive(),
    ageReadOut: z.string(),
    trainedAt: timestamp,
    weightsSha256: sha256,
    splitId,
    split: z.string(),
    splitHash: sha256,
    part: partName,
    images: count,
    computedBy: computedBy.nullable(),
    /** Null for a model that no run of the project made, of which nobody knows by what it learned. */
    learned: modelOrigin.nullable(),
    /** Over the answers that the figures are made of, as they were stored; null in evaluations of older versions. */
    predictionsSha256: sha256.nullable(),
  }),
  findings: z.array(reportFinding),
  population: reportPopulation,
  tasks: z.array(reportTask),
  /** Other systems on the same images. */
  systems: z.array(comparisonResult),
  certificate: certificateOfReport.nullable(),
  /** Null for parts that are not sealed. */
  testPart: testPartRecord.nullable(),
  /** Of the last line of the ledger that speaks of openings, evaluations or erasures. */
  ledger: ledgerHead,
  method: z.strictObject({
    intervals: z.string(),
    bootstrap: z.strictObject({ seed: z.int(), replicates: z.int().positive(), groups: count }).nullable(),
    draws: z.strictObject({ seed: z.int(), count: z.int().nonnegative() }),
  }),
  notes: z.array(z.string()),
  /** What is not in it, why, and what brings it in. */
  missing: z.array(z.strictObject({ what: z.string(), why: z.string(), howTo: z.string() })),
})
export type ReportDocument = z.infer<typeof reportDocument>

export const reportResult = z.strictObject({
  files: z.array(z.strictObject({ format: reportFormat, file: z.string(), sha256 })),
  /** Estimates in the document. */
  figures: count,
})
export type ReportResult = z.infer<typeof reportResult>

export const bundleResult = z.strictObject({
  file: z.string(),
  sha256,
  bytes: count,
  parts: z.array(z.strictObject({ path: z.string(), bytes: count, sha256 })),
  /** Fingerprint of the key: SHA-256 of its public half in PEM. Null where nobody signed. */
  signedBy: sha256.nullable().default(null),
})
export type BundleResult = z.infer<typeof bundleResult>

/** One thing that was looked at. */
export const bundleCheck = z.strictObject({
  line: z.string(),
  what: z.string(),
  expected: z.string().nullable(),
  found: z.string().nullable(),
  /** Null where it could not be looked at, with the reason in `found`. */
  holds: z.boolean().nullable(),
})
export type BundleCheck = z.infer<typeof bundleCheck>

export const bundleVerdict = z.strictObject({
  holds: z.boolean(),
  file: z.string(),
  sha256: sha256.nullable(),
  /** What the bundle is about; null where its report cannot be read. */
  subject: z.string().nullable(),
  counts: z.strictObject({ checked: count, holding: count, broken: count, notChecked: count }),
  /** Those that hold summed up by what they are of, and each that does not. */
  checks: z.array(bundleCheck),
})
export type BundleVerdict = z.infer<typeof bundleVerdict>

const draws = z.int().min(0).max(20_000).default(2000)

export const reportRequest = z.object({
  evaluationId,
  folder: filePath,
  formats: z.array(reportFormat).min(1).default(['json', 'csv', 'html', 'pdf']),
  depth: reportDepth.default('standard'),
  /** Other systems' stored answers to set beside it; all that answer for its images where left out. */
  baselines: z.array(baselineId).optional(),
  /** Shuffles and resamples for each table of groups. */
  draws,
})
export type ReportRequest = z.output<typeof reportRequest>

export const bundleRequest = z.object({
  evaluationId,
  file: filePath,
  depth: reportDepth.default('full'),
  baselines: z.array(baselineId).optional(),
  draws,
  /** A private P-256 key in PEM; without it the bundle is not signed. */
  signWith: filePath.optional(),
})
export type BundleRequest = z.output<typeof bundleRequest>

const tags = ['reports']

export const reportContract = {
  /** Writes the report of an evaluation into a folder. Files of the same content are left, others are never replaced. */
  make: procedure
    .route({ method: 'POST', path: '/reports', summary: 'Write the report of an evaluation', tags })
    .input(reportRequest)
    .output(z.strictObject({ jobId })),
  /** Writes the report with all that it can be recomputed from into one file. */
  bundle: procedure
    .route({
      method: 'POST',
      path: '/reports/bundle',
      summary: 'Write the audit bundle of an evaluation',
      tags,
    })
    .input(bundleRequest)
    .output(z.strictObject({ jobId })),
}

export const bundleContract = {
  /** Recomputes every hash and figure of a bundle; wants no project. */
  verify: procedure
    .route({ method: 'POST', path: '/bundles/verify', summary: 'Verify an audit bundle', tags })
    /** With `signerKey`, the public key in PEM of whoever is expected to have signed it, a bundle that they did not sign does not hold. */
    .input(z.object({ file: filePath, signerKey: filePath.optional() }))
    .output(bundleVerdict),
}
