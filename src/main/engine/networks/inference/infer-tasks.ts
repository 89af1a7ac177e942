import * as z from 'zod'
import { task } from '#shared/contract/base.contract.ts'
import { namedPurpose } from '#shared/contract/purpose.contract.ts'
import { architectures } from '#shared/domain/architectures.ts'
import { guardedTasks } from '#shared/domain/guarded-tasks.ts'
import { ageReadOuts } from '#shared/domain/age-read-out.ts'
import { computedBy, predictResponse, type AskedFaces } from '#shared/contract/prediction.contract.ts'
import type { ImageCodecName } from '#engine/base/media/image-codec.ts'
import type { InferenceChoice } from './inference-choice.ts'
import type { TensorRow } from '#engine/networks/tensors/tensor-cache.ts'

/** What the inference worker is asked and answers. */
export interface PredictImagesTask {
  readonly onnxFile: string
  /** What the file must hash to; null where that is not known. */
  readonly sha256: string | null
  readonly codec: ImageCodecName
  readonly threads: number
  readonly computeWith: InferenceChoice
  readonly images: readonly { readonly file: string; readonly bytes: Uint8Array }[]
  readonly faces: AskedFaces
  /** One Int32: 0 while the answer is wanted, 1 from the moment it is not. A busy thread reads no messages. */
  readonly cancelFlag: SharedArrayBuffer
}

/** What the worker is asked for how large images are. */
export interface MeasureImagesTask {
  readonly codec: ImageCodecName
  readonly images: readonly Uint8Array[]
}

/** Pixels of each image by its header; 0 where it is none that can be decoded. */
export const measuredImages = z.array(z.int().nonnegative())

export const predictedImages = predictResponse.omit({ purpose: true, withheld: true }).extend({
  /** SHA-256 of each image file, in their order. */
  pictures: z.array(predictResponse.shape.model.shape.sha256),
  model: z.strictObject({
    name: z.string(),
    sha256: predictResponse.shape.model.shape.sha256,
    /** What the file says of itself: its classes by task, and what it was handed out under. */
    labels: z.partialRecord(task, z.array(z.string())),
    purpose: namedPurpose.nullable(),
    guarded: z.array(z.enum(guardedTasks)),
  }),
})

export interface PredictTensorsTask {
  readonly onnxFile: string
  readonly sha256: string | null
  readonly threads: number
  readonly computeWith: InferenceChoice
  readonly tensorsFile: string
  readonly inputSize: number
  readonly rows: readonly TensorRow[]
}

/** Logits `[rows, classes]` per task; of an age head in years its numbers; and what computed them. */
export const predictedTensors = z.object({
  heads: z.partialRecord(task, z.instanceof(Float32Array)),
  computedBy,
})

/** What the parity worker is asked; it answers with a `parity`. */
export const parityTask = z.object({
  /** The trainer's side: weights by torchvision's names, run by the training engine on the tensors it trains from. */
  weightsFile: z.string(),
  tensorsFile: z.string(),
  network: z.object({
    arch: z.enum(architectures),
    inputSize: z.int().positive(),
    heads: z.array(
      z.object({ task, classes: z.int().positive(), readOut: z.enum(ageReadOuts).exactOptional() }),
    ),
  }),
  /** The other side: the exported file as any user of it would open it. */
  onnxFile: z.string(),
  sha256: z.string().nullable(),
  codec: z.enum(['sharp', 'sharp-wasm']),
  threads: z.int().positive(),
  /** Heads that the file has; the trainer has them all. */
  compared: z.array(task),
  /** Each image as its file and as its entry in the tensors. */
  images: z.array(z.object({ file: z.string(), row: z.object({ row: z.int(), crc: z.int() }) })),
})
export type ParityTask = z.infer<typeof parityTask>
