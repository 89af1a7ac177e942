import * as z from 'zod'
import { guardedTasks } from '../domain/guarded-tasks.ts'
import { sha256 } from './base.contract.ts'
import { namedPurpose } from './purpose.contract.ts'

/** Automatic is ONNX Runtime in float32, and oneDNN where bf16 is asked for. */
export const inferenceEngine = z.enum(['auto', 'onnx', 'onednn'])
export const inferenceArithmetic = z.enum(['auto', 'float32', 'bf16'])

/** What computed answers. */
export const computedBy = z.strictObject({
  library: z.string(),
  arithmetic: z.enum(['float32', 'bf16']),
  /** Why it is not the library that was asked for; null where it is. */
  instead: z.string().nullable(),
})
export type ComputedBy = z.infer<typeof computedBy>

/** Label to probability, in the model's order; they sum to 1. */
const probabilities = z.record(z.string(), z.number().min(0).max(1))

const classified = z.strictObject({ label: z.string(), probabilities })

/**
 * A model of bins gives the most probable bin and no years. A model of years gives the years, as they come out of it,
 * also below 0, and as label the bin that they fall into, which need not be the most probable one.
 */
const agePrediction = z.strictObject({
  label: z.string(),
  years: z.number().optional(),
  /** Null where the model gives the years alone. */
  probabilities: probabilities.nullable(),
})

/** Pixels in the upright image: x, y of the top left corner, width, height. */
export const pictureBox = z.strictObject({
  x: z.number(),
  y: z.number(),
  width: z.number(),
  height: z.number(),
})
export type PictureBox = z.infer<typeof pictureBox>

/** Whether each picture is taken as one face, or every face in it is found and answered for itself. */
export const askedFaces = z.enum(['picture', 'each'])
export type AskedFaces = z.infer<typeof askedFaces>

export const facePrediction = z.strictObject({
  box: pictureBox,
  /** What was cut out around the face for the network to see; absent where it saw the picture as it is. */
  cut: pictureBox.optional(),
  age: agePrediction.nullable(),
  gender: classified.nullable(),
  race: classified.nullable(),
})

/** Tasks that stand as null in every answer because nobody named a purpose for them, and what to do. */
export const withheldTasks = z.strictObject({ tasks: z.array(z.enum(guardedTasks)), reason: z.string() })

/** The answer for one image; `error` stands alone when the image could not be read. */
export const imagePrediction = z.strictObject({
  file: z.string(),
  /** SHA-256 of the file, by which the window asks more about it. */
  picture: sha256.optional(),
  faces: z.array(facePrediction),
  error: z.string().optional(),
  /** Why the answer is not to be believed, such as of a picture that shows nothing. */
  warning: z.string().optional(),
  /** On the command line, where each image stands by itself: as in the answer of `/predict`. */
  purpose: namedPurpose.optional(),
  withheld: withheldTasks.optional(),
  computedBy: computedBy.optional(),
})
export type ImagePrediction = z.infer<typeof imagePrediction>

/** `POST /predict`'s answer: the predictions, and which model gave them. */
export const predictResponse = z.strictObject({
  model: z.strictObject({ id: z.string(), name: z.string(), sha256 }),
  predictions: z.array(imagePrediction),
  milliseconds: z.strictObject({ decode: z.number(), inference: z.number() }),
  /** Where another engine than the usual one was asked for. */
  computedBy: computedBy.optional(),
  /** What guarded tasks are answered under; absent where none is answered under one. */
  purpose: namedPurpose.optional(),
  /** Absent where nothing is withheld. */
  withheld: withheldTasks.optional(),
})
export type PredictResponse = z.infer<typeof predictResponse>

/** `POST /predict` as JSON; the other form is multipart with the files themselves. */
export const predictRequest = z.object({
  images: z
    .array(
      z.object({
        name: z.string().min(1).max(1000).optional(),
        data: z.string().min(4).describe('Base64 of the image file'),
      }),
    )
    .min(1)
    .max(64),
  /** Number of a registered model; the newest of the open project when left out. */
  model: z.int().positive().optional(),
  faces: askedFaces.default('picture'),
})
