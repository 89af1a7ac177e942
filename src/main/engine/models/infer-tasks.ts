import * as z from 'zod'
import { parity } from '#shared/contract/model.contract.ts'
import { predictResponse } from '#shared/contract/prediction.contract.ts'
import type { ImageCodecName } from '#engine/media/image-codec.ts'
import type { TensorRow } from '#engine/training/tensor-cache.ts'
import type { NetworkSpec } from '#engine/training/training-engine.ts'

/** What the inference worker is asked and answers. */
export interface PredictImagesTask {
  readonly onnxFile: string
  readonly codec: ImageCodecName
  readonly threads: number
  readonly images: readonly { readonly file: string; readonly bytes: Uint8Array }[]
}

export const predictedImages = predictResponse.extend({
  model: z.strictObject({ name: z.string(), sha256: predictResponse.shape.model.shape.sha256 }),
})

export interface PredictTensorsTask {
  readonly onnxFile: string
  readonly threads: number
  readonly tensorsFile: string
  readonly inputSize: number
  readonly rows: readonly TensorRow[]
}

/** Logits `[rows, classes]` per task. */
export const predictedTensors = z.partialRecord(z.enum(['age', 'gender', 'race']), z.instanceof(Float32Array))

export interface ParityTask {
  /** The trainer's side: weights by torchvision's names, run by the training engine. */
  readonly weightsFile: string
  readonly network: NetworkSpec
  /** The other side: the exported file as any user of it would open it. */
  readonly onnxFile: string
  readonly codec: ImageCodecName
  readonly threads: number
  readonly images: readonly { readonly name: string; readonly file: string }[]
}

/** One part of the images, with counts instead of a share so that parts add up. */
export const parityPart = parity
  .omit({ agreement: true })
  .extend({ equalAnswers: z.int().nonnegative(), answers: z.int().nonnegative() })
export type ParityPart = z.infer<typeof parityPart>
