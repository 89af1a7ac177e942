import * as z from 'zod'
import { samplePortraits } from '../domain/sample-recipe.ts'
import { filePath, imageId, jobId, procedure, sha256, timestamp } from './base.contract.ts'

/** Who may read the files of a project: the user alone, or also the group that its folder belongs to. */
export const fileAudience = z.enum(['owner', 'group'])

export const projectSummary = z.strictObject({
  folder: z.string(),
  name: z.string(),
  uuid: z.uuid(),
  createdAt: timestamp,
  /** True for the generated sample project, whose numbers mean nothing about people. */
  isSynthetic: z.boolean(),
  files: z.strictObject({
    audience: fileAudience,
    /** What there is to tell of them since the project was opened, such as that others could read them until then. */
    notice: z.string().nullable(),
  }),
  counts: z.strictObject({
    datasets: z.int().nonnegative(),
    /** All of them; so many are removed. */
    images: z.int().nonnegative(),
    removed: z.int().nonnegative(),
    splits: z.int().nonnegative(),
    runs: z.int().nonnegative(),
    models: z.int().nonnegative(),
    evaluations: z.int().nonnegative(),
    exports: z.int().nonnegative(),
  }),
})
export type ProjectSummary = z.infer<typeof projectSummary>

export const recentProject = z.strictObject({
  folder: z.string(),
  name: z.string(),
  openedAt: timestamp,
  isMissing: z.boolean(),
})
export type RecentProject = z.infer<typeof recentProject>

/** Acts on much of the catalogue, before which it is copied. */
export const copiedAct = z.enum(['import', 'decisions', 'undo-import'])
export type CopiedAct = z.infer<typeof copiedAct>

/** Why a copy was made: on request, because the last one was old, or before a large act. */
export const copyReason = z.enum(['requested', 'age', ...copiedAct.options, 'upgrade'])
export type CopyReason = z.infer<typeof copyReason>

/** How many rows each table has. */
const tableRows = z.record(z.string(), z.int().nonnegative())
export type TableRows = z.infer<typeof tableRows>

export const catalogueCopy = z.strictObject({
  file: z.string(),
  madeAt: timestamp,
  bytes: z.int().nonnegative(),
  /** Null, as what follows, for a copy that an upgrade made: it was read through, but has no record beside it. */
  sha256: sha256.nullable(),
  reason: copyReason.nullable(),
  rows: tableRows.nullable(),
})
export type CatalogueCopy = z.infer<typeof catalogueCopy>

export const restoredCatalogue = z.strictObject({
  folder: z.string(),
  file: z.string(),
  /** Where the catalogue that was replaced lies now; null when there was none. */
  replaced: z.string().nullable(),
  /** Rows of the catalogue that was replaced; null when it could not be read. */
  before: tableRows.nullable(),
  after: tableRows,
  /** Images that had been erased since the copy was made, and stand in the project again. */
  erasedReturned: z.array(imageId),
})
export type RestoredCatalogue = z.infer<typeof restoredCatalogue>

export const projectContract = {
  current: procedure
    .route({ method: 'GET', path: '/project', summary: 'The open project, or null', tags: ['project'] })
    .output(projectSummary.nullable()),
  create: procedure
    .route({
      method: 'POST',
      path: '/project/create',
      summary: 'Make a project in a folder and open it',
      tags: ['project'],
    })
    .input(z.object({ folder: filePath, name: z.string().min(1).max(200).optional() }))
    .output(projectSummary),
  open: procedure
    .route({ method: 'POST', path: '/project/open', summary: 'Open a project folder', tags: ['project'] })
    .input(z.object({ folder: filePath }))
    .output(projectSummary),
  close: procedure
    .route({ method: 'POST', path: '/project/close', summary: 'Close the open project', tags: ['project'] })
    .output(z.strictObject({ closed: z.boolean() })),
  setAudience: procedure
    .route({
      method: 'PATCH',
      path: '/project/files',
      summary: 'Say who may read the files of the open project',
      tags: ['project'],
    })
    .input(z.object({ audience: fileAudience }))
    .output(projectSummary),
  /** Copies the catalogue of the open project and reads the copy through. */
  backUp: procedure
    .route({ method: 'POST', path: '/project/backup', summary: 'Copy the catalogue', tags: ['project'] })
    .input(z.object({ file: filePath.optional() }))
    .output(catalogueCopy),
  copies: procedure
    .route({
      method: 'GET',
      path: '/project/copies',
      summary: 'Copies of the catalogue, newest first, and rows of its main tables as they are now',
      tags: ['project'],
    })
    .output(z.strictObject({ copies: z.array(catalogueCopy), rows: tableRows })),
  /** Puts a copy in the place of a catalogue, which need not be readable; the one replaced is kept. */
  restore: procedure
    .route({
      method: 'POST',
      path: '/project/restore',
      summary: 'Put a copy in the place of the catalogue',
      tags: ['project'],
    })
    .input(z.object({ folder: filePath, file: filePath }))
    .output(restoredCatalogue),
  recent: procedure
    .route({ method: 'GET', path: '/project/recent', summary: 'Recently opened projects', tags: ['project'] })
    .output(z.array(recentProject)),
  /** Generates the abstract sample portraits in a new project folder and imports them. */
  createSample: procedure
    .route({
      method: 'POST',
      path: '/project/sample',
      summary: 'Make and open the generated sample project',
      tags: ['project'],
    })
    .input(
      z.object({
        folder: filePath.optional(),
        images: z.int().min(100).max(100_000).default(samplePortraits),
        seed: z.int().nonnegative().default(1),
      }),
    )
    .output(z.strictObject({ jobId, folder: z.string() })),
}
