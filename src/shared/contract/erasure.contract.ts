import * as z from 'zod'
import { identityId, imageId, jobId, procedure, sha256, timestamp } from './base.contract.ts'
import { reviewerName } from './settings.contract.ts'

export const erasureId = z.int().positive().brand<'ErasureId'>()
export type ErasureId = z.infer<typeof erasureId>

/** `validation`: of the run of that number, which was measured on the pictures while it trained. */
export const erasureEffectKind = z.enum([
  'split',
  'snapshot',
  'run',
  'model',
  'validation',
  'crossval',
  'evaluation',
])
export type ErasureEffectKind = z.infer<typeof erasureEffectKind>

/** What happens to copies of the catalogue in which the pictures still stand. */
export const backupChoice = z.enum(['keep', 'remake', 'delete'])
export type BackupChoice = z.infer<typeof backupChoice>

/** What happens to tables that were exported into the project's folder and name the pictures. */
export const tableChoice = z.enum(['keep', 'delete'])
export type TableChoice = z.infer<typeof tableChoice>

const target = {
  images: z.array(imageId).max(100_000).default([]),
  /** Every picture of these people. */
  identities: z.array(identityId).max(10_000).default([]),
}

/** What an erasure would take and change. Names stand here alone: nothing that is kept repeats them. */
export const erasurePreview = z.strictObject({
  images: z.array(
    z.strictObject({
      imageId,
      dataset: z.string(),
      path: z.string(),
      identity: z.string().nullable(),
      /** `same-picture`: not asked for, but the same pixels. */
      because: z.enum(['asked', 'identity', 'same-picture']),
    }),
  ),
  /** Rows that go, by table. */
  rows: z.record(z.string(), z.int().nonnegative()),
  /** Within the project's folder; these go. */
  files: z.array(z.string()),
  /** Outside the project's folder: nobody touches these. */
  originals: z.array(z.string()),
  /** Files outside the project that labels of these pictures were read from, which still name them. */
  labelFiles: z.array(z.string()),
  /** Copies of the catalogue in which the pictures still stand. */
  backups: z.array(z.string()),
  /** Tables and other texts in the project's folder that name them, and packed tables, which might. */
  tables: z.array(z.string()),
  /** What learned from the pictures stays, marked; what counted them is counted anew. */
  effects: z.array(
    z.strictObject({
      kind: erasureEffectKind,
      id: z.int(),
      name: z.string(),
      images: z.int().nonnegative(),
      outcome: z.enum(['marked', 'counted-anew']),
    }),
  ),
  warning: z.string(),
})
export type ErasurePreview = z.infer<typeof erasurePreview>

/** What the job made; without a name of what is gone. */
export const erasureResult = z.strictObject({
  erasureId,
  images: z.int().positive(),
  effects: z.array(z.strictObject({ kind: erasureEffectKind, id: z.int(), images: z.int() })),
  /** Copies of the catalogue that still hold the pictures, as somebody chose. */
  backupsKept: z.array(z.string()),
  backupsDeleted: z.array(z.string()),
  /** The copy that took their place. */
  backupMade: z.string().nullable(),
})
export type ErasureResult = z.infer<typeof erasureResult>

export const erasure = z.strictObject({
  id: erasureId,
  jobId,
  actor: z.string(),
  reason: z.string(),
  at: timestamp,
  images: z.int().positive(),
  /** False while it is under way, or was cut off: its job can be resumed. */
  isComplete: z.boolean(),
  /** SHA-256 of the files. */
  hashes: z.array(sha256),
  effects: z.array(
    z.strictObject({
      kind: erasureEffectKind,
      id: z.int(),
      images: z.int(),
      /** The hash by which a list was sealed before. */
      hashBefore: sha256.nullable(),
    }),
  ),
})
export type Erasure = z.infer<typeof erasure>

/** What becomes of the copies that were found to hold erased pictures. */
export const settledBackups = z.strictObject({
  kept: z.array(z.string()),
  deleted: z.array(z.string()),
  made: z.string().nullable(),
})
export type SettledBackups = z.infer<typeof settledBackups>

export const erasureContract = {
  preview: procedure
    .route({
      method: 'POST',
      path: '/erasures/preview',
      summary: 'What erasing pictures would take and change',
      tags: ['erasures'],
    })
    .input(z.object(target))
    .output(erasurePreview),
  /** Erases pictures for good: nothing brings them back. */
  start: procedure
    .route({ method: 'POST', path: '/erasures', summary: 'Erase pictures for good', tags: ['erasures'] })
    .input(
      z.object({
        ...target,
        reason: z.string().trim().min(1).max(1000),
        reviewer: reviewerName.optional(),
        backups: backupChoice.default('keep'),
        tables: tableChoice.default('keep'),
      }),
    )
    .output(z.strictObject({ jobId })),
  list: procedure
    .route({ method: 'GET', path: '/erasures', summary: 'Erasures, newest first', tags: ['erasures'] })
    .output(z.array(erasure)),
  /** Looks for pictures erased before in the copies of the catalogue, and does what is chosen with those that hold any. */
  settleBackups: procedure
    .route({
      method: 'POST',
      path: '/erasures/backups',
      summary: 'Copies that still hold erased pictures',
      tags: ['erasures'],
    })
    .input(z.object({ backups: backupChoice.default('keep') }))
    .output(settledBackups),
}
