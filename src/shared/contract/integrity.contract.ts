import * as z from 'zod'
import { jobId, procedure } from './base.contract.ts'

/** What is looked at: parts of the catalogue, then files. */
export const integrityKind = z.enum([
  'catalogue',
  'history',
  'access-log',
  'split',
  'snapshot',
  'folds',
  'out-of-sample-predictions',
  'evaluation',
  'evaluation-answers',
  'baseline',
  'labels',
  'image',
  'thumbnail',
  'decoded-images',
  'vector-index',
  'run-configuration',
  'initial-weights',
  'checkpoint',
  'divergence',
  'tensorboard-events',
  'model',
  'model-weights',
  'model-card',
  'exported-model',
  'parity-certificate',
  'copy',
  'copy-record',
  'unexpected-file',
])
export type IntegrityKind = z.infer<typeof integrityKind>

export const integrityCheck = z.strictObject({
  kind: integrityKind,
  /** Names it as people know it: a file's path, or "Split 3 (Faces)". */
  subject: z.string(),
  /** What was recorded, mostly a SHA-256; null where nothing was. */
  expected: z.string().nullable(),
  found: z.string().nullable(),
  /** Null where nothing was recorded that it could be held against. */
  holds: z.boolean().nullable(),
  /** What to do; null where it holds. */
  advice: z.string().nullable(),
})
export type IntegrityCheck = z.infer<typeof integrityCheck>

const integrityCounts = z.strictObject({
  checked: z.int().nonnegative(),
  holding: z.int().nonnegative(),
  broken: z.int().nonnegative(),
  /** Of an older version, which recorded nothing of them. */
  notRecorded: z.int().nonnegative(),
})
export type IntegrityCounts = z.infer<typeof integrityCounts>

export const integrityReport = z.strictObject({
  /** False as soon as one check does not hold. */
  holds: z.boolean(),
  /** Whether images, thumbnails and decoded images were looked at by size alone. */
  isQuick: z.boolean(),
  /** All that do not hold, up to a limit; of the others those that are few. */
  checks: z.array(integrityCheck),
  /** Checks that do not hold and are not in the list. */
  notListed: z.int().nonnegative(),
  counts: integrityCounts,
  countsByKind: z.array(integrityCounts.extend({ kind: integrityKind })),
})
export type IntegrityReport = z.infer<typeof integrityReport>

export const integrityRequest = z.object({ isQuick: z.boolean().default(false) })

export const integrityContract = {
  /** Reads everything that was stored and holds it against what was recorded; changes nothing. The job's result is the report. */
  check: procedure
    .route({
      method: 'POST',
      path: '/integrity/check',
      summary: 'Check everything stored against what was recorded of it',
      tags: ['integrity'],
    })
    .input(integrityRequest)
    .output(z.strictObject({ jobId })),
}
