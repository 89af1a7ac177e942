import type { RunId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { JobSnapshot } from '#shared/contract/job.contract.ts'
import type { DataSnapshot, EpochRecord, RunDetail, RunSummary } from '#shared/contract/run.contract.ts'
import type { Topic } from '#shared/contract/system.contract.ts'
import type { JobRunner } from '#engine/base/jobs/job.ts'
import { hashCanonical } from '#engine/base/kernel/hash.ts'
import { listCheckpoints } from './list-checkpoints.ts'
import type { RunRepo, RunRow } from './run.repo.ts'

interface RunServiceDeps {
  readonly runs: RunRepo
  readonly jobs: JobRunner
  readonly projectFolder: string
  readonly publishChange: (topics: readonly Topic[]) => void
}

/** Every run with its curves, and what people write about it. */
export class RunService {
  readonly #deps: RunServiceDeps

  constructor(deps: RunServiceDeps) {
    this.#deps = deps
  }

  /** Newest first, archived ones too. */
  list(): RunSummary[] {
    const epochs = this.#deps.runs.epochsByRun()
    const positions = this.#listPositions()
    return this.#deps.runs
      .list()
      .map((run) => this.#summarise(run, { epochs: epochs.get(run.id) ?? [], positions }))
  }

  /** Throws NOT_FOUND. */
  summary(id: RunId): RunSummary {
    return this.#summarise(this.find(id), {
      epochs: this.#deps.runs.epochs(id),
      positions: this.#listPositions(),
    })
  }

  /** Throws NOT_FOUND. */
  async get(id: RunId): Promise<RunDetail> {
    const { projectFolder, runs } = this.#deps
    const checkpoints = await listCheckpoints(projectFolder, id)
    const { labels, counts, engine, notes, sanity, data, codeVersion } = this.find(id)
    const epochs = runs.epochs(id)
    const memory = epochs.flatMap(({ memoryBytes }) => memoryBytes ?? [])
    return {
      ...this.summary(id),
      labels,
      counts,
      engine,
      notes,
      sanity,
      data,
      codeVersion,
      epochs,
      checkpoints,
      steps: runs.steps(id),
      peakMemoryBytes: memory.length === 0 ? null : Math.max(...memory),
    }
  }

  /** The stored row. Throws NOT_FOUND. */
  find(id: RunId): RunRow {
    const run = this.#deps.runs.find(id)
    if (run === undefined) {
      throw new AppError('NOT_FOUND', `There is no run ${id}. List the runs to see which there are.`, {
        details: { runId: id },
      })
    }
    return run
  }

  /** Throws NOT_FOUND. The models and files that a run has already made keep the name they were made under. */
  rename(id: RunId, name: string): RunSummary {
    return this.#change(id, (runs) => runs.setName(id, name))
  }

  setNotes(id: RunId, notes: string): RunSummary {
    return this.#change(id, (runs) => runs.setUserNotes(id, notes))
  }

  /** In the order given, each once. */
  setTags(id: RunId, tags: readonly string[]): RunSummary {
    return this.#change(id, (runs) => runs.setTags(id, [...new Set(tags)]))
  }

  /** Lists pass over an archived run; nothing of it is deleted. */
  archive(id: RunId, archived: boolean): RunSummary {
    return this.#change(id, (runs) => runs.setArchived(id, archived))
  }

  #change(id: RunId, change: (runs: RunRepo) => void): RunSummary {
    this.find(id)
    change(this.#deps.runs)
    this.#deps.publishChange(['runs'])
    return this.summary(id)
  }

  /** Places among the waiting runs, from 1, by job. */
  #listPositions(): Map<number, number> {
    const jobs = this.#deps.jobs.queued()
    const known = new Set(this.#deps.runs.listJobs().map(({ jobId }) => jobId))
    return new Map(jobs.filter((job) => known.has(job)).map((job, index) => [job, index + 1]))
  }

  #summarise(
    run: RunRow,
    context: { epochs: readonly EpochRecord[]; positions: ReadonlyMap<number, number> },
  ): RunSummary {
    const { epochs, positions } = context
    const { id, jobId, name, splitId, splitHash, config, configHash, device, modelId, createdAt } = run
    const { userNotes, tags, archived, freed, sweepId, crossvalId, fold, data } = run
    const job = jobId === null ? null : this.#deps.jobs.get(jobId)
    const best = epochs.findLast(({ isBest }) => isBest)
    return {
      id,
      jobId,
      name,
      splitId,
      splitHash,
      config,
      configHash,
      device,
      modelId,
      createdAt,
      userNotes,
      tags,
      archived,
      freed,
      sweepId,
      crossvalId,
      fold,
      ...judgeEnd(run, job),
      epochsDone: epochs.length,
      bestEpoch: best?.epoch ?? null,
      best: best?.validation ?? null,
      queuePosition: jobId === null ? null : (positions.get(jobId) ?? null),
      dataHash: hashData(data),
      ...addUp(epochs),
    }
  }
}

/** A fold's run has ended with its model, whatever becomes of the folds after it. */
function judgeEnd(
  { crossvalId, modelId }: RunRow,
  job: JobSnapshot | null,
): Pick<RunSummary, 'state' | 'error'> {
  if (crossvalId !== null && modelId !== null) return { state: 'succeeded', error: null }
  return { state: job?.state ?? 'interrupted', error: job?.error?.message ?? null }
}

const hashData = (data: DataSnapshot | null): string | null =>
  data === null ? null : hashCanonical([data.train.sha256, data.validation.sha256])

/** Seconds with validation, and training images per second without it. */
export function addUp(epochs: readonly EpochRecord[]): { seconds: number; imagesPerSecond: number | null } {
  const seconds = epochs.reduce((sum, epoch) => sum + epoch.seconds, 0)
  // Every epoch trains on the same number of images, so the rates join by their harmonic mean.
  const inverse = epochs.reduce((sum, epoch) => sum + 1 / epoch.imagesPerSecond, 0)
  return { seconds, imagesPerSecond: epochs.length === 0 ? null : epochs.length / inverse }
}
