import { Button, Progress } from '@mantine/core'
import type { JobSnapshot } from '#shared/contract/job.contract.ts'
import { formatCount, formatDuration } from '#shared/domain/format.ts'
import { useCancelJob } from '#renderer/engine/use-jobs.ts'
import styles from './job-progress.module.css'

/** "Embedding, 120 of 900, about 2 min left"; only what is known. */
function describeJob({ title, phase, done, total, remainingSeconds, state }: JobSnapshot): string {
  if (state === 'queued') return `${title}: waits for its turn`
  return [
    phase ?? title,
    ...(total === null ? [] : [`${formatCount(done)} of ${formatCount(total)}`]),
    ...(remainingSeconds === null ? [] : [`about ${formatDuration(remainingSeconds)} left`]),
  ].join(', ')
}

/** A job where it was asked for: how far it is, and a way to stop it. */
export function JobProgress({ job }: { readonly job: JobSnapshot }) {
  const cancel = useCancelJob()
  const { done, total } = job
  return (
    <div className={styles['progress']}>
      <output>{describeJob(job)}</output>
      <Progress
        aria-label={job.title}
        value={total === null || total === 0 ? 0 : (done / total) * 100}
        animated={total === null}
      />
      <Button
        size="compact-xs"
        variant="default"
        loading={cancel.isPending}
        onClick={() => cancel.mutate({ jobId: job.id })}
      >
        Cancel
      </Button>
    </div>
  )
}
