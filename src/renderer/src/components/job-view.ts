import { formatCount, formatDuration } from '#shared/domain/format.ts'
import { formatRate, pluralise } from './format.ts'
import type { JobSnapshot, JobState } from '#shared/contract/job.contract.ts'

export const jobStateWords: Readonly<Record<JobState, string>> = {
  queued: 'Waiting',
  running: 'Running',
  succeeded: 'Done',
  failed: 'Failed',
  cancelled: 'Cancelled',
  paused: 'Paused',
  interrupted: 'Interrupted',
}

/** "Waits for Train A, and 2 jobs before it", or "Waiting" for one that is about to begin. */
export function describeWait({ waiting }: Pick<JobSnapshot, 'waiting'>): string {
  if (waiting === null || waiting.behind.length + waiting.ahead === 0) return jobStateWords.queued
  const behind = waiting.behind.map(({ title }) => title).join(' and ')
  const ahead = waiting.ahead === 0 ? '' : `${pluralise(waiting.ahead, 'job')} before it`
  return `Waits for ${[behind, ahead].filter(Boolean).join(', and ')}`
}

/** "Reading · 41,202 / 108,501 · 310/s · 3 min left", with what is not known left out. */
export function describeProgress(job: JobSnapshot): string {
  if (job.state === 'queued') return describeWait(job)
  const parts: string[] = []
  if (job.phase !== null) parts.push(job.phase)
  if (job.total !== null) parts.push(`${formatCount(job.done)} / ${formatCount(job.total)}`)
  else if (job.done > 0) parts.push(formatCount(job.done))
  if (job.rate !== null && job.rate > 0) parts.push(formatRate(job.rate))
  if (job.remainingSeconds !== null) parts.push(`${formatDuration(job.remainingSeconds)} left`)
  return parts.join(' · ')
}

/** Share done in percent, or null while the amount of work is unknown. */
export function percentDone(job: JobSnapshot): number | null {
  if (job.total === null || job.total === 0) return null
  return Math.min(100, (job.done / job.total) * 100)
}

export function canResume(state: JobState): boolean {
  return state === 'failed' || state === 'cancelled' || state === 'paused' || state === 'interrupted'
}

/** Seconds a job took, or null while it has not both begun and ended. */
export function secondsTaken(job: JobSnapshot): number | null {
  if (job.startedAt === null || job.finishedAt === null) return null
  return (Date.parse(job.finishedAt) - Date.parse(job.startedAt)) / 1000
}
