import { basename } from 'node:path'
import type { EvaluationId, JobId } from '#shared/contract/base.contract.ts'
import type { groupMapChoices, GroupMaps, ListedGroupMaps } from '#shared/contract/group-maps.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type * as z from 'zod'
import type { ResultFiles, StoredResult } from '#engine/base/integrity/result-files.ts'
import type { JobRunner } from '#engine/base/jobs/job.ts'
import type { EvaluationRecords } from '#engine/assessment/evaluation/evaluation-records.ts'
import { hashSubject } from './domain/subject-of-maps.ts'

interface GroupMapsServiceDeps {
  readonly records: Pick<EvaluationRecords, 'describe'>
  readonly jobs: Pick<JobRunner, 'enqueue'>
  readonly store: Pick<ResultFiles<GroupMaps>, 'list'>
}

/** Queues the average maps of an evaluation's groups, and shows those that are of an evaluation as it stands. */
export class GroupMapsService {
  readonly #deps: GroupMapsServiceDeps

  constructor(deps: GroupMapsServiceDeps) {
    this.#deps = deps
  }

  /** Throws NOT_FOUND for an evaluation that there is not, CONFLICT for one that is no longer what was stored. */
  async start(evaluationId: EvaluationId, choices: z.output<typeof groupMapChoices>): Promise<JobId> {
    await this.#deps.records.describe(evaluationId)
    return this.#deps.jobs.enqueue('group-maps', { evaluationId, choices }).id
  }

  /** Newest first; files that cannot be trusted are named beside them. */
  async list(): Promise<ListedGroupMaps> {
    const listed: ListedGroupMaps = { maps: [], faulty: [] }
    for (const stored of await this.#deps.store.list()) {
      const maps = await this.#check(stored)
      if (maps instanceof AppError) {
        listed.faulty.push({ file: basename(stored.file), reason: maps.message })
        continue
      }
      const { tasks: _tasks, notes: _notes, ...summary } = maps
      listed.maps.push(summary)
    }
    return listed
  }

  /** Throws NOT_FOUND for maps that are not, or no longer, there; CONFLICT where the file cannot be trusted or is of another evaluation. */
  async read(jobId: JobId): Promise<GroupMaps> {
    let fault: AppError | null = null
    for (const stored of await this.#deps.store.list(jobId)) {
      const maps = await this.#check(stored)
      if (!(maps instanceof AppError)) return maps
      fault = maps
    }
    throw (
      fault ??
      new AppError(
        'NOT_FOUND',
        `There are no maps by group of job ${jobId}. They are let go of when images are erased: make them again.`,
      )
    )
  }

  async #check({ file, result: maps, fault }: StoredResult<GroupMaps>): Promise<GroupMaps | AppError> {
    if (fault !== null) return fault
    const evaluation = await this.#deps.records.describe(maps.evaluationId).catch((error: unknown) => {
      if (error instanceof AppError) return null
      throw error
    })
    if (evaluation !== null && hashSubject(evaluation, maps.choices) === maps.subject) return maps
    return new AppError(
      'CONFLICT',
      `${basename(file)}: it is of an evaluation ${maps.evaluationId} that is not the one of this project. Nothing was shown of it. Make the maps again, then delete this file.`,
      { details: { file } },
    )
  }
}
