import * as z from 'zod'
import {
  estimate,
  evaluationId,
  fromPath,
  jobId,
  modelId,
  procedure,
  sha256,
  task,
  timestamp,
} from './base.contract.ts'
import { groupingName, imagePage, imagesOfFigure } from './fairness.contract.ts'
import { partName } from './split.contract.ts'

/** In what a picture is changed that should not change what it shows. */
export const changeKinds = ['crop', 'brightness', 'flip'] as const
export const changeKind = z.enum(changeKinds)
export type ChangeKind = z.infer<typeof changeKind>

export const sensitivityChoices = z.object({
  /** Images of each group of race, drawn by the seed; all where null. */
  perGroup: z.int().min(1).max(100_000).nullable().default(null),
  /** Shuffles of groups among people, by which differences between groups are held against chance: so many that p can be small after its correction. */
  draws: z.int().min(100).max(20_000).default(4000),
  /** Of images and shuffles. */
  seed: z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .default(1),
})
export type SensitivityChoices = z.output<typeof sensitivityChoices>

/** Largest less smallest figure of the groups with 30 images or more, beside what shuffled groups give. */
const gap = z
  .strictObject({
    observed: z.number(),
    expectedByChance: z.number(),
    highByChance: z.number(),
    p: z.number(),
    /** Corrected by Holm over all gaps of the result. */
    adjusted: z.number(),
  })
  .nullable()

const figure = z.strictObject({
  /** Share of images of which any picture with such a change is answered otherwise; without a value below 30 images. */
  flips: estimate,
  /** By how many years the answer moves in the mean over such changes; null for other tasks and models of bins. */
  movedYears: estimate.nullable(),
  people: z.int().nonnegative(),
})
export type SensitivityFigure = z.infer<typeof figure>

const comparison = z.strictObject({
  task,
  kind: changeKind,
  by: groupingName,
  overall: figure,
  /** Groups with images, in the order of their labels. */
  groups: z.array(z.strictObject({ group: z.string(), ...figure.shape })),
  /** Null without two groups to judge, and where groups cannot be shuffled. */
  flipsGap: gap,
  movedYearsGap: gap,
})
export type SensitivityComparison = z.infer<typeof comparison>

export const sensitivityResult = z.strictObject({
  jobId,
  /** Of what the figures are of: the evaluation, the weights, the images and the choices. */
  subject: sha256,
  evaluationId,
  modelId,
  model: z.string(),
  weightsSha256: sha256,
  split: z.string(),
  splitHash: sha256,
  part: partName,
  choices: sensitivityChoices,
  /** Images that could be read, on which the figures stand. */
  images: z.int().nonnegative(),
  unreadable: z.int().nonnegative(),
  /** Of a model of faces: images in which none was found, so that the whole picture was answered. */
  withoutFace: z.int().nonnegative(),
  /** Images whose unchanged picture is answered otherwise in some task than the evaluation has it. */
  unlike: z.int().nonnegative(),
  comparisons: z.array(comparison),
  notes: z.array(z.string()),
  createdAt: timestamp,
})
export type SensitivityResult = z.infer<typeof sensitivityResult>

const listed = z.strictObject({
  results: z.array(sensitivityResult.omit({ comparisons: true, notes: true })),
  /** Files of the project of which nothing is shown, and why. */
  faulty: z.array(z.strictObject({ file: z.string(), reason: z.string() })),
})
export type ListedSensitivity = z.infer<typeof listed>

export const sensitivityJobResult = z.strictObject({
  evaluationId,
  images: z.int().nonnegative(),
  unreadable: z.int().nonnegative(),
})
export type SensitivityJobResult = z.infer<typeof sensitivityJobResult>

const tags = ['fairness']

export const sensitivityContract = {
  create: procedure
    .route({
      method: 'POST',
      path: '/sensitivity',
      summary: 'How answers change with crop, brightness and mirroring, by group',
      tags,
    })
    .input(z.object({ evaluationId, choices: sensitivityChoices.prefault({}) }))
    .output(z.strictObject({ jobId })),
  list: procedure
    .route({ method: 'GET', path: '/sensitivity', summary: 'Measured sensitivities, newest first', tags })
    .output(listed),
  get: procedure
    .route({ method: 'GET', path: '/sensitivity/{jobId}', summary: 'Sensitivity by group', tags })
    .input(z.object({ jobId: fromPath(jobId) }))
    .output(sensitivityResult),
  /** Images whose answer changes first. */
  images: procedure
    .route({
      method: 'POST',
      path: '/sensitivity/images',
      summary: 'Images behind a figure of sensitivity',
      tags,
    })
    .input(
      z.object({
        jobId,
        task,
        kind: changeKind,
        by: groupingName,
        /** Everyone where it is not given. */
        group: z.string().optional(),
        offset: imagePage.offset,
        limit: imagePage.limit,
      }),
    )
    .output(
      z.strictObject({
        n: z.int().nonnegative(),
        changed: z.int().nonnegative(),
        images: z.array(
          imagesOfFigure.shape.images.element.pick({ imageId: true, thumb: true }).extend({
            /** The answer to the picture as it is, and the others that its changes are given. */
            answer: z.string(),
            others: z.array(z.string()),
            movedYears: z.number().nullable(),
          }),
        ),
      }),
    ),
}
