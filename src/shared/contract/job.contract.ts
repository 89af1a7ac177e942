import * as z from 'zod'
import { errorCodes } from './errors.ts'
import { fromPath, jobId, procedure, timestamp } from './base.contract.ts'

export const jobKind = z.enum([
  'import',
  'split',
  'certify',
  'train',
  'evaluate',
  'baseline',
  'export',
  'sample',
  'crossval',
  'scan',
  'embed',
  'map',
  'identities',
  'group-maps',
  'sensitivity',
  'portraits',
  'erase',
  'undo-import',
  'integrity',
  'report',
  'bundle',
])
export type JobKind = z.infer<typeof jobKind>

/** `paused` by somebody, `interrupted` by the end of the process; both can be resumed, as cancelled and failed can. */
export const jobState = z.enum([
  'queued',
  'running',
  'succeeded',
  'failed',
  'cancelled',
  'paused',
  'interrupted',
])
export type JobState = z.infer<typeof jobState>

/** Why a job has not begun yet. */
export const jobWait = z.strictObject({
  /** What has to end before it, as far as it runs already. */
  behind: z.array(z.strictObject({ id: jobId, title: z.string() })),
  /** Jobs in the queue that begin before it. */
  ahead: z.int().nonnegative(),
})
export type JobWait = z.infer<typeof jobWait>

/** The whole state of a job; the same document for window, command line and REST. */
export const jobSnapshot = z.strictObject({
  id: jobId,
  kind: jobKind,
  title: z.string(),
  state: jobState,
  phase: z.string().nullable(),
  done: z.int().nonnegative(),
  total: z.int().nonnegative().nullable(),
  /** Units a second over the last seconds. */
  rate: z.number().nonnegative().nullable(),
  remainingSeconds: z.number().nonnegative().nullable(),
  message: z.string().nullable(),
  /** Null unless it is queued. */
  waiting: jobWait.nullable().default(null),
  error: z.strictObject({ code: z.enum(errorCodes), message: z.string() }).nullable(),
  /** What the job made, by kind: see the result schemas of each feature. */
  result: z.unknown(),
  createdAt: timestamp,
  startedAt: timestamp.nullable(),
  finishedAt: timestamp.nullable(),
})
export type JobSnapshot = z.infer<typeof jobSnapshot>

const byId = z.object({ jobId: fromPath(jobId) })

export const jobContract = {
  list: procedure
    .route({
      method: 'GET',
      path: '/jobs',
      summary: 'Jobs of the open project, newest first',
      tags: ['jobs'],
    })
    .input(z.object({ limit: z.coerce.number().int().min(1).max(500).default(50) }))
    .output(z.array(jobSnapshot)),
  get: procedure
    .route({ method: 'GET', path: '/jobs/{jobId}', summary: 'One job', tags: ['jobs'] })
    .input(byId)
    .output(jobSnapshot),
  cancel: procedure
    .route({ method: 'POST', path: '/jobs/{jobId}/cancel', summary: 'Ask a job to stop', tags: ['jobs'] })
    .input(byId)
    .output(jobSnapshot),
  /** Puts a waiting job before all others that wait; what runs already is not stopped. */
  goFirst: procedure
    .route({
      method: 'POST',
      path: '/jobs/{jobId}/first',
      summary: 'Let a waiting job go first',
      tags: ['jobs'],
    })
    .input(byId)
    .output(jobSnapshot),
  /** Starts a failed, cancelled or interrupted job again from its last checkpoint. */
  resume: procedure
    .route({ method: 'POST', path: '/jobs/{jobId}/resume', summary: 'Resume a stopped job', tags: ['jobs'] })
    .input(byId)
    .output(jobSnapshot),
}
