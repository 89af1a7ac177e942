import * as z from 'zod'
import { checkIds } from '../domain/checks.ts'
import { removeReasonCodes } from '../domain/decision-words.ts'
import { imageId, procedure, sha256, task, timestamp, filePath } from './base.contract.ts'
import { imageFilter } from './image.contract.ts'
import { reviewerName } from './settings.contract.ts'

export const actId = z.int().positive().brand<'ActId'>()
export type ActId = z.infer<typeof actId>

const check = z.enum(checkIds)
/** The name to decide under; without it the one of the settings. */
const reviewer = reviewerName.optional()

/** An image as a window has seen it. */
const seenImage = z.object({ imageId, revision: z.int().nonnegative() })

export const decisionTarget = z.union([
  z.object({ images: z.array(seenImage).min(1).max(20_000) }),
  /** A group of a check: the action is for all but those of `keep`, which are kept. */
  z.object({
    check,
    groupId: z.int().positive(),
    keep: z.array(imageId).max(1000).default([]),
    /** What the window showed of the group; members that it did not show are left alone and told. */
    seen: z.array(seenImage).max(20_000).optional(),
    /** Labels that the kept copies get, taken from any of the group; confirms the ones that differed. */
    labels: z.partialRecord(task, z.string().max(100).nullable()).optional(),
  }),
  /**
   * Every open group of a check whose labels agree: the suggested copy of each is kept, the others are removed. Groups whose
   * labels differ are left. CONFLICT when that is no longer the number of groups seen.
   */
  z.object({
    check,
    groups: z.literal('suggested'),
    filter: imageFilter.default({}),
    expectedGroups: z.int().nonnegative(),
  }),
  /** Everything that a query gives; CONFLICT when that is no longer the number seen. */
  z.object({ query: imageFilter, expectedCount: z.int().nonnegative() }),
])
export type DecisionTarget = z.infer<typeof decisionTarget>

/** `restore` takes a removal or a keep back and opens the queues of the image again. */
export const decisionAction = z.enum(['keep', 'remove', 'relabel', 'suspect', 'clear-suspect', 'restore'])
export type DecisionAction = z.infer<typeof decisionAction>

export const removeReason = z.enum(removeReasonCodes)
const note = z.string().trim().max(2000)

const choice = z.object({
  action: decisionAction,
  /** For `remove`; without it the one that goes with the queue. */
  reason: removeReason.optional(),
  note: note.optional(),
  /** For `relabel`. */
  task: task.optional(),
  /** For `relabel`: a label of the data set's scheme, an age in years or a bin; null takes the label away. */
  value: z.string().max(100).nullable().optional(),
})
const hasLabel = ({ action, task: named, value }: z.infer<typeof choice>): boolean =>
  (action === 'relabel') === (named !== undefined && value !== undefined)
const isForCopies = ({ action, target }: { action: DecisionAction; target: DecisionTarget }): boolean =>
  !('groups' in target || ('groupId' in target && target.labels !== undefined)) || action === 'remove'
const copiesRule = {
  message: 'Suggested copies and labels taken from copies go with "remove": it removes the other copies',
  path: ['action'],
}
const labelRule = { message: 'A relabel names a task and a value, and no other action does', path: ['value'] }

export const decisionRequest = choice
  .extend({
    target: decisionTarget,
    /** The queue in which it is decided; its finding is then closed for the image. */
    check: check.optional(),
    reviewer,
  })
  .refine(hasLabel, labelRule)
  .refine(isForCopies, copiesRule)
export type DecisionRequest = z.infer<typeof decisionRequest>

export const decisionConflict = z.strictObject({
  imageId,
  /**
   * `changed` since it was seen, `removed` meanwhile, `missing` from the catalogue, not in the group as seen
   * (`group`), the label is none of the data set's `scheme`, or it is the copy of its group that stays (`last-copy`).
   */
  reason: z.enum(['changed', 'removed', 'missing', 'group', 'scheme', 'last-copy']),
  /** What has happened and who did it, in words. */
  message: z.string(),
  by: z.string().nullable(),
  at: timestamp.nullable(),
  /** As it stands now; null for an image that is missing. */
  revision: z.int().nonnegative().nullable(),
})
export type DecisionConflict = z.infer<typeof decisionConflict>

export const decisionOutcome = z.strictObject({
  /** The new revision of each changed image; null where nothing was changed. */
  actId: actId.nullable(),
  /** What undo will call it. */
  title: z.string(),
  changed: z.int().nonnegative(),
  /** Images that stood so already. */
  unchanged: z.int().nonnegative(),
  conflictCount: z.int().nonnegative(),
  /** The first 500. */
  conflicts: z.array(decisionConflict),
})
export type DecisionOutcome = z.infer<typeof decisionOutcome>

const stackEntry = z.strictObject({ actId, title: z.string(), images: z.int().nonnegative(), at: timestamp })

export const decisionState = z.strictObject({
  reviewer: reviewerName,
  /** What undo would take back, and redo bring back, for this reviewer. */
  undo: stackEntry.nullable(),
  redo: stackEntry.nullable(),
})
export type DecisionState = z.infer<typeof decisionState>

