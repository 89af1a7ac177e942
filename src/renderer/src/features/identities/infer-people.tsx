import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { JobProgress } from '#renderer/components/job-progress.tsx'
import { ErrorState } from '#renderer/components/states.tsx'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { isJobActive } from '#renderer/engine/engine-events.ts'
import { useJobs } from '#renderer/engine/use-jobs.ts'
import styles from './identities-screen.module.css'

/** Starts the inference, and shows one that is under way, wherever it was started. */
export function InferPeople({ title }: { readonly title: string }) {
  const api = useApi()
  const start = useMutation(api.identity.propose.mutationOptions())
  const { jobs } = useJobs()
  const newest = jobs.find(({ kind }) => kind === 'identities')
  if (newest !== undefined && isJobActive(newest.state)) return <JobProgress job={newest} />
  const failure = newest?.error ?? null
  return (
    <div className={styles['start']}>
      {start.error !== null && <ErrorState error={start.error} compact />}
      {failure !== null && <p role="alert">{failure.message}</p>}
      <Button
        size="compact-sm"
        variant={title === 'Infer people' ? 'filled' : 'default'}
        loading={start.isPending}
        onClick={() => start.mutate(undefined)}
      >
        {title}
      </Button>
    </div>
  )
}
