import * as z from 'zod'
import { modelId, splitId, type SplitId } from '#shared/contract/base.contract.ts'
import type { EvaluationResult } from '#shared/contract/evaluation.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { partName } from '#shared/contract/split.contract.ts'
import { countOpenings } from '#shared/derived/describe-openings.ts'
import type { JobHandler } from '#engine/base/jobs/job.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import type { DeviceService } from '#engine/networks/devices/device.service.ts'
import { inferenceChoice, usualChoice } from '#engine/networks/inference/inference-choice.ts'
import type { SplitStandings } from '#engine/data/splits/split-standings.ts'
import type { ModelService } from '#engine/learning/models/model.service.ts'
import type { OpeningService } from '#engine/learning/openings/opening.service.ts'
import type { PredictionService } from '#engine/learning/predictions/prediction.service.ts'
import type { TrainingDataService } from '#engine/learning/training/training-data.service.ts'
import type { LeakageService } from '#engine/assessment/leakage/leakage.service.ts'
import { describeOrigin } from './describe-origin.ts'
import type { ModelOrigins } from './model-origins.ts'
import type { EvaluationRepo } from './evaluation.repo.ts'
import type { EvaluationService } from './evaluation.service.ts'
import { gatherNotes } from './gather-notes.ts'
import { judgeImages } from './judge-images.ts'
import { measureAnswers } from './measure-answers.ts'
import { measureRounding } from './measure-rounding.ts'

const input = z.object({
  modelId,
  splitId,
  part: partName,
  computeWith: inferenceChoice.default(usualChoice),
  /** Line of the access log that opened the test part. */
  opening: z.int().nullable().default(null),
})
type EvaluateInput = z.infer<typeof input>

interface EvaluateJobDeps {
  readonly service: Pick<EvaluationService, 'assertUnsealed'>
  readonly evaluations: EvaluationRepo
  readonly openings: Pick<OpeningService, 'require' | 'recordEvaluation' | 'describe'>
  readonly models: ModelService
  readonly origins: Pick<ModelOrigins, 'find'>
  readonly data: TrainingDataService
  readonly predictions: PredictionService
  readonly standings: SplitStandings
  readonly leakage: Pick<LeakageService, 'note'>
  readonly devices: Pick<DeviceService, 'checkTested'>
  readonly now: Clock
}

/** Runs a model's own ONNX file over a part and stores figures and answers together. */
export function createEvaluateJob(deps: EvaluateJobDeps): JobHandler<EvaluateInput, EvaluationResult> {
  return {
    kind: 'evaluate',
    input,
    changes: ['evaluations', 'project'],
    title: (request) => `Evaluate ${deps.models.get(request.modelId).name} on ${request.part}`,
    run: async (request, context) => {
      const { evaluations, models, data, predictions: predictor, now } = deps
      const made = evaluations.findByJob(context.jobId)
      const countOf = (line: number | null, of: { splitId: SplitId; splitHash: string }) =>
        line === null ? null : countOpenings(deps.openings.describe(line, of))
      if (made !== undefined) {
        const openings = countOf(made.opening, made)
        return { evaluationId: made.id, tasks: made.result.tasks, openings }
      }
      const model = models.locate(request.modelId)
      const split = data.getSplit(request.splitId)
      deps.service.assertUnsealed({ ...request, splitName: split.name })
      const { weightsSha256 } = model
      const sealedTo = { ...request, splitHash: split.hash, weightsSha256 }
      const opened = request.part === 'test' ? deps.openings.require(request.opening, sealedTo) : null
      const images = await data.listImages(request.splitId, request.part, context.signal)
      if (images.length === 0) {
        throw new AppError('PRECONDITION', `The part ${request.part} of split ${split.name} has no images.`)
      }
      const { computeWith, opening: _line, ...place } = request
      await deps.devices.checkTested(computeWith)
      const { heads, withoutFace, computedBy } = await predictor.runHeads(model, images, context, computeWith)
      const { answers, predictions } = judgeImages(images, model, heads)
      const rounding =
        computedBy.arithmetic === 'bf16'
          ? measureRounding(images, model, {
              narrow: heads,
              wide: (await predictor.runHeads(model, images, context)).heads,
            })
          : null
      const overtaken = [
        ...(await deps.standings.note(split, context.signal)),
        ...(await deps.leakage.note(split, context.signal)),
      ]
      const figures = await measureAnswers(images, answers, context)
      const id = evaluations.insert(
        {
          ...place,
          splitHash: split.hash,
          weightsSha256,
          opening: opened?.line ?? null,
          result: {
            ...figures,
            computedBy,
            rounding,
            withoutFace: images.flatMap(({ imageId }, at) => (withoutFace.has(at) ? [imageId] : [])),
            notes: gatherNotes({
              overtaken,
              origin: describeOrigin(model, request, deps),
              images,
              withoutFace,
              answers,
              computedBy,
            }),
          },
          createdAt: formatTimestamp(now()),
          jobId: context.jobId,
        },
        predictions,
        (stored) => {
          if (opened !== null) deps.openings.recordEvaluation(opened, stored)
        },
      )
      const openings = countOf(opened?.line ?? null, { ...place, splitHash: split.hash })
      return { evaluationId: id, tasks: figures.tasks, openings }
    },
  }
}
