import type { CrossvalId, ImageId, JobId, RunId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type {
  CrossvalDetail,
  CrossvalRequest,
  CrossvalSummary,
  PredictionsPage,
} from '#shared/contract/crossval.contract.ts'
import type { Topic } from '#shared/contract/system.contract.ts'
import type { Task } from '#shared/domain/tasks.ts'
import type { JobRunner } from '#engine/base/jobs/job.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import { pageInTurns } from '#engine/base/kernel/in-turns.ts'
import type { RunPlanService } from '#engine/learning/training/run-plan.service.ts'
import type { TrainingDataService } from '#engine/learning/training/training-data.service.ts'
import type { CrossvalSeals } from './crossval-seals.ts'
import type { CrossvalRepo, CrossvalRow, StoredPrediction } from './crossval.repo.ts'
import { writePredictions, type PredictionsFile } from './write-predictions.ts'

interface CrossvalServiceDeps {
  readonly crossvals: CrossvalRepo
  readonly seals: CrossvalSeals
  readonly plans: RunPlanService
  readonly data: TrainingDataService
  readonly jobs: JobRunner
  readonly now: Clock
  readonly publishChange: (topics: readonly Topic[]) => void
}

interface StartedCrossval {
  readonly crossvalId: CrossvalId
  readonly jobId: JobId
}

/** One task's predictions of all images as columns, for whoever looks for wrong labels. */
export interface OutOfSampleMatrix {
  readonly labels: readonly string[]
  readonly imageIds: readonly ImageId[]
  /** `[images]` the run that did not see the image. */
  readonly runIds: readonly RunId[]
  /** `[images]` index of the given label, -1 where it is missing. */
  readonly labelled: Int32Array
  /** `[images, labels]` row by row; null where the models give years alone. */
  readonly probabilities: Float32Array | null
  /** `[images]` predicted and labelled years, NaN where there are none. */
  readonly years: Float64Array
  readonly labelledYears: Float64Array
}

const pageRows = 1000
const notEarlyNote =
  'The models of the folds measure nothing while they train, so early stopping has no effect: every run takes all its epochs.'

/** The stored 32-bit numbers; null where the model gives years alone. */
export function readProbabilities({ probabilities }: StoredPrediction): Float32Array | null {
  if (probabilities.byteLength === 0) return null
  return new Float32Array(probabilities.slice().buffer)
}

/** Cross-validations and their out-of-sample predictions. */
export class CrossvalService {
  readonly #deps: CrossvalServiceDeps

  constructor(deps: CrossvalServiceDeps) {
    this.#deps = deps
  }

  /**
   * Looks at data and weights file as a run's start would, stores what was asked, and queues the work.
   * @throws AppError as `RunPlanService.plan` does.
   */
  async start(
    { name, config: asked, folds, seed }: CrossvalRequest,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<StartedCrossval> {
    const { crossvals, data, plans, jobs, now, publishChange } = this.#deps
    const split = data.getSplit(asked.splitId)
    const train = await data.listImages(split.id, 'train', signal)
    const all = [...train, ...(await data.listImages(split.id, 'val', signal))]
    const plan = await plans.plan(asked, {
      signal,
      images: { train: all, validation: [], what: `The folds of split ${split.name}`, notes: [] },
    })
    const { config, configHash, labels, notes } = plan
    const crossvalId = crossvals.insert({
      name: name ?? config.name ?? `Cross-validation of ${split.name}`,
      splitId: split.id,
      splitHash: split.hash,
      folds,
      seed,
      config,
      configHash,
      labels: { ...labels },
      images: all.length,
      notes: [
        `Folds over the train and validation parts of split ${split.name}; its test part stays sealed.`,
        ...notes,
        ...(config.patience === null ? [] : [notEarlyNote]),
      ],
      createdAt: formatTimestamp(now()),
    })
    const job = jobs.enqueue('crossval', { crossvalId })
    crossvals.setJob(crossvalId, job.id)
    publishChange(['runs', 'project'])
    return { crossvalId, jobId: job.id }
  }

  /** Newest first. */
  list(): CrossvalSummary[] {
    return this.#deps.crossvals.list().map((row) => this.#summarise(row))
  }

  /** Throws NOT_FOUND, CONFLICT where it is no longer what was stored. The leaks are counted anew. */
  async get(id: CrossvalId, signal?: AbortSignal): Promise<CrossvalDetail> {
    const row = this.find(id)
    await this.#deps.seals.verify(id, signal)
    return {
      ...this.#summarise(row),
      parts: this.#deps.crossvals.folds(id),
      leaks: row.foldHash === null ? null : this.#deps.crossvals.leaks(id),
      notes: row.notes,
    }
  }

  /** The stored row. Throws NOT_FOUND. */
  find(id: CrossvalId): CrossvalRow {
    const row = this.#deps.crossvals.find(id)
    if (row === undefined) {
      throw new AppError(
        'NOT_FOUND',
        `There is no cross-validation ${id}. List them to see which there are.`,
        {
          details: { crossvalId: id },
        },
      )
    }
    return row
  }

  /** Throws NOT_FOUND, or CONFLICT when it has ended. */
  stop(id: CrossvalId): CrossvalSummary {
    this.#deps.jobs.cancel(this.#findJob(id))
    this.#deps.publishChange(['runs'])
    return this.#summarise(this.find(id))
  }

  /** Throws NOT_FOUND, or CONFLICT when it runs or has ended well. */
  resume(id: CrossvalId): StartedCrossval {
    const jobId = this.#findJob(id)
    this.#deps.jobs.resume(jobId)
    this.#deps.publishChange(['runs'])
    return { crossvalId: id, jobId }
  }

  /** A page of finished folds' predictions. Throws NOT_FOUND, also for a task that has no head. */
  async predictions(
    id: CrossvalId,
    page: { task: Task; after: number; limit: number },
  ): Promise<PredictionsPage> {
    const labels = this.#findLabels(id, page.task)
    await this.#deps.seals.verify(id)
    const rows = this.#deps.crossvals.predictions(id, page)
    return {
      labels,
      rows: rows.map((row) => {
        const { imageId, fold, runId, labelled, predicted, labelledYears, years } = row
        const probabilities = readProbabilities(row)
        return {
          imageId,
          fold,
          runId,
          labelled,
          predicted,
          labelledYears,
          years,
          probabilities: probabilities === null ? null : [...probabilities],
        }
      }),
      next: rows.length < page.limit ? null : (rows.at(-1)?.imageId ?? null),
    }
  }

  /** One task's predictions of every image of the finished folds, in the order of the images' ids. Throws NOT_FOUND. */
  async readMatrix(id: CrossvalId, task: Task, signal?: AbortSignal): Promise<OutOfSampleMatrix> {
    const labels = this.#findLabels(id, task)
    await this.#deps.seals.verify(id, signal)
    const rows: StoredPrediction[] = []
    for await (const page of this.readPages(id, task, signal)) rows.push(...page)
    const given = rows.map(readProbabilities)
    const probabilities = new Float32Array(rows.length * labels.length)
    given.forEach((row, at) => probabilities.set(row ?? [], at * labels.length))
    return {
      labels,
      imageIds: rows.map(({ imageId }) => imageId),
      runIds: rows.map(({ runId }) => runId),
      labelled: Int32Array.from(rows, ({ labelled }) => labelled ?? -1),
      probabilities: given.includes(null) ? null : probabilities,
      years: Float64Array.from(rows, ({ years }) => years ?? Number.NaN),
      labelledYears: Float64Array.from(rows, ({ labelledYears }) => labelledYears ?? Number.NaN),
    }
  }

  /** Page after page in the order of the images' ids, giving the thread free between them. */
  readPages(
    id: CrossvalId,
    task: Task,
    signal?: AbortSignal,
  ): AsyncGenerator<readonly StoredPrediction[], void, void> {
    const read = (page: { after: number; limit: number }) =>
      this.#deps.crossvals.predictions(id, { task, ...page })
    return pageInTurns(read, { limit: pageRows, signal })
  }

  /** Throws NOT_FOUND, or PRECONDITION before every image has been predicted. */
  async exportCsv(id: CrossvalId, file: string): Promise<PredictionsFile> {
    const { labels, results, foldsDone, folds } = this.find(id)
    if (results === null) {
      throw new AppError(
        'PRECONDITION',
        `Cross-validation ${id} has finished ${foldsDone} of ${folds} folds. Let it end before its predictions are written.`,
        { details: { crossvalId: id, foldsDone } },
      )
    }
    await this.#deps.seals.verify(id)
    return writePredictions({ crossvals: this.#deps.crossvals, crossvalId: id, labels, file })
  }

  #findLabels(id: CrossvalId, task: Task): string[] {
    const labels = this.find(id).labels[task]
    if (labels !== null) return labels
    throw new AppError('NOT_FOUND', `The models of cross-validation ${id} have no ${task} head.`, {
      details: { crossvalId: id, task },
    })
  }

  #findJob(id: CrossvalId): JobId {
    const { jobId } = this.find(id)
    if (jobId !== null) return jobId
    throw new AppError('CONFLICT', `Cross-validation ${id} was never queued. Start a new one.`)
  }

  #summarise({ notes: _notes, ...row }: CrossvalRow): CrossvalSummary {
    const job = row.jobId === null ? null : this.#deps.jobs.get(row.jobId)
    return { ...row, state: job?.state ?? 'interrupted', error: job?.error?.message ?? null }
  }
}
