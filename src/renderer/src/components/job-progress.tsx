import { Button, Progress } from '@mantine/core'
import type { JobSnapshot } from '#shared/contract/job.contract.ts'
import { useCancelJob } from '#renderer/engine/use-jobs.ts'
import styles from './job-progress.module.css'
import { describeProgress, percentDone } from './job-view.ts'

/** A job where it was asked for: how far it is, and a way to stop it. */
export function JobProgress({ job }: { readonly job: JobSnapshot }) {
  const cancel = useCancelJob()
  const percent = percentDone(job)
  return (
    <div className={styles['progress']}>
      <output>{`${job.title}: ${describeProgress(job)}`}</output>
      <Progress aria-label={job.title} value={percent ?? 0} animated={percent === null} />
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
