import type { ImagePrediction, PredictResponse } from '#shared/contract/prediction.contract.ts'
import type { PurposeId } from '#shared/contract/purpose.contract.ts'
import { listGuardedHeads, type GuardedTask } from '#shared/domain/guarded-tasks.ts'
import type { LocatedModel } from '#engine/learning/models/locate-predict-model.ts'
import type { PredictorAnswer } from '#engine/networks/inference/predictor.ts'
import { decideTasks, type TaskQuestion } from '#engine/learning/purposes/domain/decide-tasks.ts'

/** The project's own window, which is a purpose by itself, or a program that names one. */
export type PredictAsker =
  | { readonly kind: 'window' }
  | {
      readonly kind: 'program'
      /** What it showed to be let in, or which it is. */
      readonly name: 'command line' | 'key' | 'token'
      readonly purposeId: PurposeId | null
    }

/** Leaves out what may not be told to who asks. */
export function answerUnderPurpose(
  { model, predictions, pictures, milliseconds, computedBy }: PredictorAnswer,
  located: LocatedModel,
  question: Pick<TaskQuestion, 'purpose' | 'today'> & {
    readonly asker: PredictAsker
    readonly guarded: readonly GuardedTask[]
  },
): PredictResponse {
  const { name, sha256, labels, purpose: ofFile } = model
  const by = computedBy === undefined ? {} : { computedBy }
  const response = { model: { id: located.id, name, sha256 }, milliseconds, ...by }
  const { asker, guarded, today } = question
  if (asker.kind === 'window') {
    return {
      ...response,
      predictions: predictions.map((one, at) => ({ ...one, ...pick(one, pictures[at]) })),
    }
  }
  const heads = listGuardedHeads((task) => labels[task])
  const { purpose, withheld } = decideTasks({ heads, guarded, purpose: question.purpose ?? ofFile, today })
  return {
    ...response,
    predictions: withheld === null ? predictions : predictions.map((one) => leaveOut(one, withheld.tasks)),
    ...(purpose === null ? {} : { purpose }),
    ...(withheld === null ? {} : { withheld }),
  }
}

/** By this the window asks more about a picture that was answered. */
const pick = ({ error }: ImagePrediction, picture: string | undefined) =>
  picture === undefined || error !== undefined ? {} : { picture }

const leaveOut = (prediction: ImagePrediction, left: readonly GuardedTask[]): ImagePrediction => ({
  ...prediction,
  faces: prediction.faces.map((face) => ({
    ...face,
    ...Object.fromEntries(left.map((task) => [task, null])),
  })),
})
