import * as z from 'zod'
import {
  estimate,
  evaluationId,
  fromPath,
  imageId,
  jobId,
  modelId,
  procedure,
  sha256,
  splitId,
  task,
  timestamp,
} from './base.contract.ts'
import { partName } from './split.contract.ts'

export const groupEstimate = z.strictObject({
  grouping: z.enum(['race', 'gender', 'age']),
  group: z.string(),
  ...estimate.shape,
})
export type GroupEstimate = z.infer<typeof groupEstimate>

export const taskEvaluation = z.strictObject({
  accuracy: estimate,
  byGroup: z.array(groupEstimate),
  /** `counts[labelled][predicted]`, both in the order of `labels`. */
  confusion: z.strictObject({ labels: z.array(z.string()), counts: z.array(z.array(z.int().nonnegative())) }),
  /** Images of the part without a label for this task; they are left out of its figures. */
  missing: z.int().nonnegative(),
})
export type TaskEvaluation = z.infer<typeof taskEvaluation>

export const evaluationResult = z.strictObject({
  evaluationId,
  tasks: z.strictObject({
    race: taskEvaluation.nullable(),
    gender: taskEvaluation.nullable(),
    age: taskEvaluation.nullable(),
  }),
})
export type EvaluationResult = z.infer<typeof evaluationResult>

export const evaluationDetail = evaluationResult.extend({
  modelId,
  model: z.string(),
  weightsSha256: sha256,
  splitId,
  split: z.string(),
  splitHash: sha256,
  part: partName,
  images: z.int().nonnegative(),
  /** How the intervals were made, in words. */
  intervals: z.string(),
  /** What a reader should know about these images and this model, one sentence each. */
  notes: z.array(z.string()),
  createdAt: timestamp,
})
export type EvaluationDetail = z.infer<typeof evaluationDetail>

export const evaluationContract = {
  create: procedure
    .route({
      method: 'POST',
      path: '/evaluations',
      summary: 'Evaluate a model on a part of a split',
      tags: ['evaluations'],
    })
    .input(z.object({ modelId, splitId: splitId.optional(), part: partName.default('val') }))
    .output(z.strictObject({ jobId })),
  list: procedure
    .route({
      method: 'GET',
      path: '/evaluations',
      summary: 'Evaluations, newest first',
      tags: ['evaluations'],
    })
    .output(z.array(evaluationDetail)),
  get: procedure
    .route({
      method: 'GET',
      path: '/evaluations/{evaluationId}',
      summary: 'One evaluation',
      tags: ['evaluations'],
    })
    .input(z.object({ evaluationId: fromPath(evaluationId) }))
    .output(evaluationDetail),
  /** Images behind one cell of a confusion matrix. */
  cell: procedure
    .route({
      method: 'GET',
      path: '/evaluations/{evaluationId}/cell',
      summary: 'Images of a confusion cell',
      tags: ['evaluations'],
    })
    .input(
      z.object({
        evaluationId: fromPath(evaluationId),
        task,
        labelled: z.coerce.number().int().nonnegative(),
        predicted: z.coerce.number().int().nonnegative(),
        limit: z.coerce.number().int().min(1).max(500).default(100),
      }),
    )
    .output(z.array(z.strictObject({ imageId, thumb: z.string(), probability: z.number().min(0).max(1) }))),
}
