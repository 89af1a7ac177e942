import type { CrossvalId, JobId, RunId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { JobSnapshot } from '#shared/contract/job.contract.ts'
import type { RunQueue, RunSummary } from '#shared/contract/run.contract.ts'
import { architectureNames, isBackbone } from '#shared/domain/architectures.ts'
import type { SweepId } from '#shared/contract/sweep.contract.ts'
import type { Topic } from '#shared/contract/system.contract.ts'
import type { TrainConfig } from '#shared/contract/train-config.contract.ts'
import type { JobRunner } from '#engine/base/jobs/job.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import type { RunPlan, RunPlanService } from './run-plan.service.ts'
import type { NewRun, RunRepo, RunRow } from './run.repo.ts'
import type { RunService } from './run.service.ts'

interface RunControlDeps {
  readonly repo: RunRepo
  readonly runs: RunService
  readonly plans: RunPlanService
  readonly jobs: JobRunner
  readonly host: {
    readonly now: Clock
    /** Version of Evenhand. */
    readonly version: string
    readonly publishChange: (topics: readonly Topic[]) => void
  }
}

export interface StartedRun {
  readonly runId: RunId
  readonly jobId: JobId
}

type Belonging = Pick<NewRun, 'name' | 'sweepId' | 'crossvalId' | 'fold'>

const nameByChoices = ({ arch, inputSize, seed }: TrainConfig): string =>
  isBackbone(arch) ? `${architectureNames[arch]}, ${inputSize} px, seed ${seed}` : architectureNames[arch]

/** Starts, stops and orders runs. */
export class RunControlService {
  readonly #deps: RunControlDeps

  constructor(deps: RunControlDeps) {
    this.#deps = deps
  }

  /**
   * Looks at the data and the weights file, stores the run with what it found, and queues it.
   * @throws AppError as `RunPlanService.plan` does.
   */
  async start(config: TrainConfig, signal: AbortSignal = new AbortController().signal): Promise<StartedRun> {
    return this.queuePlan(await this.#deps.plans.plan(config, { signal }), null)
  }

  /** Stores and queues what was planned, as one of a sweep or alone. */
  async queuePlan(plan: RunPlan, sweepId: SweepId | null): Promise<StartedRun> {
    const runId = await this.#store(plan, {
      name: plan.config.name ?? nameByChoices(plan.config),
      sweepId,
      crossvalId: null,
      fold: null,
    })
    return this.#enqueue(runId, { runId })
  }

  /** Stores a run that holds a fold out; the job of its cross-validation trains it. */
  storeFold(plan: RunPlan, heldOut: { name: string; crossvalId: CrossvalId; fold: number }): Promise<RunId> {
    return this.#store(plan, { sweepId: null, ...heldOut })
  }

  async #store(plan: RunPlan, belonging: Belonging): Promise<RunId> {
    const { repo, plans, host } = this.#deps
    const { config, configHash, computedBy, split, labels, counts, data, notes } = plan
    const runId = repo.insert({
      splitHash: split.hash,
      config,
      configHash,
      labels: { ...labels },
      counts,
      ...computedBy,
      notes,
      ...belonging,
      data,
      codeVersion: host.version,
      createdAt: formatTimestamp(host.now()),
    })
    await plans.storeWeights(runId, plan)
    return runId
  }

  /**
   * Queues a stopped run again, under its own job unless it is to go on by the CPU instead of its device.
   * Throws NOT_FOUND, or CONFLICT when it runs or has ended well.
   */
  resume(id: RunId, device?: 'cpu'): StartedRun {
    const job = this.#findJob(id)
    if (job.state === 'succeeded') {
      throw new AppError(
        'CONFLICT',
        `Run ${id} has ended well: there is nothing to go on with. Start a new run to train further.`,
        { details: { runId: id, state: job.state } },
      )
    }
    this.#checkStopped(id, job)
    checkHasCheckpoints(this.#deps.runs.find(id))
    if (device !== undefined) return this.#enqueue(id, { runId: id, device })
    this.#deps.jobs.resume(job.id)
    this.#publish()
    return { runId: id, jobId: job.id }
  }

  /** Throws NOT_FOUND, or CONFLICT when it has ended. */
  pause(id: RunId): RunSummary {
    this.#deps.jobs.pause(this.#findJob(id).id)
    this.#publish()
    return this.#deps.runs.summary(id)
  }

  /** Ends a run for good, or takes it out of the queue; it can still be resumed. Throws as `pause`. */
  stop(id: RunId): RunSummary {
    this.#deps.jobs.cancel(this.#findJob(id).id)
    this.#publish()
    return this.#deps.runs.summary(id)
  }

  /** Makes the best epoch so far the model. Throws CONFLICT while it runs, with a model, or before its first epoch. */
  keep(id: RunId): StartedRun {
    const { modelId, bestEpoch } = this.#deps.runs.summary(id)
    if (modelId !== null) {
      throw new AppError('CONFLICT', `Run ${id} has made model ${modelId} already.`, {
        details: { runId: id, modelId },
      })
    }
    this.#checkStopped(id, this.#findJob(id))
    checkHasCheckpoints(this.#deps.runs.find(id))
    if (bestEpoch === null) {
      throw new AppError('CONFLICT', `Run ${id} has not finished an epoch: there is nothing to keep.`, {
        details: { runId: id },
      })
    }
    return this.#enqueue(id, { runId: id, keepBest: true })
  }

  queue(): RunQueue {
    const { jobs } = this.#deps
    const running = this.#deps.repo.listJobs().find(({ jobId }) => jobs.get(jobId).state === 'running')
    return {
      running: running?.runId ?? null,
      waiting: this.#listWaiting().map(({ runId }) => runId),
      leftOver: this.#toRuns(jobs.leftOver()).map(({ runId }) => runId),
    }
  }

  /** @param position one-based among the waiting runs; throws CONFLICT when the run does not wait */
  moveInQueue(id: RunId, position: number): RunQueue {
    const waiting = this.#listWaiting()
    const moved = waiting.find(({ runId }) => runId === id)
    if (moved === undefined) {
      const { state } = this.#deps.runs.summary(id)
      throw new AppError('CONFLICT', `Run ${id} does not wait: it is ${state}.`, { details: { runId: id } })
    }
    const others = waiting.filter(({ runId }) => runId !== id)
    const order = others.toSpliced(Math.min(position, waiting.length) - 1, 0, moved)
    this.#deps.jobs.reorder(order.map(({ jobId }) => jobId))
    this.#publish()
    return this.queue()
  }

  /** Queues what the end of an earlier process stopped or kept from starting, in the order of its queue. */
  continueQueue(): RunQueue {
    for (const { jobId } of this.#toRuns(this.#deps.jobs.leftOver())) this.#deps.jobs.resume(jobId)
    this.#publish()
    return this.queue()
  }

  #enqueue(runId: RunId, input: { runId: RunId; keepBest?: boolean; device?: 'cpu' }): StartedRun {
    const job = this.#deps.jobs.enqueue('train', input)
    this.#deps.repo.setJob(runId, job.id)
    this.#deps.host.publishChange(['runs', 'project'])
    return { runId, jobId: job.id }
  }

  #listWaiting(): StartedRun[] {
    return this.#toRuns(this.#deps.jobs.queued())
  }

  #toRuns(jobIds: readonly JobId[]): StartedRun[] {
    const runs = new Map(this.#deps.repo.listJobs().map(({ runId, jobId }) => [jobId, runId]))
    return jobIds.flatMap((jobId) => {
      const runId = runs.get(jobId)
      return runId === undefined ? [] : [{ runId, jobId }]
    })
  }

  #findJob(id: RunId): JobSnapshot {
    const { jobId, crossvalId } = this.#deps.runs.find(id)
    if (crossvalId !== null) {
      throw new AppError(
        'CONFLICT',
        `Run ${id} is a fold of cross-validation ${crossvalId}, which trains it. Stop or resume the cross-validation.`,
        { details: { runId: id, crossvalId } },
      )
    }
    if (jobId === null) throw new AppError('CONFLICT', `Run ${id} was never queued. Start a new run.`)
    return this.#deps.jobs.get(jobId)
  }

  #checkStopped(id: RunId, { state }: JobSnapshot): void {
    if (state !== 'running' && state !== 'queued') return
    throw new AppError('CONFLICT', `Run ${id} is ${state} already.`, { details: { runId: id, state } })
  }

  #publish(): void {
    this.#deps.host.publishChange(['runs'])
  }
}

/** Throws CONFLICT for a run whose checkpoints were deleted on request. */
export function checkHasCheckpoints({ id, freed }: Pick<RunRow, 'id' | 'freed'>): void {
  if (freed === null) return
  throw new AppError(
    'CONFLICT',
    `Run ${id} cannot go on: its checkpoints were deleted on request at ${freed.at}. Start a new run with its settings.`,
    { details: { runId: id } },
  )
}
