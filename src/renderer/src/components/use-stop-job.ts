import type { JobSnapshot } from '#shared/contract/job.contract.ts'
import { formatDuration } from '#shared/domain/format.ts'
import { useCancelJob } from '#renderer/engine/use-jobs.ts'
import { askFirst, type Question } from './ask-first.tsx'
import { showFailure } from './notices.ts'

/** Seconds of work after which a slip of the hand would cost too much. */
const longSeconds = 60

/** What to ask before a job is stopped; null where little would be lost. @param now milliseconds since 1970 */
export function askBeforeStop(
  { title, kind, state, startedAt }: Pick<JobSnapshot, 'title' | 'kind' | 'state' | 'startedAt'>,
  now: number,
): Question | null {
  if (state !== 'running' || startedAt === null) return null
  const seconds = (now - Date.parse(startedAt)) / 1000
  if (seconds < longSeconds) return null
  const kept =
    kind === 'train' || kind === 'crossval'
      ? 'Its last checkpoint stays, and Resume goes on from there.'
      : 'Resume goes on with what it has stored.'
  return {
    title: `Stop "${title}"?`,
    text: `It has been at work for ${formatDuration(seconds)}. ${kept}`,
    yes: 'Stop it',
  }
}

/** Stops a job, and asks before that where it has been long at work. */
export function useStopJob() {
  const cancel = useCancelJob()
  const stop = async (job: JobSnapshot): Promise<void> => {
    const question = askBeforeStop(job, Date.now())
    if (question !== null && !(await askFirst(question))) return
    cancel.mutate({ jobId: job.id }, { onError: showFailure })
  }
  return { isPending: cancel.isPending, stop: (job: JobSnapshot) => void stop(job) }
}
