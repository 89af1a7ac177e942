import type { SplitId } from '#shared/contract/base.contract.ts'
import type { PartName } from '#shared/contract/split.contract.ts'
import type { StoredModel } from '#engine/learning/models/model.service.ts'
import type { RunService } from '#engine/learning/training/run.service.ts'
import type { EvaluationRepo } from './evaluation.repo.ts'

interface OriginDeps {
  readonly evaluations: Pick<EvaluationRepo, 'countShared'>
  readonly runs: Pick<RunService, 'find'>
}

/** Models of older versions have no hash of the file that answers, but one of the weights it was made from. */
const noteUnrecorded = ({ onnxSha256, files }: Pick<StoredModel, 'onnxSha256' | 'files'>): string[] =>
  onnxSha256 === null
    ? [
        `No hash of ${files.onnx} was recorded when an older version made it, so that nobody can tell whether it is that file. Export the model: that compares it with its weights and records it.`,
      ]
    : []

/** What a reader must know about where the answers come from. */
export const describeOrigin = (
  model: Pick<StoredModel, 'runId' | 'onnxSha256' | 'files'>,
  request: { readonly splitId: SplitId; readonly part: PartName },
  deps: OriginDeps,
): string[] => [...describeSeen(model, request, deps), ...noteUnrecorded(model)]

/** What a reader must know about images the model has seen before. */
function describeSeen(
  model: Pick<StoredModel, 'runId'>,
  request: { readonly splitId: SplitId; readonly part: PartName },
  deps: OriginDeps,
): string[] {
  if (model.runId === null) return []
  const { config, crossvalId } = deps.runs.find(model.runId)
  const trainedSplitId = config.splitId
  if (trainedSplitId === request.splitId) {
    // No run learns from the test part of its split, nor is chosen by it.
    if (request.part === 'test') return []
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
  const tested = deps.evaluations.countShared({
    asked: request,
    own: { splitId: trainedSplitId, part: 'test' },
  })
  return [
    ...(seen === 0
      ? []
      : [`The model was trained on ${seen} of these images under another split: the figures are too high.`]),
    ...(tested === 0 || request.part === 'test'
      ? []
      : [
          `${tested} of these images stand in the test part that the model's own split held out, which was opened for it.`,
        ]),
  ]
}
