import * as z from 'zod'
import { datasetId, estimate, fromPath, jobId, procedure, timestamp, filePath } from './base.contract.ts'
import { reviewerName } from './settings.contract.ts'
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

export const importPreviewRequest = importRequest
  .pick({ source: true, labels: true, columns: true, folderTask: true, labelScheme: true })
  .extend({ format: importFormat.optional() })
export type ImportPreviewRequest = z.infer<typeof importPreviewRequest>

const importProblem = z.strictObject({ file: z.string(), reason: z.string() })

/** What an import would make of a folder. Nothing is stored for it. */
export const importPreview = z.strictObject({
  /** The one that was asked for, else the one that the folder looks like; null where nothing tells. */
  format: importFormat.nullable(),
  /** By what the format was told; null where it was asked for. */
  toldBy: z.string().nullable(),
  folderTask: importRequest.shape.folderTask.unwrap().nullable(),
  tables: z.array(
    z.strictObject({
      file: z.string(),
      columns: z.array(z.string()),
      /** The columns that are read for each field. */
      read: csvColumns.partial(),
    }),
  ),
  images: z.int().nonnegative(),
  otherFiles: importResult.shape.otherFiles.unwrap(),
  /** Of files spread evenly over the folder, those that are no picture that can be read. */
  unreadable: estimate,
  problems: z.array(importProblem),
  samples: z.array(
    z.strictObject({
      file: z.string(),
      /** A small picture as a data: address; null where it cannot be read. */
      picture: z.string().nullable(),
      ageYears: z.number().nullable(),
      ageBin: z.string().nullable(),
      gender: z.string().nullable(),
      race: z.string().nullable(),
      identity: z.string().nullable(),
      /** What of its labels was repaired or left missing, and why. */
      notes: z.array(z.string()),
    }),
  ),
  /** Why nothing would be imported as it was asked for. */
  refusal: z.string().nullable(),
})
export type ImportPreview = z.infer<typeof importPreview>

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

/** One import, as long as something that it brought is in the project. */
export const importRecord = z.strictObject({
  jobId,
  datasetId,
  dataset: z.string(),
  at: timestamp,
  images: z.int().nonnegative(),
  /** Labels that it gave to images of earlier imports. */
  labels: z.int().nonnegative(),
  /** Where it linked the data set to another folder, since the one before was gone; null where that link no longer stands. */
  relinked: z.strictObject({ from: z.string(), to: z.string() }).nullable(),
})
export type ImportRecord = z.infer<typeof importRecord>

export const importUndoResult = z.strictObject({
  importJobId: jobId,
  datasetId,
  dataset: z.string(),
  images: z.int().nonnegative(),
  labels: z.int().nonnegative(),
  /** Images that something was built on while it ran: they stay. */
  kept: z.int().nonnegative(),
  /** Whether the data set went too, since no other import is left in it. */
  isDatasetGone: z.boolean(),
  /** The folder that the import had linked the data set to, and whether it is linked to the one before again. */
  relinked: z.strictObject({ from: z.string(), to: z.string(), isRestored: z.boolean() }).nullable(),
})
export type ImportUndoResult = z.infer<typeof importUndoResult>

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
  preview: procedure
    .route({
      method: 'POST',
      path: '/datasets/preview',
      summary:
        'What an import would read of a folder: its format, some pictures with their labels, what cannot be read',
      tags: ['datasets'],
    })
    .input(importPreviewRequest)
    .output(importPreview),
  imports: procedure
    .route({ method: 'GET', path: '/datasets/imports', summary: 'Imports, newest first', tags: ['datasets'] })
    .output(z.array(importRecord)),
  /** Takes back what one import brought, as long as nothing stands on it. */
  undoImport: procedure
    .route({
      method: 'POST',
      path: '/datasets/imports/{jobId}/undo',
      summary: 'Take an import back as a job',
      tags: ['datasets'],
    })
    .input(z.object({ jobId: fromPath(jobId), reviewer: reviewerName.optional() }))
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
