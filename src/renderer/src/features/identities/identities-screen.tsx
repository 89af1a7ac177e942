import { Button, Skeleton } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { describeRates, whereItErrs } from '#shared/domain/describe-identities.ts'
import { formatCount } from '#shared/domain/format.ts'
import type { IdentitySummary } from '#shared/contract/identity.contract.ts'
import { JobProgress } from '#renderer/components/job-progress.tsx'
import { FailurePage, NeedsProject, ScreenSkeleton } from '#renderer/components/screen.tsx'
import { StatList } from '#renderer/components/stat-list.tsx'
import { EmptyState, ErrorState } from '#renderer/components/states.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { useJob } from '#renderer/engine/use-jobs.ts'
import styles from './identities-screen.module.css'
import { ProposalQueue } from './proposal-queue.tsx'

export function IdentitiesScreen() {
  return (
    <NeedsProject>
      <Identities />
    </NeedsProject>
  )
}

/** Who is the same person in several images: how that was inferred, and the pairs that want a person. */
function Identities() {
  const api = useApi()
  const summary = useQuery(api.identity.summary.queryOptions({}))
  if (summary.error !== null) {
    return (
      <FailurePage>
        <ErrorState error={summary.error} onRetry={() => void summary.refetch()} />
      </FailurePage>
    )
  }
  if (summary.data === undefined) return <ScreenSkeleton />
  return (
    <div className={styles['identities']}>
      <Summary summary={summary.data} />
      {summary.data.facts === null ? (
        <EmptyState text="Nobody has been inferred yet. It compares the faces that a scan has described, and names nobody." />
      ) : (
        <ProposalQueue madeAt={summary.data.madeAt ?? ''} />
      )}
    </div>
  )
}

function Summary({ summary }: { readonly summary: IdentitySummary }) {
  const { facts, isStale, people, several, unassigned, images, open, proposals } = summary
  return (
    <section className={styles['summary']} aria-label="People">
      {facts !== null && (
        <>
          <StatList
            stats={[
              { term: 'People', value: formatCount(people) },
              { term: 'In several images', value: formatCount(several) },
              {
                term: 'Images of nobody',
                value: formatCount(unassigned),
                note: ` of ${formatCount(images)}`,
              },
              { term: 'Pairs open', value: formatCount(open), note: ` of ${formatCount(proposals)}` },
            ]}
          />
          <p className={styles['rates']}>{describeRates(facts).join(' ')}</p>
        </>
      )}
      <p className={styles['rates']}>{whereItErrs}</p>
      {isStale && <p>Descriptors have come or changed since. Infer the people anew.</p>}
      <Propose isAgain={facts !== null} />
    </section>
  )
}

function Propose({ isAgain }: { readonly isAgain: boolean }) {
  const api = useApi()
  const start = useMutation(api.identity.propose.mutationOptions({}))
  const job = useJob(start.data?.jobId ?? null)
  if (start.error !== null) return <ErrorState error={start.error} compact />
  if (start.isPending || (start.data !== undefined && job === null)) return <Skeleton h={36} />
  if (job !== null && (job.state === 'queued' || job.state === 'running')) return <JobProgress job={job} />
  return (
    <div className={styles['start']}>
      {job?.error !== undefined && job.error !== null && <p role="alert">{job.error.message}</p>}
      <Button variant={isAgain ? 'default' : 'filled'} onClick={() => start.mutate(undefined)}>
        {isAgain ? 'Infer people anew' : 'Infer people'}
      </Button>
    </div>
  )
}
