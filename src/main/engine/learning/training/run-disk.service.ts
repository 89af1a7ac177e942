import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { RunId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { FreedDisk, RunDisk, RunSummary } from '#shared/contract/run.contract.ts'
import type { Topic } from '#shared/contract/system.contract.ts'
import type { JobRunner } from '#engine/base/jobs/job.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import { mapSystemError } from '#engine/base/kernel/system-error.ts'
import { listCheckpoints } from './list-checkpoints.ts'
import type { RunRepo } from './run.repo.ts'
import type { RunService } from './run.service.ts'

interface RunDiskDeps {
  readonly repo: RunRepo
  readonly runs: RunService
  readonly jobs: Pick<JobRunner, 'cancel'>
  readonly projectFolder: string
  readonly now: Clock
  readonly publishChange: (topics: readonly Topic[]) => void
}

/** The disk that archived runs hold, and giving it back. */
export class RunDiskService {
  readonly #deps: RunDiskDeps

  constructor(deps: RunDiskDeps) {
    this.#deps = deps
  }

  /** Archived runs with checkpoints, those that hold most first. */
  async list(): Promise<RunDisk[]> {
    const archived = this.#deps.runs.list().filter((run) => run.archived && !isActive(run))
    const held = await Promise.all(archived.map((run) => this.#measure(run)))
    return held.filter(({ files }) => files > 0).sort((a, b) => b.bytes - a.bytes || a.runId - b.runId)
  }

  /**
   * Deletes the checkpoints of archived runs; their curves, settings, notes, events and models stay.
   * Throws NOT_FOUND, or CONFLICT naming a run that is not archived or is at work, before anything is deleted.
   */
  async free(ids: readonly RunId[]): Promise<FreedDisk> {
    const runs = [...new Set(ids)].map((id) => this.#deps.runs.summary(id))
    for (const run of runs) checkIsArchived(run)
    const total = { runs: 0, files: 0, bytes: 0 }
    for (const run of runs) {
      const { files, bytes } = await this.#measure(run)
      if (files === 0) continue
      // On record first: a run that lost some of its checkpoints must not go on from what is left.
      this.#deps.repo.setFreed(run.id, {
        at: formatTimestamp(this.#deps.now()),
        bytes: (run.freed?.bytes ?? 0) + bytes,
      })
      if (run.jobId !== null && (run.state === 'paused' || run.state === 'interrupted'))
        this.#deps.jobs.cancel(run.jobId)
      await this.#delete(run.id)
      total.runs += 1
      total.files += files
      total.bytes += bytes
    }
    this.#deps.publishChange(['runs'])
    return total
  }

  async #measure({ id, name, modelId }: RunSummary): Promise<RunDisk> {
    const checkpoints = await listCheckpoints(this.#deps.projectFolder, id)
    return {
      runId: id,
      name,
      modelId,
      files: checkpoints.length,
      bytes: checkpoints.reduce((sum, { bytes }) => sum + bytes, 0),
    }
  }

  async #delete(id: RunId): Promise<void> {
    const folder = join(this.#deps.projectFolder, 'runs', String(id))
    for (const name of ['last.safetensors', 'best.safetensors', 'epochs']) {
      const path = join(folder, name)
      try {
        await rm(path, { force: true, recursive: true })
      } catch (error) {
        throw mapSystemError(error, { action: 'write', path })
      }
    }
  }
}

const isActive = ({ state }: RunSummary): boolean => state === 'queued' || state === 'running'

function checkIsArchived(run: RunSummary): void {
  if (run.archived && !isActive(run)) return
  const reason = run.archived ? `is ${run.state}` : 'is not archived'
  throw new AppError(
    'CONFLICT',
    `The checkpoints of run ${run.id} (${run.name}) stay: it ${reason}. ${run.archived ? 'Stop it first.' : `Archive it first: evenhand runs archive ${run.id}`}`,
    { details: { runId: run.id, state: run.state } },
  )
}
