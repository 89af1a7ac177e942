import * as z from 'zod'
import { filePath, procedure, sha256, timestamp } from './base.contract.ts'

/** What is written down of a project: who saw, took or changed its content. A kind once released keeps its name. */
export const accessKind = z.enum([
  'opened',
  'imported',
  'exported',
  'predicted',
  'explained',
  'served',
  'backed-up',
  'restored',
  'unsealed',
  'evaluated',
  'erased',
  'import-undone',
  'audience-set',
  'purpose-recorded',
  'purpose-ended',
  'tasks-guarded',
])
export type AccessKind = z.infer<typeof accessKind>

const facts = z.record(z.string(), z.unknown())

export const accessLine = z.strictObject({
  /** Counts from 1 without a gap. */
  position: z.int().positive(),
  at: timestamp,
  kind: accessKind,
  /** The name in the settings of who sat there, or the program that asked. */
  actor: z.string(),
  host: z.enum(['electron', 'server', 'cli']),
  /** Numbers, counts and SHA-256 sums; never a picture, a label or a secret. */
  subject: facts,
  /** Names and paths; null where there are none, or where they were blanked by an erasure. */
  named: facts.nullable(),
  /** Of the line, the one before it included. */
  hash: sha256,
})
export type AccessLine = z.infer<typeof accessLine>

export const accessFilter = z.object({
  kinds: z.array(accessKind).min(1).optional(),
  actor: z.string().optional(),
})
export type AccessFilter = z.infer<typeof accessFilter>

export const accessVerdict = z.strictObject({
  lines: z.int().nonnegative(),
  /** Lines whose names were blanked; they hold all the same. */
  blanked: z.int().nonnegative(),
  head: sha256,
  holds: z.boolean(),
  /** The first line that does not hold, and how. */
  problems: z.array(z.strictObject({ line: z.int().nonnegative(), what: z.string() })),
})
export type AccessVerdict = z.infer<typeof accessVerdict>

const tags = ['access']

export const accessContract = {
  /** Newest first; pass the last position as `before` to go on. */
  list: procedure
    .route({ method: 'POST', path: '/access-log/query', summary: 'A page of the access log', tags })
    .input(
      z.object({
        filter: accessFilter.default({}),
        before: z.int().positive().optional(),
        limit: z.int().min(1).max(1000).default(100),
      }),
    )
    .output(z.strictObject({ lines: z.array(accessLine), total: z.int().nonnegative() })),
  verify: procedure
    .route({ method: 'GET', path: '/access-log/verify', summary: 'Check the chain of the access log', tags })
    .output(accessVerdict),
  export: procedure
    .route({ method: 'POST', path: '/access-log/export', summary: 'Write the access log as CSV', tags })
    .input(z.object({ filter: accessFilter.default({}), file: filePath }))
    .output(z.strictObject({ file: z.string(), rows: z.int().nonnegative(), sha256 })),
}
