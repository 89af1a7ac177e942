import { Button, Progress } from '@mantine/core'
import type { JobSnapshot } from '#shared/contract/job.contract.ts'
import styles from './job-progress.module.css'
import { describeProgress, percentDone } from './job-view.ts'
import { useStopJob } from './use-stop-job.ts'

/** A job where it was asked for: how far it is, and a way to stop it. */
export function JobProgress({ job }: { readonly job: JobSnapshot }) {
  const { isPending, stop } = useStopJob()
  const percent = percentDone(job)
  return (
    <div className={styles['progress']}>
      <output>{`${job.title}: ${describeProgress(job)}`}</output>
      <Progress aria-label={job.title} value={percent ?? 0} animated={percent === null} />
      <Button size="compact-xs" variant="default" loading={isPending} onClick={() => stop(job)}>
        Cancel
      </Button>
    </div>
  )
}
