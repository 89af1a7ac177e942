import { Button, Checkbox, Group, Stack } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { JobProgress } from '#renderer/components/job-progress.tsx'
import { ErrorState } from '#renderer/components/states.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { isJobActive } from '#renderer/engine/engine-events.ts'
import { useJob } from '#renderer/engine/use-jobs.ts'
import { useProject } from '#renderer/engine/use-project.ts'
import { integrityReport, type IntegrityReport } from '#shared/contract/integrity.contract.ts'
import { formatCount } from '#shared/domain/format.ts'
import { integrityWords } from '#shared/domain/integrity-words.ts'
import styles from './settings.module.css'

/** Everything stored beside what was recorded of it, on request. */
export function ProjectIntegrity() {
  const { project } = useProject()
  if (project === null) return <p className={styles['text']}>Open a project to check it.</p>
  return <OpenIntegrity key={project.folder} />
}

function OpenIntegrity() {
  const api = useApi()
  const [isQuick, setIsQuick] = useState(false)
  const start = useMutation(api.integrity.check.mutationOptions())
  const job = useJob(start.data?.jobId ?? null)
  const isRunning = job !== null && isJobActive(job.state)
  const report = integrityReport.safeParse(job?.result)
  return (
    <Stack gap="md">
      <p className={styles['text']}>
        Reads the catalogue, models, runs, images and copies, and holds each against what was recorded when it
        was written. Nothing is changed.
      </p>
      <Group justify="space-between">
        <Checkbox
          label="Images by their sizes alone"
          checked={isQuick}
          onChange={(event) => setIsQuick(event.currentTarget.checked)}
        />
        <Button
          variant="default"
          loading={start.isPending || isRunning}
          onClick={() => start.mutate({ isQuick })}
        >
          Check everything
        </Button>
      </Group>
      {start.error !== null && <ErrorState error={start.error} compact />}
      {isRunning && <JobProgress job={job} />}
      {job !== null && job.error !== null && <ErrorState error={new Error(job.error.message)} compact />}
      {report.success && <Report report={report.data} />}
    </Stack>
  )
}

function Report({ report }: { readonly report: IntegrityReport }) {
  const { holds, counts, countsByKind, checks, notListed } = report
  const told = checks.filter((check) => check.holds === false || check.kind === 'unexpected-file')
  return (
    <>
      <output className={styles['text']}>
        {holds
          ? `Everything that was recorded holds: ${formatCount(counts.holding)} checks.`
          : `${formatCount(counts.broken)} of ${formatCount(counts.checked)} checks do not hold.`}
        {counts.notRecorded > 0 &&
          ` Of ${formatCount(counts.notRecorded)} things nothing was recorded to hold them against.`}
      </output>
      {told.length > 0 && (
        <ul aria-label="What was found" className={styles['findings']}>
          {told.map(({ subject, expected, found, holds: isHeld, advice }) => (
            <li key={`${subject} ${found ?? ''}`}>
              <strong>{subject}</strong>
              {isHeld === false && (
                <span>
                  Recorded: {expected ?? 'nothing'}. Found: {found ?? 'nothing'}.
                </span>
              )}
              <span>{advice}</span>
            </li>
          ))}
        </ul>
      )}
      {notListed > 0 && <p className={styles['text']}>And {formatCount(notListed)} more.</p>}
      <table className="ev-table">
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col" className="num">
              Checked
            </th>
            <th scope="col" className="num">
              Changed
            </th>
            <th scope="col" className="num">
              Not recorded before
            </th>
          </tr>
        </thead>
        <tbody>
          {countsByKind.map(({ kind, checked, broken, notRecorded }) => (
            <tr key={kind}>
              <td>{integrityWords[kind]}</td>
              <td className="num">{formatCount(checked)}</td>
              <td className="num">{formatCount(broken)}</td>
              <td className="num">{formatCount(notRecorded)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}
