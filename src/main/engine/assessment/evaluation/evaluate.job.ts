import { setImmediate } from 'node:timers/promises'
import * as z from 'zod'
import { modelId, splitId } from '#shared/contract/base.contract.ts'
import type { EvaluationResult } from '#shared/contract/evaluation.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { partName } from '#shared/contract/split.contract.ts'
import type { JobContext, JobHandler } from '#engine/base/jobs/job.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import type { ModelService, StoredModel } from '#engine/learning/models/model.service.ts'
import type { RunService } from '#engine/learning/training/run.service.ts'
import type { PredictionService } from '#engine/learning/predictions/prediction.service.ts'
import type { MemberImage } from '#engine/data/members/member-images.ts'
import type { TrainingDataService } from '#engine/learning/training/training-data.service.ts'
import { describeIntervals, evaluateTasks } from '#engine/assessment/evaluation/domain/evaluate-task.ts'
import type { EvaluationRepo } from './evaluation.repo.ts'
import type { EvaluationService } from './evaluation.service.ts'
import { judgeImages } from './judge-images.ts'

const input = z.object({ modelId, splitId, part: partName })
type EvaluateInput = z.infer<typeof input>

interface EvaluateJobDeps {
  readonly service: Pick<EvaluationService, 'assertUnsealed'>
  readonly evaluations: EvaluationRepo
  readonly models: ModelService
  readonly runs: Pick<RunService, 'find'>
  readonly data: TrainingDataService
  readonly predictions: PredictionService
  readonly now: Clock
}

/** Draws of the bootstrap, and the seed of them all: the same answers give the same intervals. */
const replicates = 2000
const seed = 1

/** Runs a model's own ONNX file over a part and stores figures and answers together. */
export function createEvaluateJob(deps: EvaluateJobDeps): JobHandler<EvaluateInput, EvaluationResult> {
  return {
    kind: 'evaluate',
    input,
    changes: ['evaluations', 'project'],
    title: (request) => `Evaluate ${deps.models.get(request.modelId).name} on ${request.part}`,
    run: async (request, context) => {
      const { evaluations, models, data, predictions: predictor, now } = deps
      const model = models.locate(request.modelId)
      const split = data.getSplit(request.splitId)
      deps.service.assertUnsealed({ ...request, splitName: split.name })
      const images = await data.listImages(request.splitId, request.part, context.signal)
      if (images.length === 0) {
        throw new AppError('PRECONDITION', `The part ${request.part} of split ${split.name} has no images.`)
      }
      const heads = await predictor.runHeads(model, images, context)
      const { answers, predictions } = judgeImages(images, model, heads)
      const groups = numberGroups(images)
      const pause = pauseBetweenDraws(context)
      const results = await evaluateTasks(answers, { groups, seed, replicates, pause })
      const drawn = { seed, replicates, groups: new Set(groups).size }
      const id = evaluations.insert(
        {
          ...request,
          splitHash: split.hash,
          weightsSha256: model.weightsSha256,
          result: {
            tasks: results,
            images: images.length,
            intervals: describeIntervals({ images: images.length, ...drawn }),
            bootstrap: drawn,
            notes: describeOrigin(model, request, deps),
          },
          createdAt: formatTimestamp(now()),
        },
        predictions,
      )
      return { evaluationId: id, tasks: results }
    },
  }
}

/** Which images belong to one person or have the same pixels, as numbers from 0 on. */
function numberGroups(images: readonly MemberImage[]): Int32Array {
  const numbers = new Map<string, number>()
  return Int32Array.from(images, ({ groupKey }) => {
    const number = numbers.get(groupKey) ?? numbers.size
    numbers.set(groupKey, number)
    return number
  })
}

/** Gives the thread free after each draw, which takes some milliseconds. */
function pauseBetweenDraws({ signal, report }: JobContext): (done: number) => Promise<void> {
  return async (done) => {
    if (done % 100 === 0) report({ phase: 'Estimating intervals', done, total: replicates })
    await setImmediate()
    signal.throwIfAborted()
  }
}

/** What a reader must know about images the model has seen before. */
function describeOrigin(model: StoredModel, request: EvaluateInput, deps: EvaluateJobDeps): string[] {
  if (model.runId === null) return []
  const { config, crossvalId } = deps.runs.find(model.runId)
  const trainedSplitId = config.splitId
  if (trainedSplitId === request.splitId) {
    if (crossvalId !== null) {
      return [
        `The model is of a fold of cross-validation ${crossvalId} and was trained on most of these images: take its out-of-sample predictions instead.`,
      ]
    }
    return request.part === 'val'
      ? [
          'The model was chosen among its epochs by its accuracy on this part, so the figures are a little optimistic.',
        ]
      : [
          'The model was trained on these images: the figures say how well it remembers them, not how well it works.',
        ]
  }
  const seen = deps.evaluations.countShared({
    asked: request,
    own: { splitId: trainedSplitId, part: 'train' },
  })
  return seen === 0
    ? []
    : [`The model was trained on ${seen} of these images under another split: the figures are too high.`]
}
