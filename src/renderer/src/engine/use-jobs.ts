import { useMutation, useQuery } from '@tanstack/react-query'
import type { JobId } from '#shared/contract/base.contract.ts'
import type { JobSnapshot } from '#shared/contract/job.contract.ts'
import { useApi } from './engine-context.tsx'
import { isJobActive, jobListLimit } from './engine-events.ts'
import { useProject } from './use-project.ts'

export interface JobsView {
  readonly jobs: readonly JobSnapshot[]
  /** At most one of each lane, the longest at work first. */
  readonly running: readonly JobSnapshot[]
  readonly waiting: readonly JobSnapshot[]
}

export function summariseJobs(jobs: readonly JobSnapshot[]): JobsView {
  const active = jobs.filter((job) => isJobActive(job.state)).toReversed()
  return {
    jobs,
    running: active.filter(({ state }) => state === 'running'),
    waiting: active.filter(({ state }) => state === 'queued'),
  }
}

export function useJobs(): JobsView {
  const api = useApi()
  const { project } = useProject()
  const { data } = useQuery(
    api.job.list.queryOptions({
      input: { limit: jobListLimit },
      enabled: project !== null,
      staleTime: Infinity,
    }),
  )
  return summariseJobs(data ?? [])
}

/** One job, kept fresh by the engine's events; null before it is known. */
export function useJob(jobId: JobId | null): JobSnapshot | null {
  const api = useApi()
  const { data } = useQuery(
    api.job.get.queryOptions({
      input: { jobId: jobId ?? 0 },
      enabled: jobId !== null,
      staleTime: Infinity,
    }),
  )
  return data ?? null
}

export function useCancelJob() {
  const api = useApi()
  return useMutation(api.job.cancel.mutationOptions())
}

export function useResumeJob() {
  const api = useApi()
  return useMutation(api.job.resume.mutationOptions())
}

export function useGoFirst() {
  const api = useApi()
  return useMutation(api.job.goFirst.mutationOptions())
}
