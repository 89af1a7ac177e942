import * as z from 'zod'
import { datasetId, filePath, jobId, procedure, sha256, splitId, task, timestamp } from './base.contract.ts'
import { partName } from './split.contract.ts'
import { labelSchemeNames } from '../domain/label-schemes.ts'

export const baselineId = z.int().positive().brand<'BaselineId'>()
export type BaselineId = z.infer<typeof baselineId>

/** Networks of other makers that run here, on the images of the project. */
export const networkName = z.enum(['face-api', 'gear', 'faceres', 'ssrnet'])
export type NetworkName = z.infer<typeof networkName>

/** Whose stored answers are read, and so how they are written. */
export const importKind = z.enum([
  'csv',
  'azure-face',
  'facepp',
  'google-vision',
  'rekognition',
  'deepface',
  'fairface',
])
export type ImportKind = z.infer<typeof importKind>

export const baselineKind = z.enum([...importKind.options, ...networkName.options])
export type BaselineKind = z.infer<typeof baselineKind>

/** What a column of a table may hold. */
export const baselineColumn = z.enum(['image', 'sha256', 'race', 'gender', 'age', 'confidence', 'error'])
export type BaselineColumn = z.infer<typeof baselineColumn>

const rule = z.object({
  task,
  from: z.string().trim().min(1).max(100),
  /** A label of the images' scheme; null for a word that has none there. */
  to: z.string().trim().min(1).max(100).nullable(),
})
export type BaselineRule = z.infer<typeof rule>

export const baselineImport = z.object({
  /** A table, a JSON document of answers by name, or a folder with an answer in each JSON file. */
  path: filePath,
  kind: importKind,
  name: z.string().trim().min(1).max(200).optional(),
  /** Which column holds what, by its name; found by usual names where left out. */
  columns: z.partialRecord(baselineColumn, z.string().min(1).max(200)).default({}),
  /** Words of the other system and the labels that they stand for, before the usual ones. */
  map: z.array(rule).max(200).default([]),
  /** Texts to replace in names of images, in this order. */
  replace: z
    .array(z.object({ from: z.string().min(1).max(200), to: z.string().max(200) }))
    .max(20)
    .default([]),
  /** What images are called by what the answers call them, which stands for `{}`. */
  imageName: z
    .string()
    .max(300)
    .refine((text) => text.includes('{}'), 'must hold {} in the place of the name that the answers give')
    .default('{}'),
  /** Counts and lists what would be taken in, and stores nothing. */
  isDryRun: z.boolean().default(false),
})
export type BaselineImport = z.infer<typeof baselineImport>

/** Which images a network is asked about: of a data set, of a part of a split, or all that are not removed. */
export const baselineRun = z.object({
  network: networkName,
  name: z.string().trim().min(1).max(200).optional(),
  /** The folder with the files of a network that does not come with Evenhand. */
  weights: filePath.optional(),
  datasetId: datasetId.optional(),
  splitId: splitId.optional(),
  /** Of the split; all of it where left out. */
  part: partName.optional(),
})
export type BaselineRun = z.infer<typeof baselineRun>

const count = z.int().nonnegative()

/** One line of the mapping: a word of the other system beside the label that it stands for in a scheme. */
export const baselineMapping = z.strictObject({
  task,
  scheme: z.enum(labelSchemeNames),
  from: z.string(),
  /** Null where the scheme has no such label: the answer is wrong whatever the image is labelled. */
  to: z.string().nullable(),
  /** Images that it was answered for. */
  images: count,
})
export type BaselineMapping = z.infer<typeof baselineMapping>

const counts = {
  kind: baselineKind,
  name: z.string(),
  /** Answers in the file or folder. */
  rows: count,
  /** Images of the catalogue that have one. */
  matched: count,
  /** Rows about an image that an earlier row was about already; the first is kept. */
  duplicates: count,
  /** Images in which the system found no face. */
  undetected: count,
  /** Answers that are an error: the system was not asked, or refused to look. */
  notAsked: count,
  /** Images with several faces, of which the largest is taken. */
  severalFaces: count,
  /** Ages that are neither years nor one of the bins, and count as none. */
  unreadAges: count,
  mapping: z.array(baselineMapping),
}

export const baselineReport = z.strictObject({
  /** Null for a dry run. */
  baselineId: baselineId.nullable(),
  ...counts,
  matchedBy: z.strictObject({ hash: count, path: count, name: count }),
  /** Names that no image of the catalogue bears, the first 500. */
  unmatched: z.array(z.string()),
  unmatchedCount: count,
  unmapped: z.array(baselineMapping),
  /** Answers that could not be read, and why, the first 500. */
  problems: z.array(z.strictObject({ at: z.string(), message: z.string() })),
  problemCount: count,
  /** Rows with characters that are no UTF-8. */
  brokenText: count,
})
export type BaselineReport = z.infer<typeof baselineReport>

export const baseline = z.strictObject({
  baselineId,
  ...counts,
  /** Name of the file or folder, without where it lay. */
  source: z.string(),
  /** Of the file; of a folder, over the names and hashes of its files. */
  sha256,
  /** Names that no image bore. */
  unmatched: count,
  /** Tasks that it answers. */
  tasks: z.array(task),
  /** Answers that are left: fewer than were matched where images were erased. */
  answers: count,
  createdAt: timestamp,
})
export type Baseline = z.infer<typeof baseline>

/** What a job that asked a network made. */
export const baselineRunResult = z.strictObject({
  baselineId,
  images: count,
  undetected: count,
  /** Files that could not be read: the network was not asked. */
  unreadable: count,
})
export type BaselineRunResult = z.infer<typeof baselineRunResult>

export const baselineContract = {
  import: procedure
    .route({
      method: 'POST',
      path: '/baselines',
      summary: 'Take in stored answers of another system',
      tags: ['baselines'],
    })
    .input(baselineImport)
    .output(baselineReport),
  run: procedure
    .route({
      method: 'POST',
      path: '/baselines/run',
      summary: 'Ask a network of another maker about images of the project, and store its answers',
      tags: ['baselines'],
    })
    .input(baselineRun)
    .output(z.strictObject({ jobId })),
  list: procedure
    .route({
      method: 'GET',
      path: '/baselines',
      summary: 'Stored answers of other systems, newest first',
      tags: ['baselines'],
    })
    .output(z.array(baseline)),
}
