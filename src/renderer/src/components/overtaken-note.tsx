import { Button } from '@mantine/core'
import { IconAlertTriangle, IconRefresh } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { JobId, SplitId } from '#shared/contract/base.contract.ts'
import { splitResult, type SplitStanding } from '#shared/contract/split.contract.ts'
import { describeStanding, isOvertaken } from '#shared/domain/split-standing.ts'
import { isJobActive } from '#renderer/engine/engine-events.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { useJob } from '#renderer/engine/use-jobs.ts'
import { JobProgress } from './job-progress.tsx'
import { LeakNote } from './leak-note.tsx'
import styles from './overtaken-note.module.css'
import { ErrorState } from './states.tsx'

/** What curation has done to a split since it was made; null where nothing, or before it is known. */
export function useStanding(splitId: SplitId | undefined): SplitStanding | null {
  const api = useApi()
  const { data } = useQuery(api.split.standings.queryOptions({ enabled: splitId !== undefined }))
  const standing = data?.find((one) => one.splitId === splitId)
  return standing !== undefined && isOvertaken(standing) ? standing : null
}

export interface OvertakenNoteProps {
  readonly split: { readonly splitId: SplitId; readonly name: string }
  /** What the screen does with a split that was made here, and what its button says. */
  readonly use: { readonly title: string; readonly run: (splitId: SplitId) => void }
}

/** What whoever uses a split should know: that it leaks, and that curation has overtaken it, with one click to a new one. */
export function OvertakenNote({ split, use }: OvertakenNoteProps) {
  return (
    <>
      <LeakNote split={split} />
      <StandingNote split={split} use={use} />
    </>
  )
}

function StandingNote({ split, use }: OvertakenNoteProps) {
  const api = useApi()
  const standing = useStanding(split.splitId)
  const [jobId, setJobId] = useState<JobId | null>(null)
  const again = useMutation(
    api.split.again.mutationOptions({ onSuccess: (started) => setJobId(started.jobId) }),
  )
  const job = useJob(jobId)
  if (standing === null) return null
  const made = splitResult.safeParse(job?.result)
  return (
    <section className={styles['note']} aria-label={`Curation since ${split.name} was made`}>
      <IconAlertTriangle size={16} aria-hidden className={styles['icon']} />
      <div className={styles['body']}>
        <p>
          <strong>Curation has overtaken {split.name}:</strong> {describeStanding(standing)}.
        </p>
        {job !== null && isJobActive(job.state) && <JobProgress job={job} />}
        {job !== null && job.error !== null && <p role="alert">{job.error.message}</p>}
        {again.error !== null && <ErrorState error={again.error} compact />}
        {made.success ? (
          <Button
            variant="default"
            size="compact-xs"
            onClick={() => {
              setJobId(null)
              use.run(made.data.splitId)
            }}
          >
            {use.title}
          </Button>
        ) : (
          (job === null || !isJobActive(job.state)) && (
            <Button
              variant="default"
              size="compact-xs"
              leftSection={<IconRefresh size={14} aria-hidden />}
              title="A new split with the same seed and settings, of the images and labels as they are now"
              loading={again.isPending}
              onClick={() => again.mutate({ splitId: split.splitId })}
            >
              Split again
            </Button>
          )
        )}
      </div>
    </section>
  )
}
