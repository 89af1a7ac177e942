import type { EvaluationId, ImageId, JobId, ModelId, SplitId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { EvaluationDetail, ImageAnswer } from '#shared/contract/evaluation.contract.ts'
import type { Unsealing } from '#shared/contract/ledger.contract.ts'
import type { PartName } from '#shared/contract/split.contract.ts'
import { countOpenings, describeTestPart } from '#shared/derived/describe-openings.ts'
import { countTimes } from '#shared/domain/format.ts'
import { tasks as allTasks, type Task } from '#shared/domain/tasks.ts'
import { modelAdvice } from '#engine/networks/inference/exported-model.ts'
import type { StoredFiles } from '#engine/base/integrity/stored-files.ts'
import type { JobRunner } from '#engine/base/jobs/job.ts'
import { hashFile } from '#engine/base/kernel/hash-file.ts'
import type { AskedInference, DeviceService } from '#engine/networks/devices/device.service.ts'
import type { ModelService, StoredModel } from '#engine/learning/models/model.service.ts'
import type { LeakageService } from '#engine/assessment/leakage/leakage.service.ts'
import type { OpeningService } from '#engine/learning/openings/opening.service.ts'
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
  readonly openings: OpeningService
  readonly leakage: Pick<LeakageService, 'standing'>
  readonly storedFiles: Pick<StoredFiles, 'verify'>
  readonly jobs: Pick<JobRunner, 'enqueue'>
}

interface EvaluationRequest extends AskedInference {
  readonly modelId: ModelId
  readonly splitId?: SplitId | undefined
  readonly part: PartName
  readonly unseal?: Unsealing | undefined
}

export class EvaluationService {
  readonly #deps: EvaluationServiceDeps

  constructor(deps: EvaluationServiceDeps) {
    this.#deps = deps
  }

  /**
   * Queues an evaluation; the model's own split unless another is named. A test part is opened on record before that.
   * @throws AppError NOT_FOUND; PRECONDITION for a test part that is not to be opened and for an engine or arithmetic that is not
   *   to be had; CONFLICT where the split or the model's file is no longer what was recorded; INVALID_INPUT for a reason to open
   *   another part
   */
  async start(request: EvaluationRequest, signal: AbortSignal): Promise<{ jobId: JobId }> {
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
    const { part, unseal } = request
    if (part === 'test' && unseal === undefined)
      throw this.#refuseSealed(model, { splitId, split: split.name })
    if (part !== 'test' && unseal !== undefined) {
      throw new AppError(
        'INVALID_INPUT',
        `A reason opens the test part, and ${part} was asked for. Leave the reason out, or ask for the part test.`,
        { details: { part } },
      )
    }
    this.assertUnsealed({ modelId: model.id, splitId, part, splitName: split.name })
    const computeWith = await this.#deps.devices.resolveInference(request)
    const job = { modelId: model.id, splitId, part, computeWith }
    if (unseal === undefined) return { jobId: jobs.enqueue('evaluate', job).id }
    const { line } = await this.#open(model, splitId, { unseal, signal })
    return { jobId: jobs.enqueue('evaluate', { ...job, opening: line }).id }
  }

  /** Looks at all that the line is going to say before it says it. */
  async #open(
    model: StoredModel,
    splitId: SplitId,
    { unseal, signal }: { unseal: Unsealing; signal: AbortSignal },
  ) {
    const { data, openings, leakage, storedFiles } = this.#deps
    await data.verifySplit(splitId)
    const { state } = await leakage.standing(splitId, signal)
    const { onnx, weights } = model.files
    await storedFiles.verify(weights, { expected: model.weightsSha256, advice: modelAdvice })
    await storedFiles.verify(onnx, { expected: model.onnxSha256, advice: modelAdvice })
    const onnxSha256 = model.onnxSha256 ?? (await hashFile(onnx))
    const { id: modelId, name, weightsSha256 } = model
    return openings.open({
      ...unseal,
      modelId,
      model: name,
      onnxSha256,
      weightsSha256,
      splitId,
      certificate: state ?? 'none',
    })
  }

  #refuseSealed(model: StoredModel, { splitId, split }: { splitId: SplitId; split: string }): AppError {
    const splitHash = this.#deps.data.getSplit(splitId).hash
    const openings = countOpenings(this.#deps.openings.describe(null, { splitId, splitHash }))
    const before =
      openings === 0 ? 'It was never opened.' : `Its pictures were opened ${countTimes(openings)} before.`
    return new AppError(
      'PRECONDITION',
      `The test part of split ${split} is sealed, and nothing was computed. ${before} To open it for model ${model.name}, say why: evenhand evaluate --model ${model.id} --split ${splitId} --part test --unseal "reason" --by NAME. That is recorded for good and counted in every figure; while choices are still to be made, evaluate on the validation part.`,
      { details: { part: 'test', splitId, openings } },
    )
  }

  /**
   * Images of a sealed test part stay unseen also where another split puts them into a part of another name, until the test part
   * was opened for the model.
   * @throws AppError PRECONDITION
   */
  assertUnsealed(asked: PartOfSplit & { modelId: ModelId; splitName: string }): void {
    const { models, runs, evaluations, openings } = this.#deps
    const { splitId, part, splitName } = asked
    if (part === 'test') return
    const { runId } = models.locate(asked.modelId)
    const ownSplitId = runId === null ? splitId : runs.find(runId).config.splitId
    if (ownSplitId === splitId) return
    const own = this.#deps.data.getSplit(ownSplitId)
    const sealed = evaluations.countShared({
      asked: { splitId, part },
      own: { splitId: ownSplitId, parts: ['test'] },
    })
    if (sealed === 0 || openings.isOpenFor(asked.modelId, ownSplitId)) return
    throw new AppError(
      'PRECONDITION',
      `${sealed} images of the part ${part} of split ${splitName} stand in the sealed test part of split ${own.name}, by whose train part the model learned. Evaluate on split ${own.name}, or on a split of images that it does not hold.`,
      { details: { part, splitId, sealed } },
    )
  }

  /** Newest first. Throws CONFLICT where the figures of one are no longer those that were stored. */
  async list(): Promise<EvaluationDetail[]> {
    await this.#deps.seals.verifyRecords()
    return this.#deps.evaluations.list().map((row) => this.#describe(row))
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
    return this.#describe(row)
  }

  /** With how often its pictures were opened, which grows after it was stored. */
  #describe({ id, result: stored, opening, ...row }: EvaluationRow): EvaluationDetail {
    const { withoutFace: _, ...result } = stored
    const told = { evaluationId: id, ...row, ...result, openings: null, testPart: null }
    if (row.part !== 'test') return told
    const testPart = this.#deps.openings.describe(opening, row)
    const openings = countOpenings(testPart)
    return { ...told, openings, testPart, notes: [describeTestPart(testPart), ...result.notes] }
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
