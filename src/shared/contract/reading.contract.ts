import * as z from 'zod'
import { checkIds } from '../domain/checks.ts'
import { estimate, fromPath, imageId, procedure, task, timestamp } from './base.contract.ts'
import { decisionConflict } from './decision.contract.ts'
import { reviewerName } from './settings.contract.ts'

export const readingId = z.int().positive().brand<'ReadingId'>()
export type ReadingId = z.infer<typeof readingId>

const check = z.enum(checkIds)
const reviewer = reviewerName.optional()

/** A second reading, as its reader may see it: nothing of the first reader's answers. */
export const readingSummary = z.strictObject({
  id: readingId,
  check,
  seed: z.int().nonnegative(),
  reviewer: z.string(),
  images: z.int().nonnegative(),
  answered: z.int().nonnegative(),
  isFinished: z.boolean(),
  createdAt: timestamp,
  /** Images still to be answered, in the order of the reading; the first 100. */
  open: z.array(imageId),
})
export type ReadingSummary = z.infer<typeof readingSummary>

/** Cohen's kappa in [-1, 1] with its 95 % interval; null where it is not defined, as when everybody always said the same. */
export const kappaEstimate = estimate

export const readingAction = z.enum(['keep', 'remove', 'relabel'])

const comparison = z.strictObject({
  kappa: kappaEstimate,
  /** Share of equal answers. */
  agreement: estimate,
})

export const settlementChoice = z.enum(['first', 'second', 'other', 'unsure', 'open'])
export type SettlementChoice = z.infer<typeof settlementChoice>

const settlement = z.strictObject({
  choice: settlementChoice.exclude(['open']),
  /** What it was settled to; null where nobody can tell. */
  answer: z.string().nullable(),
  reviewer: z.string(),
  at: timestamp,
})

export const readingResult = z.strictObject({
  overall: comparison,
  /** By race label of the image. */
  byRace: z.array(comparison.extend({ group: z.string().nullable() })),
  /** `counts[first][second]` in the order of `answers`. */
  answers: z.array(z.string()),
  counts: z.array(z.array(z.int().nonnegative())),
  disagreements: z.array(
    z.strictObject({
      imageId,
      first: z.string(),
      firstReviewer: z.string(),
      second: z.string(),
      /** Of the image as it stands. */
      revision: z.int().nonnegative(),
      settled: settlement.nullable(),
    }),
  ),
  /** With settled answers in the place of both, which makes those equal; null while nothing is settled. */
  afterSettling: comparison.nullable(),
})
export type ReadingResult = z.infer<typeof readingResult>

/** What settling, or taking it back, has done to the picture. */
const settlementOutcome = z.strictObject({
  /** Not where it stood so already, or nobody could tell. */
  isChanged: z.boolean(),
  /** What stays as it is of a picture that is taken back, since it was changed meanwhile. */
  conflicts: z.array(decisionConflict),
})
export type SettlementOutcome = z.infer<typeof settlementOutcome>

export const settledResult = readingResult.extend({ outcome: settlementOutcome })

const byId = z.object({ readingId: fromPath(readingId) })
const tags = ['readings']

/** An image as its second reader is shown it: labels as they were imported, since those of now tell what the first reader did. */
export const readingImage = z.strictObject({
  imageId,
  isAnswered: z.boolean(),
  /** Data set and path. */
  file: z.string(),
  imported: z.strictObject({
    race: z.string().nullable(),
    gender: z.string().nullable(),
    age: z.string().nullable(),
  }),
})
export type ReadingImage = z.infer<typeof readingImage>

export const readingContract = {
  /** Draws images that others have decided in a queue, for a second reader who does not see how. */
  start: procedure
    .route({ method: 'POST', path: '/readings', summary: 'Begin a second reading', tags })
    .input(
      z.object({
        check,
        sample: z.int().min(1).max(10_000).default(100),
        seed: z.int().nonnegative().default(1),
        reviewer,
      }),
    )
    .output(readingSummary),
  list: procedure
    .route({ method: 'GET', path: '/readings', summary: 'Second readings, newest first', tags })
    .output(z.array(readingSummary)),
  get: procedure
    .route({ method: 'GET', path: '/readings/{readingId}', summary: 'One second reading', tags })
    .input(byId)
    .output(readingSummary),
  images: procedure
    .route({
      method: 'GET',
      path: '/readings/{readingId}/images',
      summary: 'All images of a second reading, in its order',
      tags,
    })
    .input(byId)
    .output(z.array(readingImage)),
  /** Changes nothing of the image; an answer stands. */
  answer: procedure
    .route({ method: 'POST', path: '/readings/{readingId}/answers', summary: 'Answer for one image', tags })
    .input(
      byId
        .extend({
          imageId,
          action: readingAction,
          task: task.optional(),
          value: z.string().max(100).nullable().optional(),
        })
        .refine(
          ({ action, task: named, value }) =>
            (action === 'relabel') === (named !== undefined && value !== undefined),
          { message: 'A relabel names a task and a value, and no other action does', path: ['value'] },
        ),
    )
    .output(readingSummary),
  /** Ends a reading before all is answered. */
  finish: procedure
    .route({ method: 'POST', path: '/readings/{readingId}/finish', summary: 'End a second reading', tags })
    .input(byId)
    .output(readingSummary),
  /** Decides what the readers differ on, after the end of the reading; `open` takes that back. */
  settle: procedure
    .route({
      method: 'POST',
      path: '/readings/{readingId}/settlements',
      summary: 'Settle a disagreement',
      tags,
    })
    .input(
      byId
        .extend({
          imageId,
          choice: settlementChoice,
          /** For `other`. */
          action: readingAction.optional(),
          task: task.optional(),
          value: z.string().max(100).nullable().optional(),
          /** Of the image as it was seen. */
          revision: z.int().nonnegative().optional(),
          reviewer,
        })
        .refine(({ choice, action }) => (choice === 'other') === (action !== undefined), {
          message: 'Another answer names an action, and no other choice does',
          path: ['action'],
        })
        .refine(
          ({ action, task: named, value }) =>
            (action === 'relabel') === (named !== undefined && value !== undefined),
          { message: 'A relabel names a task and a value, and no other action does', path: ['value'] },
        ),
    )
    .output(settledResult),
  /** PRECONDITION before its end, since the reader would no longer be blind. */
  result: procedure
    .route({
      method: 'GET',
      path: '/readings/{readingId}/result',
      summary: 'How far two readers agree',
      tags,
    })
    .input(byId)
    .output(readingResult),
}
