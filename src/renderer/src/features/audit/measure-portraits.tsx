import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { JobProgress } from '#renderer/components/job-progress.tsx'
import { ErrorState } from '#renderer/components/states.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { isJobActive } from '#renderer/engine/engine-events.ts'
import { useJobs } from '#renderer/engine/use-jobs.ts'
import type { DatasetAudit } from '#shared/contract/audit.contract.ts'
import { formatCount } from '#shared/domain/format.ts'
import styles from './audit.module.css'

/** Starts the measuring of what was not measured yet, and shows one that is under way; nothing where all is measured. */
export function MeasurePortraits({ datasets }: { readonly datasets: readonly DatasetAudit[] }) {
  const api = useApi()
  const start = useMutation(api.audit.measure.mutationOptions())
  const { jobs } = useJobs()
  const newest = jobs.find(({ kind }) => kind === 'portraits')
  const missing = datasets.reduce((sum, { skin }) => sum + skin.leftOut.unmeasured, 0)
  if (newest !== undefined && isJobActive(newest.state)) return <JobProgress job={newest} />
  if (missing === 0) return null
  const failure = newest?.error ?? null
  return (
    <div className={styles['measure']}>
      {start.error !== null && <ErrorState error={start.error} compact />}
      {failure !== null && <p role="alert">{failure.message}</p>}
      <p>Skin, face quality and background of {formatCount(missing)} images are not measured yet.</p>
      <Button size="compact-sm" loading={start.isPending} onClick={() => start.mutate(undefined)}>
        Measure them
      </Button>
    </div>
  )
}
