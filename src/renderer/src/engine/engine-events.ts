import type { QueryClient } from '@tanstack/react-query'
import type { JobSnapshot, JobState } from '#shared/contract/job.contract.ts'
import type { EngineEvent, Topic } from '#shared/contract/system.contract.ts'
import type { EngineApi } from './engine-context.tsx'

export const jobListLimit = 50

/** The first change is answered at once; those that come close behind it, by one round of refetching. */
const gatherMs = 400

/** The list with this snapshot in it, newest job first. */
export function upsertJob(jobs: readonly JobSnapshot[], job: JobSnapshot): JobSnapshot[] {
  const others = jobs.filter((other) => other.id !== job.id)
  return [...others, job].sort((a, b) => b.id - a.id).slice(0, jobListLimit)
}

export function isJobActive(state: JobState): boolean {
  return state === 'queued' || state === 'running'
}

/** All of runs but estimates and points of imported curves: a training that goes on changes neither, and both cost time. */
function keysOfRuns({ run, crossval }: EngineApi): (readonly unknown[])[] {
  return [
    run.list.key(),
    run.get.key(),
    run.disk.key(),
    run.queue.key(),
    run.compare.key(),
    run.sweeps.key(),
    run.sweepResults.key(),
    run.importedCurves.key(),
    crossval.key(),
  ]
}

function keysOfTopic(api: EngineApi, topic: Topic): (readonly unknown[])[] {
  switch (topic) {
    case 'project':
      return [api.project.key()]
    case 'datasets':
      return [api.dataset.key(), api.audit.key(), api.project.current.key()]
    case 'images':
      return [
        api.image.key(),
        api.map.groups.key(),
        api.savedQuery.key(),
        api.split.standings.key(),
        api.leakage.key(),
        api.audit.key(),
        api.project.current.key(),
      ]
    case 'splits':
      return [api.split.key(), api.leakage.key(), api.ledger.key(), api.project.current.key()]
    case 'runs':
      return [...keysOfRuns(api), api.project.current.key()]
    case 'models':
      return [api.model.key(), api.project.current.key()]
    case 'evaluations':
      // An opening is counted in figures of earlier ones too.
      return [
        api.evaluation.key(),
        api.fairness.key(),
        api.baseline.list.key(),
        api.groupMaps.key(),
        api.sensitivity.key(),
        api.ledger.key(),
        api.project.current.key(),
      ]
    case 'checks':
      return [
        api.check.key(),
        api.finding.key(),
        api.map.key(),
        api.embedding.key(),
        api.scan.key(),
        api.identity.summary.key(),
        api.leakage.key(),
        api.audit.key(),
        // Its questions are about what scans measure.
        api.fairness.errorTree.key(),
        api.fairness.errorTreeImages.key(),
      ]
    case 'decisions':
      return [
        api.decision.key(),
        api.reading.key(),
        api.check.list.key(),
        api.finding.key(),
        api.map.groups.key(),
      ]
    case 'identities':
      return [api.identity.key(), api.leakage.key(), api.audit.key()]
    case 'snapshots':
      return [api.snapshot.key()]
    default:
      return topic satisfies never
  }
}

export interface EventSink {
  readonly onEvent: (event: EngineEvent) => void
  readonly onGap: () => void
  readonly dispose: () => void
}

/** Keeps the query cache true to the engine: job snapshots are written into it, topics invalidate it. */
export function createEventSink(queryClient: QueryClient, api: EngineApi): EventSink {
  const waiting = new Set<Topic>()
  let timer: ReturnType<typeof setTimeout> | undefined

  const flush = () => {
    const topics = [...waiting]
    waiting.clear()
    timer = topics.length === 0 ? undefined : setTimeout(flush, gatherMs)
    for (const queryKey of topics.flatMap((topic) => keysOfTopic(api, topic))) {
      void queryClient.invalidateQueries({ queryKey })
    }
  }
  const gather = (topics: readonly Topic[]) => {
    for (const topic of topics) waiting.add(topic)
    if (waiting.size > 0 && timer === undefined) flush()
  }

  return {
    onEvent: (event) => {
      if (event.type === 'catalogueChanged') {
        gather(event.topics)
        return
      }
      const { job } = event
      const listKey = api.job.list.queryKey({ input: { limit: jobListLimit } })
      queryClient.setQueryData(listKey, (jobs) => (jobs === undefined ? undefined : upsertJob(jobs, job)))
      queryClient.setQueryData(api.job.get.queryKey({ input: { jobId: job.id } }), job)
    },
    onGap: () => void queryClient.invalidateQueries(),
    dispose: () => clearTimeout(timer),
  }
}
