import { Badge, Button, Skeleton } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { JobId } from '#shared/contract/base.contract.ts'
import { leakCheck, type CertificateState, type LeakCertificate } from '#shared/contract/leakage.contract.ts'
import type { SplitSummary } from '#shared/contract/split.contract.ts'
import {
  adviseOn,
  certificateWords,
  describeBreak,
  describeJoins,
  describeMissed,
  describeUncompared,
} from '#shared/derived/describe-certificate.ts'
import { formatCount } from '#shared/domain/format.ts'
import { formatTime } from '#renderer/components/format.ts'
import { HashText } from '#renderer/components/hash-text.tsx'
import { JobProgress } from '#renderer/components/job-progress.tsx'
import { StatList } from '#renderer/components/stat-list.tsx'
import { ErrorState } from '#renderer/components/states.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { isJobActive } from '#renderer/engine/engine-events.ts'
import { useJob } from '#renderer/engine/use-jobs.ts'
import { LeakPairs } from './leak-pairs.tsx'
import styles from './splits.module.css'

const tones: Readonly<Record<CertificateState, string>> = {
  clean: 'accent',
  undecided: 'gray',
  leaks: 'red',
  stale: 'yellow',
}

/** What stands in two parts or may, as certified and as it is now. */
export function CertificateView({ split }: { readonly split: SplitSummary }) {
  const api = useApi()
  const { splitId } = split
  const certificate = useQuery(api.leakage.get.queryOptions({ input: { splitId } }))
  const [jobId, setJobId] = useState<JobId | null>(null)
  const begun = { onSuccess: (started: { readonly jobId: JobId }) => setJobId(started.jobId) }
  const certify = useMutation(api.leakage.certify.mutationOptions(begun))
  const verify = useMutation(api.leakage.verify.mutationOptions(begun))
  const job = useJob(jobId)
  const isActive = job !== null && isJobActive(job.state)
  const isBusy = isActive || certify.isPending || verify.isPending
  const made = certificate.data ?? null
  const error = certificate.error ?? certify.error ?? verify.error
  return (
    <section className={styles['certificate']} aria-label="Leakage certificate">
      <div className={styles['certificateHead']}>
        <h3>Leakage certificate</h3>
        {made !== null && (
          <Badge variant="light" color={tones[made.state]} tt="none">
            {certificateWords[made.state]}
          </Badge>
        )}
        <span className={styles['certificateEnd']}>
          {made !== null && (
            <Button variant="default" disabled={isBusy} onClick={() => verify.mutate({ splitId })}>
              Verify
            </Button>
          )}
          <Button
            variant="default"
            disabled={isBusy || certificate.isPending}
            onClick={() => certify.mutate({ splitId })}
          >
            {made === null ? 'Look for leaks' : 'Certify anew'}
          </Button>
        </span>
      </div>
      {certificate.isPending && <Skeleton h={64} />}
      {error !== null && <ErrorState error={error} compact />}
      {isActive && <JobProgress job={job} />}
      {job !== null && !isActive && <Outcome result={job.result} error={job.error?.message ?? null} />}
      {certificate.data === null && (
        <p className={styles['explain']}>
          No certificate yet. Looking for leaks compares people, files, pixels, near copies and faces between
          the parts, and seals what it finds.
        </p>
      )}
      {made !== null && <Certified certificate={made} />}
    </section>
  )
}

interface OutcomeProps {
  readonly result: unknown
  readonly error: string | null
}

/** What a job has come to: told where something has come between the certificate and now. */
function Outcome({ result, error }: OutcomeProps) {
  const read = leakCheck.safeParse(result)
  if (error !== null) return <p role="alert">{error}</p>
  if (!read.success) return null
  const { state, broken } = read.data
  return (
    <output className={styles['explain']}>
      Measured just now: {certificateWords[state]}
      {broken.length > 0 && ` (${broken.map(describeBreak).join('; ')})`}.
    </output>
  )
}

function Certified({ certificate }: { readonly certificate: LeakCertificate }) {
  const { joins, compared, found, undecided, broken, threshold, sealed } = certificate
  const joined = describeJoins(joins)
  return (
    <>
      <StatList
        stats={[
          { term: 'Sealed', value: `${formatTime(certificate.madeAt)}, by ${certificate.madeBy}` },
          { term: 'SHA-256', value: <HashText hash={sealed.sha256} of="the certificate" /> },
          { term: 'Named people in two parts', value: formatCount(joins.identity) },
          { term: 'Other people in two parts', value: formatCount(joins.person) },
          { term: 'Files in two parts', value: formatCount(joins.file) },
          { term: 'Equal pixels in two parts', value: formatCount(joins.pixel) },
          {
            term: 'Pictures compared',
            value: `${formatCount(compared.pictures)} of ${formatCount(compared.images)}`,
          },
          {
            term: 'Faces compared',
            value: `${formatCount(compared.faces)} of ${formatCount(compared.images)}`,
          },
          { term: 'Near copies across parts', value: formatCount(found.near) },
          {
            term: `Faces nearer than ${threshold ?? 'any threshold'}`,
            value: `${formatCount(found.faces)} pairs`,
          },
          { term: 'Without a verdict', value: formatCount(undecided.near + undecided.faces) },
        ]}
      />
      <p className={styles['explain']}>
        {joined.length > 0 && `In two parts: ${joined.join('; ')}. `}
        {broken.length > 0 && `Since it was sealed: ${broken.map(describeBreak).join('; ')}. `}
        {describeUncompared(certificate).join(' ')} {describeMissed(certificate)} {adviseOn(certificate)}
      </p>
      <LeakPairs certificate={certificate} />
    </>
  )
}
