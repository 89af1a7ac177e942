import type { EvaluationId, JobId } from '#shared/contract/base.contract.ts'
import type { groupMapChoices } from '#shared/contract/group-maps.contract.ts'
import type * as z from 'zod'
import type { JobRunner } from '#engine/base/jobs/job.ts'
import type { EvaluationRecords } from '#engine/assessment/evaluation/evaluation-records.ts'

interface GroupMapsServiceDeps {
  readonly records: Pick<EvaluationRecords, 'describe'>
  readonly jobs: Pick<JobRunner, 'enqueue'>
}

/** Queues the average maps of an evaluation's groups. */
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
}
