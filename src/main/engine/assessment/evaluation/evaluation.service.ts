import type { EvaluationId, ImageId, JobId, ModelId, SplitId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { EvaluationDetail, ImageAnswer } from '#shared/contract/evaluation.contract.ts'
import type { PartName } from '#shared/contract/split.contract.ts'
import { tasks as allTasks, type Task } from '#shared/domain/tasks.ts'
import type { JobRunner } from '#engine/base/jobs/job.ts'
import type { AskedInference, DeviceService } from '#engine/networks/devices/device.service.ts'
import type { ModelService } from '#engine/learning/models/model.service.ts'
import type { RunService } from '#engine/learning/training/run.service.ts'
import type { TrainingDataService } from '#engine/learning/training/training-data.service.ts'
import type { EvaluationSeals } from './evaluation-seals.ts'
import type { EvaluationRepo, EvaluationRow, PartOfSplit } from './evaluation.repo.ts'

interface EvaluationServiceDeps {
  readonly evaluations: EvaluationRepo
  readonly seals: EvaluationSeals
  readonly models: ModelService
  readonly runs: Pick<RunService, 'find'>
  readonly data: TrainingDataService
  readonly devices: Pick<DeviceService, 'resolveInference'>
  readonly jobs: Pick<JobRunner, 'enqueue'>
}

interface EvaluationRequest extends AskedInference {
  readonly modelId: ModelId
  readonly splitId?: SplitId | undefined
  readonly part: PartName
}

export class EvaluationService {
  readonly #deps: EvaluationServiceDeps

  constructor(deps: EvaluationServiceDeps) {
    this.#deps = deps
  }

  /**
   * Queues an evaluation; the model's own split unless another is named.
   * @throws AppError NOT_FOUND, or PRECONDITION for a sealed test part and for an engine or arithmetic that is not to be had.
   */
  async start(request: EvaluationRequest): Promise<{ jobId: JobId }> {
    const { models, runs, data, jobs } = this.#deps
    const model = models.locate(request.modelId)
    const splitId =
      request.splitId ?? (model.runId === null ? undefined : runs.find(model.runId).config.splitId)
    if (splitId === undefined) {
      throw new AppError(
        'INVALID_INPUT',
        `Model ${model.id} comes from no run of this project. Name a split.`,
      )
    }
    const split = data.getSplit(splitId)
    this.assertUnsealed({ modelId: model.id, splitId, part: request.part, splitName: split.name })
    const computeWith = await this.#deps.devices.resolveInference(request)
    const job = { modelId: model.id, splitId, part: request.part, computeWith }
    return { jobId: jobs.enqueue('evaluate', job).id }
  }

  /**
   * The test part stays unseen until a later version can open it with a reason, on record; so do its images when
   * another split puts them into a part of another name.
   * @throws AppError PRECONDITION
   */
  assertUnsealed(asked: PartOfSplit & { modelId: ModelId; splitName: string }): void {
    const { models, runs, evaluations } = this.#deps
    const { splitId, part, splitName } = asked
    if (part === 'test') {
      throw new AppError(
        'PRECONDITION',
        `The test part of split ${splitName} is sealed. This version cannot unseal it yet, so its results stay unseen. Evaluate on the validation part instead.`,
        { details: { part } },
      )
    }
    const { runId } = models.locate(asked.modelId)
    const ownSplitId = runId === null ? splitId : runs.find(runId).config.splitId
    if (ownSplitId === splitId) return
    const own = this.#deps.data.getSplit(ownSplitId)
    const sealed = evaluations.countShared({
      asked: { splitId, part },
      own: { splitId: ownSplitId, part: 'test' },
    })
    if (sealed === 0) return
    throw new AppError(
      'PRECONDITION',
      `${sealed} images of the part ${part} of split ${splitName} stand in the sealed test part of split ${own.name}, on which the model was trained. Evaluate on split ${own.name}, or on a split of images that it does not hold.`,
      { details: { part, splitId, sealed } },
    )
  }

  /** Newest first. Throws CONFLICT where the figures of one are no longer those that were stored. */
  async list(): Promise<EvaluationDetail[]> {
    await this.#deps.seals.verifyRecords()
    return this.#deps.evaluations.list().map(describeEvaluation)
  }

  /** Throws NOT_FOUND, CONFLICT where figures or answers are no longer those that were stored. */
  async get(id: EvaluationId): Promise<EvaluationDetail> {
    await this.#deps.seals.verify(id)
    const row = this.#deps.evaluations.find(id)
    if (row === undefined) {
      throw new AppError(
        'NOT_FOUND',
        `There is no evaluation ${id}. List the evaluations to see which there are.`,
        {
          details: { evaluationId: id },
        },
      )
    }
    return describeEvaluation(row)
  }

  /** By image and task the answer of the newest evaluation that knows it. Throws as `get` does. */
  async answers(images: readonly ImageId[]): Promise<ImageAnswer[]> {
    const found = new Map<string, ImageAnswer>()
    for (const evaluationId of this.#deps.evaluations.ids()) {
      if (found.size === images.length * allTasks.length) break
      const answers = this.#deps.evaluations.answersOf(evaluationId, images)
      if (answers.length === 0) continue
      const { tasks } = await this.get(evaluationId)
      for (const { imageId, task, predicted, years } of answers) {
        const key = `${imageId} ${task}`
        const label = tasks[task]?.confusion.labels[predicted]
        if (!found.has(key) && label !== undefined)
          found.set(key, { imageId, task, evaluationId, label, years })
      }
    }
    return [...found.values()]
  }

  /**
   * Images behind one cell of a confusion matrix, the most certain answers first, or those farthest off in years.
   * Throws as `get` does.
   */
  async cell(at: {
    evaluationId: EvaluationId
    task: Task
    labelled: number
    predicted: number
    limit: number
  }) {
    const { limit, ...cell } = at
    const evaluated = (await this.get(at.evaluationId)).tasks[at.task]
    const labels = evaluated?.confusion.labels ?? []
    if (labels[at.labelled] === undefined || labels[at.predicted] === undefined) {
      throw new AppError(
        'NOT_FOUND',
        `Evaluation ${at.evaluationId} has no cell (${at.labelled}, ${at.predicted}) for ${at.task}; it has ${labels.length} labels.`,
        { details: { evaluationId: at.evaluationId, task: at.task } },
      )
    }
    return this.#deps.evaluations
      .cell(cell)
      .map(({ imageId, predicted, probabilities, pixelSha256, years, labelledYears }) => ({
        imageId,
        thumb: pixelSha256,
        probability: probabilities.length === 0 ? null : readFloat32(probabilities, predicted),
        years,
        labelledYears,
      }))
      .sort((a, b) => rankCellImage(b) - rankCellImage(a) || a.imageId - b.imageId)
      .slice(0, limit)
  }
}

/** The higher, the earlier it is shown. */
function rankCellImage(image: {
  readonly probability: number | null
  readonly years: number | null
  readonly labelledYears: number | null
}): number {
  const { probability, years, labelledYears } = image
  if (years === null) return probability ?? 0
  return labelledYears === null ? 0 : Math.abs(years - labelledYears)
}

function readFloat32(bytes: Uint8Array, index: number): number {
  const value = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getFloat32(index * 4, true)
  return Math.min(1, Math.max(0, value))
}

function describeEvaluation({ id, result: stored, ...row }: EvaluationRow): EvaluationDetail {
  const { withoutFace: _, ...result } = stored
  return { evaluationId: id, ...row, ...result }
}
