import * as z from 'zod'
import { erasedImages, fromPath, imageId, procedure, sha256, snapshotId, timestamp } from './base.contract.ts'
import { reviewerName } from './settings.contract.ts'

/** An immutable state of the catalogue: every image that is not removed, with its labels and identity. */
export const snapshotSummary = z.strictObject({
  id: snapshotId,
  name: z.string(),
  note: z.string(),
  reviewer: z.string(),
  /** Equal for equal content in any project: data sets, paths, files, labels, identities. */
  hash: sha256,
  images: z.int().nonnegative(),
  createdAt: timestamp,
  erasedImages,
})
export type SnapshotSummary = z.infer<typeof snapshotSummary>

const labels = z.strictObject({
  race: z.string().nullable(),
  gender: z.string().nullable(),
  /** Years where they are known, else the bin. */
  age: z.string().nullable(),
  identity: z.string().nullable(),
})

export const snapshotDifference = z.strictObject({
  kind: z.enum(['added', 'removed', 'changed']),
  imageId,
  dataset: z.string(),
  path: z.string(),
  /** In the first snapshot; null for an added image. */
  before: labels.nullable(),
  after: labels.nullable(),
})
export type SnapshotDifference = z.infer<typeof snapshotDifference>

export const snapshotDiff = z.strictObject({
  added: z.int().nonnegative(),
  removed: z.int().nonnegative(),
  /** Images whose labels differ. */
  changed: z.int().nonnegative(),
  /** Labels that differ, all and by task. */
  labels: z.int().nonnegative(),
  byTask: z.strictObject({
    race: z.int().nonnegative(),
    gender: z.int().nonnegative(),
    age: z.int().nonnegative(),
    identity: z.int().nonnegative(),
  }),
  /** "+0 -912 images, 143 labels changed" */
  text: z.string(),
  items: z.array(snapshotDifference),
  nextCursor: z.int().positive().nullable(),
})
export type SnapshotDiff = z.infer<typeof snapshotDiff>

const tags = ['snapshots']

export const snapshotContract = {
  create: procedure
    .route({ method: 'POST', path: '/snapshots', summary: 'Keep the state of the catalogue', tags })
    .input(
      z.object({
        name: z.string().trim().min(1).max(200).optional(),
        note: z.string().trim().max(2000).default(''),
        reviewer: reviewerName.optional(),
      }),
    )
    .output(snapshotSummary),
  list: procedure
    .route({ method: 'GET', path: '/snapshots', summary: 'Snapshots, newest first', tags })
    .output(z.array(snapshotSummary)),
  get: procedure
    .route({ method: 'GET', path: '/snapshots/{snapshotId}', summary: 'One snapshot', tags })
    .input(z.object({ snapshotId: fromPath(snapshotId) }))
    .output(snapshotSummary),
  /** From `a` to `b`; without `b` to the catalogue as it is now. Differences in the order of image ids. */
  diff: procedure
    .route({ method: 'GET', path: '/snapshots/{a}/diff', summary: 'What changed since a snapshot', tags })
    .input(
      z.object({
        a: fromPath(snapshotId),
        b: fromPath(snapshotId).optional(),
        kind: z.enum(['added', 'removed', 'changed']).optional(),
        cursor: z.coerce.number().int().positive().optional(),
        limit: z.coerce.number().int().min(0).max(1000).default(100),
      }),
    )
    .output(snapshotDiff),
}
