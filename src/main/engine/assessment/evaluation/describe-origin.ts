import type { SplitId } from '#shared/contract/base.contract.ts'
import { formatCount } from '#shared/domain/format.ts'
import type { PartName } from '#shared/contract/split.contract.ts'
import type { StoredModel } from '#engine/learning/models/model.service.ts'
import type { EvaluationRepo } from './evaluation.repo.ts'
import type { ModelOrigins } from './model-origins.ts'

interface OriginDeps {
  readonly evaluations: Pick<EvaluationRepo, 'countShared'>
  readonly origins: Pick<ModelOrigins, 'find'>
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
  model: Pick<StoredModel, 'id' | 'onnxSha256' | 'files'>,
  request: { readonly splitId: SplitId; readonly part: PartName },
  deps: OriginDeps,
): string[] => [...describeSeen(model, request, deps), ...noteUnrecorded(model)]

/** What a reader must know about images the model has seen before. */
function describeSeen(
  model: Pick<StoredModel, 'id'>,
  request: { readonly splitId: SplitId; readonly part: PartName },
  deps: OriginDeps,
): string[] {
  const origin = deps.origins.find(model.id, request)
  if (origin === null) return []
  const { splitId: trainedSplitId, crossvalId, trainedOn, chosenBy } = origin
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
  const tested = deps.evaluations.countShared({
    asked: request,
    own: { splitId: trainedSplitId, parts: ['test'] },
  })
  return [
    ...(trainedOn === 0
      ? []
      : [
          `${formatCount(trainedOn)} of these images belong to what the model learned from, under split ${origin.split}: the figures are too high.`,
        ]),
    ...(chosenBy === 0
      ? []
      : [
          `${formatCount(chosenBy)} of these images belong to what the model was chosen by, under split ${origin.split}: the figures may be too high.`,
        ]),
    ...(tested === 0 || request.part === 'test'
      ? []
      : [
          `${tested} of these images stand in the test part that the model's own split held out, which was opened for it.`,
        ]),
  ]
}
