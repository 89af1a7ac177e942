import { AppError } from '#shared/contract/errors.ts'
import { checks, listChecksOf, type CheckId } from '#shared/domain/checks.ts'
import type { JobContext } from '#engine/base/jobs/job.ts'
import { toCanonicalJson } from '#engine/base/kernel/hash.ts'
import { runWorker } from '#engine/base/threads/run-worker.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import type { CheckScoreService } from '#engine/curation/checks/check-score.service.ts'
import { listNeighbourScores } from './describe-neighbours.ts'
import type { LabelSourceRepo } from './label-source.repo.ts'
import {
  neighbourChecksAnswer,
  neighbourChecksProgress,
  neighbourCount,
  type NeighbourChecksTask,
  type NeighbourColumns,
} from './neighbour-checks-task.ts'
import type { ScanStep } from '#engine/curation/checks/scan-step.ts'
import type { VectorSource } from '#engine/curation/vectors/vector-source.ts'

/** A change of the scores that the same embeddings and labels give needs a new number. */
const version = 3
const neighbourChecks = listChecksOf('embeddings')

export interface NeighbourStepDeps {
  readonly scores: CheckScoreService
  readonly labels: Pick<LabelSourceRepo, 'readState' | 'readCopies'>
  readonly vectors: Pick<VectorSource, 'listSpaces'>
  readonly workers: WorkerLocator
  /** Path of the catalogue's database file. */
  readonly catalogue: string
}

const noSpace =
  'There are no embeddings yet, so images have no neighbours to compare. Scan faces too, or embed with a trained model.'

function findColumns(
  spaceId: number,
  { workers, catalogue }: NeighbourStepDeps,
  { signal, report }: JobContext,
): Promise<NeighbourColumns> {
  const input: NeighbourChecksTask = { catalogue, spaceId }
  return runWorker({
    workers,
    name: 'neighbour-checks',
    input,
    progress: neighbourChecksProgress,
    result: neighbourChecksAnswer,
    onProgress: (progress) => report({ phase: 'Comparing neighbours', ...progress }),
    signal,
  })
}

/** What this machine cannot compare leaves the checks unchecked, with the reason; everything else ends the scan. */
function explainUnavailable(error: unknown): string {
  if (error instanceof AppError && error.code === 'UNAVAILABLE') return error.message
  throw error
}

/** Images far from those of their label, and labels that their nearest neighbours do not share. */
export function createNeighbourStep(deps: NeighbourStepDeps): ScanStep {
  const { scores, labels, vectors } = deps
  return {
    source: 'embeddings',
    run: async (order, context) => {
      const { signal, jobId } = context
      const asked = neighbourChecks.filter((check) => order.checks.has(check))
      const space = vectors.listSpaces().find(({ images }) => images > neighbourCount)
      if (space === undefined)
        return { worked: 0, unavailable: new Map(asked.map((check) => [check, noSpace])) }
      const { name, revision } = space
      const facts = {
        version,
        params: {
          space: name,
          revision,
          ...labels.readState(),
          copies: labels.readCopies(),
          neighbours: neighbourCount,
        },
      }
      const stands = (check: CheckId): boolean => {
        const finished = scores.finishedFacts(check)
        return finished !== null && toCanonicalJson(finished) === toCanonicalJson(facts)
      }
      const due = asked.filter((check) => order.fresh.has('embeddings') || !stands(check))
      const unavailable = new Map<CheckId, string>()
      if (due.length === 0) return { worked: 0, unavailable }
      const columns = await findColumns(space.id, deps, context).catch(explainUnavailable)
      if (typeof columns === 'string')
        return { worked: 0, unavailable: new Map(due.map((check) => [check, columns])) }
      for (const check of due) {
        const { task } = checks[check]
        if (task !== null && columns[task].scores.every(Number.isNaN)) {
          unavailable.set(check, `Too few images carry a ${task} label.`)
          continue
        }
        await scores.begin(check, { ...facts, signal, isReplaced: true })
        const images = await scores.replace(check, listNeighbourScores(check, columns), signal)
        scores.finish(check, { images, jobId })
      }
      return { worked: columns.imageIds.length, unavailable }
    },
  }
}