export const decisionChange = z.strictObject({
  imageId,
  field: z.enum(['status', 'suspect', 'review', 'race', 'gender', 'age']),
  from: z.string().nullable(),
  to: z.string().nullable(),
  /** The queue it was made in or, for a review, that it closes; null for a review of every queue. */
  check: check.nullable(),
  reason: z.string().nullable(),
  note: z.string().nullable(),
})
export type DecisionChange = z.infer<typeof decisionChange>

export const historyEntry = z.strictObject({
  actId,
  kind: z.enum(['decide', 'import', 'undo', 'redo']),
  title: z.string(),
  reviewer: z.string(),
  at: timestamp,
  /** The queue it was made in. */
  check: check.nullable(),
  /** Images that it changed, and that it left alone because of a conflict. */
  images: z.int().nonnegative(),
  conflicts: z.int().nonnegative(),
  /** An undo took it back, and no redo brought it back. */
  isUndone: z.boolean(),
  /** Of the image asked for, else the first 20. */
  changes: z.array(decisionChange),
})
export type HistoryEntry = z.infer<typeof historyEntry>

export const decisionProgress = z.strictObject({
  check,
  decided: z.int().nonnegative(),
  total: z.int().nonnegative(),
  /** Of the present session; null before its second decision. */
  perMinute: z.number().positive().nullable(),
  minutesLeft: z.number().nonnegative().nullable(),
})
export type DecisionProgress = z.infer<typeof decisionProgress>

export const decisionFormat = z.enum(['csv', 'fiftyone', 'label-studio'])
export type DecisionFormat = z.infer<typeof decisionFormat>

export const decisionImportReport = z.strictObject({
  format: decisionFormat,
  isDryRun: z.boolean(),
  /** Decisions read. */
  rows: z.int().nonnegative(),
  /** Found by the hash of the file, and by its path. */
  matchedByHash: z.int().nonnegative(),
  matchedByPath: z.int().nonnegative(),
  /** Found by the name of the file, which one image alone has, whatever folders were written. */
  matchedByName: z.int().nonnegative(),
  /** Decisions that would change, or have changed, an image. */
  changed: z.int().nonnegative(),
  unchanged: z.int().nonnegative(),
  /** Left alone because a newer decision stands. */
  newer: z.int().nonnegative(),
  /** Say again what another decision of the file says of the same image, or were overtaken by a newer one of it. */
  repeated: z.int().nonnegative(),
  actId: actId.nullable(),
  problemCount: z.int().nonnegative(),
  /** The first 500: files that are not here, values that are none, ... by line or place in the file. */
  problems: z.array(z.strictObject({ at: z.string(), message: z.string() })),
})
export type DecisionImportReport = z.infer<typeof decisionImportReport>

const tags = ['decisions']

export const decisionContract = {
  /**
   * One act, whatever the number of images. An image that somebody changed meanwhile is a conflict: it is told, and left
   * as it is, while the others go through.
   */
  decide: procedure
    .route({ method: 'POST', path: '/decisions', summary: 'Keep, remove, relabel or mark images', tags })
    .input(decisionRequest)
    .output(decisionOutcome),
  /**
   * Takes the reviewer's last act back, or `actId`, one of the reviewer's own: what later acts changed of its images stays,
   * and is told as a conflict. CONFLICT where the act is taken back already.
   */
  undo: procedure
    .route({ method: 'POST', path: '/decisions/undo', summary: 'Take an act back', tags })
    .input(z.object({ actId: actId.optional(), reviewer }))
    .output(decisionOutcome),
  redo: procedure
    .route({ method: 'POST', path: '/decisions/redo', summary: 'Do again what was taken back last', tags })
    .input(z.object({ actId: actId.optional(), reviewer }))
    .output(decisionOutcome),
  state: procedure
    .route({ method: 'GET', path: '/decisions/state', summary: 'What undo and redo would do', tags })
    .input(z.object({ reviewer }))
    .output(decisionState),
  /** Newest first. */
  history: procedure
    .route({ method: 'GET', path: '/decisions', summary: 'Who decided what, and when', tags })
    .input(
      z.object({
        imageId: z.coerce.number().pipe(imageId).optional(),
        cursor: z.coerce.number().int().positive().optional(),
        limit: z.coerce.number().int().min(1).max(500).default(50),
      }),
    )
    .output(z.strictObject({ items: z.array(historyEntry), nextCursor: z.int().positive().nullable() })),
  progress: procedure
    .route({
      method: 'GET',
      path: '/decisions/progress/{check}',
      summary: 'How far a queue is decided',
      tags,
    })
    .input(z.object({ check }))
    .output(decisionProgress),
  /** Writes the decisions that hold now. */
  export: procedure
    .route({ method: 'POST', path: '/decisions/export', summary: 'Write the decisions to a file', tags })
    .input(z.object({ file: filePath, format: decisionFormat.default('csv') }))
    .output(z.strictObject({ file: z.string(), rows: z.int().nonnegative(), sha256 })),
  /** One act, so that one undo takes it back. */
  import: procedure
    .route({ method: 'POST', path: '/decisions/import', summary: 'Take decisions from a file', tags })
    .input(
      z.object({
        file: filePath,
        /** Without it the file's content tells. */
        format: decisionFormat.optional(),
        isDryRun: z.boolean().default(false),
        /** Also replaces newer decisions. */
        replace: z.boolean().default(false),
        reviewer,
      }),
    )
    .output(decisionImportReport),
}
