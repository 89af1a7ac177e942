import { CloseButton } from '@mantine/core'
import { describeOtherFiles } from '#shared/derived/describe-other-files.ts'
import { formatCount } from '#shared/domain/format.ts'
import { useJob } from '#renderer/engine/use-jobs.ts'
import { isJobActive } from '#renderer/engine/engine-events.ts'
import type { JobId } from '#shared/contract/base.contract.ts'
import { importResult } from '#shared/contract/dataset.contract.ts'
import styles from './home.module.css'
import { ImportReport } from './import-report.tsx'

export interface ImportProgressProps {
  readonly jobId: JobId
  readonly onDismiss: () => void
}

/** The import just started: its figures while it runs, its report when it has ended. */
export function ImportProgress({ jobId, onDismiss }: ImportProgressProps) {
  const job = useJob(jobId)
  if (job === null) return null
  const result = importResult.safeParse(job.result)
  const others = result.success ? describeOtherFiles(result.data.otherFiles) : null
  return (
    <div className={styles['progress']}>
      <div className={styles['progressHead']}>
        <strong>{job.title}</strong>
        {!isJobActive(job.state) && (
          <CloseButton aria-label="Dismiss the import report" onClick={onDismiss} />
        )}
      </div>
      {isJobActive(job.state) && (
        <span>
          {formatCount(job.done)}
          {job.total === null ? '' : ` of ${formatCount(job.total)}`} files
        </span>
      )}
      {job.error !== null && <span className={styles['failed']}>{job.error.message}</span>}
      {result.success && (
        <>
          <output className={styles['summary']}>
            {formatCount(result.data.seen)} files seen, {formatCount(result.data.imported)} imported,{' '}
            {formatCount(result.data.unchanged)} already known, {formatCount(result.data.skipped.length)}{' '}
            skipped, {formatCount(result.data.repaired.length)} values repaired,{' '}
            {formatCount(result.data.unlabelled)} images without any label
            {others === null ? '' : `, ${others}`}.
          </output>
          <ImportReport skipped={result.data.skipped} repaired={result.data.repaired} />
        </>
      )}
    </div>
  )
}
