import * as z from 'zod'
import {
  crossvalId,
  erasedImages,
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
import { groupTest } from './check.contract.ts'
import { testPartRecord, unsealing } from './ledger.contract.ts'
import { computedBy, inferenceArithmetic, inferenceEngine } from './prediction.contract.ts'
import { partName } from './split.contract.ts'

export const groupEstimate = z.strictObject({
  grouping: z.enum(['race', 'gender', 'age']),
  group: z.string(),
  ...estimate.shape,
})
export type GroupEstimate = z.infer<typeof groupEstimate>

/** Errors in years, predicted minus labelled, of the labelled images of one group; no estimate below 30 of them. */
export const groupYears = z.strictObject({
  grouping: z.enum(['race', 'gender', 'age']),
  group: z.string(),
  meanAbsoluteError: estimate,
  bias: estimate,
})
export type GroupYears = z.infer<typeof groupYears>

/** How far predicted years lie from the labelled ones, in years; `n` counts images with an exact age. */
export const yearsEvaluation = z.strictObject({
  meanAbsoluteError: estimate,
  medianAbsoluteError: estimate,
  rootMeanSquareError: estimate,
  /** Mean error: above 0 where people are taken for older than labelled. */
  bias: estimate,
  /** Cumulative score CS@5: the share at most 5 years off. */
  within5: estimate,
  /** Change of the mean error per year of labelled age: below 0 where the old are taken for younger than the young are. */
  errorSlope: estimate,
  byGroup: z.array(groupYears),
  /** Images labelled with a bin alone; they count in the bins' figures only. */
  binAlone: z.int().nonnegative(),
})
export type YearsEvaluation = z.infer<typeof yearsEvaluation>

export const taskEvaluation = z.strictObject({
  accuracy: estimate,
  /** Mean recall over the labels that occur; null in evaluations of older versions, as the two below. */
  balancedAccuracy: estimate.nullable().default(null),
  /** Mean of the F1 scores of the labels that occur or are predicted. */
  macroF1: estimate.nullable().default(null),
  /** Share of ages that are at most one bin off; null for the other tasks. */
  oneOff: estimate.nullable().default(null),
  /** Null for other tasks, and for models that give no years. */
  years: yearsEvaluation.nullable().default(null),
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
  /** How often the pictures of the test part had been opened, this time included; null for the other parts. */
  openings: z.int().nonnegative().nullable().default(null),
})
export type EvaluationResult = z.infer<typeof evaluationResult>

/** How many answers in bf16 differ from those that the same file gives in float32, of the same images. */
const taskRounding = z.strictObject({
  task,
  /** Share of answers that are another class. */
  changed: estimate,
  /** Largest difference of a logit; of a number of years for an age head in years. */
  largest: z.number().nonnegative(),
  /** Accuracy in bf16 minus that in float32 over the labelled images; null without any. */
  accuracyGain: z.number().nullable(),
  /** By the images' labels; with the test that the groups' answers change alike, null where too few change to tell. */
  byGroup: z.array(
    z.strictObject({
      grouping: z.enum(['race', 'gender', 'age']),
      rates: z.array(z.strictObject({ group: z.string(), rate: estimate })),
      test: groupTest,
    }),
  ),
})
export type TaskRounding = z.infer<typeof taskRounding>

/** By which images a model learned, beside those that it is measured on. */
export const modelOrigin = z.strictObject({
  splitId,
  split: z.string(),
  /** Measured images whose pixels belong to what it learned from. */
  trainedOn: z.int().nonnegative(),
  /** And to what it was chosen by among its epochs. */
  chosenBy: z.int().nonnegative(),
  /** Where it is the model of a fold, which learned from most of the train and validation parts. */
  crossvalId: crossvalId.nullable(),
})
export type ModelOrigin = z.infer<typeof modelOrigin>

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
  /** The draws behind the intervals that are no Wilson intervals; null in evaluations of older versions. */
  bootstrap: z
    .strictObject({ seed: z.int(), replicates: z.int().positive(), groups: z.int().nonnegative() })
    .nullable()
    .default(null),
  /** Null in evaluations of older versions, which ONNX Runtime computed in float32. */
  computedBy: computedBy.nullable().default(null),
  /** How often the pictures were opened before and since; null for the other parts. */
  testPart: testPartRecord.nullable().default(null),
  /** Of evaluations in bf16; null for others, and where an erasure has taken images since. */
  rounding: z.array(taskRounding).nullable().default(null),
  /** What a reader should know about these images and this model, one sentence each. */
  notes: z.array(z.string()),
  createdAt: timestamp,
  erasedImages,
})
export type EvaluationDetail = z.infer<typeof evaluationDetail>

const imageAnswer = z.strictObject({
  imageId,
  task,
  evaluationId,
  label: z.string(),
  /** The predicted age; null for other tasks and models of bins. */
  years: z.number().nullable(),
})
export type ImageAnswer = z.infer<typeof imageAnswer>

const fittedTemperature = z
  .strictObject({
    /** Logits are divided by it: above 1 the model is too sure. */
    temperature: z.number().positive(),
    low: z.number().positive(),
    high: z.number().positive(),
    n: z.int().positive(),
    /** Mean negative log-likelihood of the label without and with it. */
    ownLoss: z.number(),
    loss: z.number(),
  })
  .nullable()

/** Temperatures of a model, fitted on the validation part of its newest evaluation there; null where it has none. */
const calibration = z
  .strictObject({
    evaluationId,
    split: z.string(),
    tasks: z.strictObject({
      age: fittedTemperature,
      gender: fittedTemperature,
      race: fittedTemperature,
    }),
  })
  .nullable()
export type Calibration = z.infer<typeof calibration>

export const evaluationContract = {
  calibration: procedure
    .route({
      method: 'GET',
      path: '/models/{modelId}/calibration',
      summary: 'Temperatures of a model by the validation part',
      tags: ['evaluations'],
    })
    .input(z.object({ modelId: fromPath(modelId) }))
    .output(calibration),
  create: procedure
    .route({
      method: 'POST',
      path: '/evaluations',
      summary: 'Evaluate a model on a part of a split',
      tags: ['evaluations'],
    })
    .input(
      z.object({
        modelId,
        splitId: splitId.optional(),
        part: partName.default('val'),
        engine: inferenceEngine.default('auto'),
        arithmetic: inferenceArithmetic.default('auto'),
        /** Opens the sealed test part for this model, on record and for good; wanted for `test`, refused for other parts. */
        unseal: unsealing.optional(),
      }),
    )
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
  /** By image and task the answer of the newest evaluation that knows it. */
  answers: procedure
    .route({
      method: 'POST',
      path: '/evaluations/answers',
      summary: 'What models last answered for some images',
      tags: ['evaluations'],
    })
    .input(z.object({ images: z.array(imageId).min(1).max(1000) }))
    .output(z.array(imageAnswer)),
  /** Images behind one cell of a confusion matrix: the surest answers first, or the farthest off in years. */
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
    .output(
      z.array(
        z.strictObject({
          imageId,
          thumb: z.string(),
          /** Of the predicted label; null where the model gives years alone. */
          probability: z.number().min(0).max(1).nullable(),
          /** The predicted age; null for other tasks and models of bins. */
          years: z.number().nullable(),
          /** The exact labelled age where it is known. */
          labelledYears: z.number().nullable(),
        }),
      ),
    ),
}
