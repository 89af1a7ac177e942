import * as z from 'zod'
import { architectures } from '../domain/architectures.ts'
import { ageReadOuts } from '../domain/age-read-out.ts'
import { withheldTasks } from './prediction.contract.ts'
import { namedPurpose, purposeId } from './purpose.contract.ts'
import {
  crossvalId,
  erasedImages,
  fromPath,
  jobId,
  modelId,
  procedure,
  runId,
  sha256,
  timestamp,
  filePath,
} from './base.contract.ts'

/** The trainer's logits against the exported file's, from the same image file bytes. */
export const parity = z.strictObject({
  images: z.int().nonnegative(),
  maxAbsDifference: z.number().nonnegative(),
  /** Of the ages in years; null for models that give none, and in exports of older versions. */
  maxAbsYearsDifference: z.number().nonnegative().nullable().default(null),
  /** Share of equal answers over all tasks, 0-1. */
  agreement: z.number().min(0).max(1),
})
export type Parity = z.infer<typeof parity>

export const exportResult = z.strictObject({
  file: z.string(),
  sha256,
  parity,
  /** What the file was handed out under; null where it needed no purpose or had none. */
  purpose: namedPurpose.nullable().default(null),
  /** Heads that the file goes without, and why. */
  withheld: withheldTasks.nullable().default(null),
})
export type ExportResult = z.infer<typeof exportResult>

export const modelSummary = z.strictObject({
  id: modelId,
  name: z.string(),
  runId: runId.nullable(),
  /** The cross-validation whose fold it was trained for. */
  crossvalId: crossvalId.nullable(),
  arch: z.enum(architectures),
  inputSize: z.int().positive(),
  labels: z.strictObject({
    age: z.array(z.string()).nullable(),
    gender: z.array(z.string()).nullable(),
    race: z.array(z.string()).nullable(),
  }),
  /** How the age head is read: as bins, as years, or as the expectation over the years 0 to 100. */
  ageReadOut: z.enum(ageReadOuts),
  weightsSha256: sha256,
  exports: z.array(exportResult.extend({ at: timestamp })),
  createdAt: timestamp,
  erasedImages,
})
export type ModelSummary = z.infer<typeof modelSummary>

export const modelContract = {
  list: procedure
    .route({ method: 'GET', path: '/models', summary: 'Trained models', tags: ['models'] })
    .output(z.array(modelSummary)),
  get: procedure
    .route({ method: 'GET', path: '/models/{modelId}', summary: 'One model', tags: ['models'] })
    .input(z.object({ modelId: fromPath(modelId) }))
    .output(modelSummary),
  /** Writes the ONNX file and measures its parity with the trainer. */
  export: procedure
    .route({
      method: 'POST',
      path: '/models/{modelId}/export',
      summary: 'Export a model as ONNX',
      tags: ['models'],
    })
    .input(
      z.object({
        modelId: fromPath(modelId),
        file: filePath.optional(),
        /** What heads that want a purpose are handed out under; without one the file goes without them. */
        purposeId: purposeId.optional(),
      }),
    )
    .output(z.strictObject({ jobId })),
}
