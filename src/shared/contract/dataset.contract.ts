import * as z from 'zod'
import { datasetId, fromPath, jobId, procedure, timestamp, filePath } from './base.contract.ts'
import { labelSchemeNames } from '../domain/label-schemes.ts'

export const importFormat = z.enum(['utkface', 'fairface', 'lfw', 'folder', 'csv'])
export type ImportFormat = z.infer<typeof importFormat>

/** Which column of a label file holds what; only `file` is required. */
export const csvColumns = z.object({
  file: z.string().min(1),
  race: z.string().min(1).optional(),
  gender: z.string().min(1).optional(),
  /** Exact years or bins; both are recognised value by value. */
  age: z.string().min(1).optional(),
  identity: z.string().min(1).optional(),
})
export type CsvColumns = z.infer<typeof csvColumns>

export const importRequest = z.object({
  source: filePath,
  format: importFormat,
  name: z.string().min(1).max(200).optional(),
  /** Label file or files; relative paths are taken from the source folder, then from the working folder. */
  labels: z.union([filePath, z.array(filePath).min(1)]).optional(),
  columns: csvColumns.optional(),
  /** For `folder`: which label the folder names are. */
  folderTask: z.enum(['race', 'gender', 'age', 'identity']).optional(),
  labelScheme: z.enum(labelSchemeNames).optional(),
  /** Copies the files into the project folder instead of referring to them in place. */
  copy: z.boolean().default(false),
})
export type ImportRequest = z.infer<typeof importRequest>

export const importResult = z.strictObject({
  datasetId,
  /** Files found that are meant as images, readable or not. */
  seen: z.int().nonnegative(),
  imported: z.int().nonnegative(),
  unchanged: z.int().nonnegative(),
  /** Images of the data set, imported or unchanged, that carry no label at all. */
  unlabelled: z.int().nonnegative(),
  skipped: z.array(z.strictObject({ file: z.string(), reason: z.string() })),
  repaired: z.array(
    z.strictObject({
      file: z.string(),
      field: z.string(),
      from: z.string(),
      /** Null where the label was left missing. */
      to: z.string().nullable(),
      reason: z.string(),
    }),
  ),
  /** Files that are no pictures, by the ending of their names in lower case ("" for none), the most first. */
  otherFiles: z.array(z.strictObject({ ending: z.string(), files: z.int().positive() })).default([]),
})
export type ImportResult = z.infer<typeof importResult>

export const datasetSummary = z.strictObject({
  id: datasetId,
  name: z.string(),
  format: importFormat,
  source: z.string(),
  labelScheme: z.enum(labelSchemeNames),
  images: z.int().nonnegative(),
  identities: z.int().nonnegative(),
  skipped: z.int().nonnegative(),
  repaired: z.int().nonnegative(),
  createdAt: timestamp,
})
export type DatasetSummary = z.infer<typeof datasetSummary>

export const datasetContract = {
  list: procedure
    .route({ method: 'GET', path: '/datasets', summary: 'Data sets of the project', tags: ['datasets'] })
    .output(z.array(datasetSummary)),
  import: procedure
    .route({
      method: 'POST',
      path: '/datasets/import',
      summary: 'Import a folder of images as a job',
      tags: ['datasets'],
    })
    .input(importRequest)
    .output(z.strictObject({ jobId })),
  issues: procedure
    .route({
      method: 'GET',
      path: '/datasets/{datasetId}/issues',
      summary: 'Skipped and repaired files of the imports',
      tags: ['datasets'],
    })
    .input(z.object({ datasetId: fromPath(datasetId) }))
    .output(importResult.pick({ skipped: true, repaired: true })),
}
