import { ActionIcon, Button, Popover, Progress, Tooltip, UnstyledButton } from '@mantine/core'
import { IconChevronUp, IconX } from '@tabler/icons-react'
import { useState } from 'react'
import { formatDuration } from '#shared/domain/format.ts'
import { formatTime, pluralise } from '#renderer/components/format.ts'
import { ScrollRegion } from '#renderer/components/scroll-region.tsx'
import { useStopJob } from '#renderer/components/use-stop-job.ts'
import { isJobActive } from '#renderer/engine/engine-events.ts'
import { useGoFirst, useJobs, useResumeJob } from '#renderer/engine/use-jobs.ts'
import type { JobSnapshot } from '#shared/contract/job.contract.ts'
import styles from './job-bar.module.css'
import {
  canResume,
  describeProgress,
  jobStateWords,
  percentDone,
  secondsTaken,
} from '#renderer/components/job-view.ts'

/** The jobs that run now, and behind a popover the recent ones. */
export function JobBar() {
  const { jobs, running, waiting } = useJobs()
  const { stop } = useStopJob()
  const shown = running.length > 0 ? running : waiting.slice(0, 1)
  const more = running.length > 0 ? waiting.length : waiting.length - shown.length
  return (
    <footer className={styles['bar']} aria-label="Jobs">
      {shown.length === 0 && <span className={styles['idle']}>{lastWord(jobs)}</span>}
      {shown.map((job) => (
        <div key={job.id} className={styles['job']}>
          <JobProgress job={job} />
          <Tooltip label="Cancel this job">
            <ActionIcon size={20} aria-label={`Cancel ${job.title}`} onClick={() => stop(job)}>
              <IconX size={14} />
            </ActionIcon>
          </Tooltip>
        </div>
      ))}
      {more > 0 && <span className={styles['idle']}>{more} more waiting</span>}
      <RecentJobs jobs={jobs} />
    </footer>
  )
}

function lastWord(jobs: readonly JobSnapshot[]): string {
  const last = jobs[0]
  if (last === undefined) return 'No jobs yet'
  return `${last.title}: ${jobStateWords[last.state].toLowerCase()}`
}

function JobProgress({ job }: { readonly job: JobSnapshot }) {
  const percent = percentDone(job)
  return (
    <div className={styles['progress']}>
      <strong>{job.title}</strong>
      <Progress.Root size={4} className={styles['track']}>
        <Progress.Section
          value={percent ?? 100}
          animated={percent === null}
          aria-label={job.title}
          aria-valuetext={describeProgress(job)}
        />
      </Progress.Root>
      <span className={styles['figures']}>{describeProgress(job)}</span>
    </div>
  )
}

function RecentJobs({ jobs }: { readonly jobs: readonly JobSnapshot[] }) {
  const [isOpen, setIsOpen] = useState(false)
  const failures = jobs.filter((job) => job.state === 'failed' || job.state === 'interrupted').length
  return (
    <Popover opened={isOpen} onChange={setIsOpen} position="top-end" width={420} trapFocus>
      <Popover.Target>
        <UnstyledButton className={styles['recent']} onClick={() => setIsOpen((open) => !open)}>
          {failures > 0 ? `Jobs (${pluralise(failures, 'needs', 'need')} a look)` : 'Jobs'}
          <IconChevronUp size={12} aria-hidden />
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown p={0}>
        {jobs.length === 0 ? (
          <p className={styles['none']}>Imports, splits, training and exports appear here.</p>
        ) : (
          <ScrollRegion label="Recent jobs" className={styles['scroll']}>
            <ul className={styles['list']}>
              {jobs.slice(0, 20).map((job) => (
                <JobRow key={job.id} job={job} />
              ))}
            </ul>
          </ScrollRegion>
        )}
      </Popover.Dropdown>
    </Popover>
  )
}

function JobRow({ job }: { readonly job: JobSnapshot }) {
  const resume = useResumeJob()
  const goFirst = useGoFirst()
  const { stop } = useStopJob()
  const seconds = secondsTaken(job)
  return (
    <li>
      <div className={styles['rowHead']}>
        <strong>{job.title}</strong>
        <span data-state={job.state} className={styles['state']}>
          {jobStateWords[job.state]}
        </span>
      </div>
      <div className={styles['rowNote']}>
        <span>{formatTime(job.createdAt)}</span>
        {seconds !== null && <span>{formatDuration(seconds)}</span>}
        {isJobActive(job.state) && <span>{describeProgress(job)}</span>}
      </div>
      {goFirst.error !== null && <p className={styles['error']}>{goFirst.error.message}</p>}
      {job.state === 'queued' && (
        <div className={styles['rowActions']}>
          {(job.waiting?.ahead ?? 0) > 0 && (
            <Button
              variant="default"
              size="compact-xs"
              aria-label={`Let ${job.title} go first`}
              loading={goFirst.isPending}
              onClick={() => goFirst.mutate({ jobId: job.id })}
            >
              Go first
            </Button>
          )}
          <Button
            variant="default"
            size="compact-xs"
            aria-label={`Take ${job.title} out of the queue`}
            onClick={() => stop(job)}
          >
            Take out
          </Button>
        </div>
      )}
      {job.error !== null && <p className={styles['error']}>{job.error.message}</p>}
      {canResume(job.state) && (
        <Button
          variant="default"
          size="compact-xs"
          loading={resume.isPending}
          onClick={() => resume.mutate({ jobId: job.id })}
        >
          Resume
        </Button>
      )}
    </li>
  )
}
