import type { ModelService } from '#engine/learning/models/model.service.ts'
import type { LocatedModel } from '#engine/learning/models/locate-predict-model.ts'
import type { PredictorAnswer } from '#engine/networks/inference/predictor.ts'
import type { OpeningService } from '#engine/learning/openings/opening.service.ts'

/** @param fate what is not done with it, and what to do instead */
export const describeSealed = (split: string, modelId: number, fate: string): string =>
  `This picture stands in the sealed test part of split ${split}, by whose train part the model learned: ${fate}, or open the test part on record (evenhand evaluate --model ${modelId} --part test --unseal "reason").`

/**
 * Takes out what a model answers about pictures of the test part of the split that it was trained on, as long as that was not opened for it:
 * an answer beside a label that one has is a test result. Pictures are known by the SHA-256 of their files; the model also where its
 * exported file was named.
 */
export function withholdSealed(
  answer: PredictorAnswer,
  located: LocatedModel,
  {
    models,
    openings,
  }: {
    readonly models: Pick<ModelService, 'findByFile'>
    readonly openings: Pick<OpeningService, 'findSealed'>
  },
): { answer: PredictorAnswer; sealed: number } {
  const modelId = located.modelId ?? models.findByFile(answer.model.sha256)
  if (modelId === null) return { answer, sealed: 0 }
  const { files, split } = openings.findSealed(modelId, answer.pictures)
  const isSealed = (at: number): boolean => files.has(answer.pictures[at] ?? '')
  const error = describeSealed(split, modelId, 'it is not answered. Ask about other pictures')
  const predictions = answer.predictions.map((one, at) =>
    isSealed(at) ? { file: one.file, faces: [], error } : one,
  )
  return { answer: { ...answer, predictions }, sealed: predictions.filter((_, at) => isSealed(at)).length }
}
