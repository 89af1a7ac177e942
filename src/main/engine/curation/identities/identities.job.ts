import * as z from 'zod'
import type { IdentityFacts, ProposeResult } from '#shared/contract/identity.contract.ts'
import type { Db } from '#engine/base/db/db.ts'
import type { JobContext, JobHandler } from '#engine/base/jobs/job.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import { batchInTurns, repeatInTurns, rowsPerTransaction } from '#engine/base/kernel/in-turns.ts'
import { runWorker } from '#engine/base/threads/run-worker.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import type { VectorSource } from '#engine/curation/vectors/vector-source.ts'
import { hashSaid } from './hash-said.ts'
import type { IdentityActService } from './identity-act.service.ts'
import type { IdentityRunRepo } from './identity-run.repo.ts'
import { requireFaceSpace } from './require-face-space.ts'
import { inferAnswer, inferProgress, inferVersion, type InferTask } from './infer-task.ts'
import type { PeopleService } from './people.service.ts'
import type { PersonRepo } from './person.repo.ts'

interface IdentitiesJobDeps {
  readonly db: Db
  readonly runs: IdentityRunRepo
  readonly persons: Pick<PersonRepo, 'count'>
  readonly people: PeopleService
  readonly acts: Pick<IdentityActService, 'listSaid'>
  readonly vectors: Pick<VectorSource, 'listSpaces'>
  readonly workers: WorkerLocator
  readonly now: Clock
}

const input = z.object({})

/**
 * Infers who is the same person in several images. Until its last transaction the people of the run before stand; called again
 * after that it only tells what it came to.
 */
export function createIdentitiesJob(
  deps: IdentitiesJobDeps,
): JobHandler<z.infer<typeof input>, ProposeResult> {
  return {
    kind: 'identities',
    input,
    changes: ['identities'],
    title: () => 'Infer who is the same person',
    run: async (_asked, context) => {
      const done = deps.runs.findNewest()
      const runId = done?.jobId === context.jobId ? done.id : await infer(deps, context, (done?.id ?? 0) + 1)
      await repeatInTurns(() => deps.runs.clearSome(runId, rowsPerTransaction), context.signal)
      deps.runs.clearRuns(runId)
      return tell(deps)
    },
  }
}

async function infer(deps: IdentitiesJobDeps, context: JobContext, runId: number): Promise<number> {
  const { db, runs, people, acts, vectors, workers, now } = deps
  const { signal, report, jobId } = context
  const space = requireFaceSpace(vectors)
  // What a job that was cut off has left.
  const kept = runs.findNewest()?.id ?? 0
  await repeatInTurns(() => runs.clearSome(kept, rowsPerTransaction), signal)
  runs.clearRuns(kept)
  const said = acts.listSaid()
  const task: InferTask = { catalogue: db.file, spaceId: space.id, ...said }
  const answer = await runWorker({
    workers,
    name: 'identities',
    input: task,
    progress: inferProgress,
    result: inferAnswer,
    onProgress: report,
    signal,
  })
  const { imageIds, clusterIds, proposals } = answer
  runs.begin({ runId, jobId, at: formatTimestamp(now()) })
  const writeClusters = ({ from, to }: { from: number; to: number }): void => {
    const rows = Array.from(imageIds.subarray(from, to), (imageId, at) => ({
      imageId,
      clusterId: clusterIds[from + at] ?? imageId,
    }))
    runs.insertClusters(runId, rows)
    report({ phase: 'Writing people', done: to, total: imageIds.length })
  }
  await batchInTurns(imageIds.length, writeClusters, { signal })
  await batchInTurns(
    proposals.length,
    ({ from, to }) => runs.insertProposals(runId, proposals.slice(from, to)),
    { signal },
  )
  const facts: IdentityFacts = {
    space: space.name,
    revision: space.revision,
    version: inferVersion,
    said: hashSaid(said),
    ...answer.facts,
  }
  db.transact(() => {
    runs.finish(runId, facts, formatTimestamp(now()))
    people.takeRun(runId)
  })
  return runId
}

function tell({ runs, persons }: IdentitiesJobDeps): ProposeResult {
  const run = runs.findNewest()
  if (run === undefined) throw new Error('The run was not stored')
  const { space, threshold, falseMatch, miss } = run.facts
  const proposals = runs
    .listProposals(run.id)
    .map(({ proposalId, kind, images, distance }) => ({ proposalId, kind, images, distance }))
  return { space, threshold, falseMatch, miss, people: persons.count().people, proposals }
}
