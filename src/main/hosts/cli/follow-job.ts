import type * as z from 'zod'
import type { Engine } from '#engine/engine.ts'
import type { JobId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { JobSnapshot } from '#shared/contract/job.contract.ts'
import { toAppError } from '../call-errors.ts'
import type { LocalClient } from '../local-client.ts'

export interface FollowedJob {
  readonly engine: Pick<Engine, 'subscribe'>
  readonly client: LocalClient
  readonly jobId: JobId
  /** Aborting it cancels the job; the call still waits until the job has stopped. */
  readonly signal: AbortSignal
  readonly onProgress: (job: JobSnapshot) => void
}

function hasEnded({ state }: JobSnapshot): boolean {
  return state !== 'queued' && state !== 'running'
}

/** Waits until a job has ended, whatever the outcome. */
export async function followJob({
  engine,
  client,
  jobId,
  signal,
  onProgress,
}: FollowedJob): Promise<JobSnapshot> {
  const stop = new AbortController()
  const events = engine.subscribe(stop.signal)
  const { promise: cancelFailed, reject } = Promise.withResolvers<never>()
  // It is heard of where events are waited for, and of no interest once the job has ended.
  cancelFailed.catch(() => undefined)
  const cancel = () =>
    void client.job.cancel({ jobId }).catch((error: unknown) => {
      // The job has just ended by itself, and its last event tells how.
      if (toAppError(error).code !== 'CONFLICT') reject(error)
    })
  try {
    // The subscription listens already, so that nothing is missed between reading the state and the first event.
    let next = events.next()
    let job = await client.job.get({ jobId })
    if (signal.aborted) cancel()
    else signal.addEventListener('abort', cancel, { once: true })
    while (!hasEnded(job)) {
      onProgress(job)
      const event = await Promise.race([next, cancelFailed])
      if (event.done === true) return await client.job.get({ jobId })
      if (event.value.type === 'jobChanged' && event.value.job.id === jobId) job = event.value.job
      next = events.next()
    }
    return job
  } finally {
    signal.removeEventListener('abort', cancel)
    stop.abort()
  }
}

/**
 * What a job made. Throws the job's own error when it failed, CANCELLED or UNAVAILABLE with how to go on
 * when it stopped before its end.
 */
export function readJobResult<Result>(
  job: JobSnapshot,
  schema: z.ZodType<Result>,
  howToContinue: string,
): Result {
  switch (job.state) {
    case 'succeeded':
      return schema.parse(job.result)
    case 'failed':
      throw new AppError(job.error?.code ?? 'INTERNAL', job.error?.message ?? `${job.title} failed.`)
    case 'cancelled':
      throw new AppError('CANCELLED', `Cancelled: ${job.title}. ${howToContinue}`)
    case 'paused':
      throw new AppError('CANCELLED', `Paused: ${job.title}. ${howToContinue}`)
    case 'interrupted':
    case 'queued':
    case 'running':
      throw new AppError('UNAVAILABLE', `Interrupted: ${job.title}. ${howToContinue}`)
    default:
      return job.state satisfies never
  }
}
