import * as z from 'zod'

const share = z.number().min(0).max(1)
const suggested = z
  .array(z.strictObject({ label: z.string(), probability: share }))
  .max(3)
  .describe('Other labels, the most probable first')
const neighbours = z
  .array(z.strictObject({ imageId: z.int(), distance: z.number() }))
  .describe('Nearest first')

/** What a label check says of an image (the `detail` of its finding); none is kept where the model agrees. */
export const labelCheckDetail = z.strictObject({
  given: z.string(),
  suggested,
  /** Of the given label. */
  probability: share.optional(),
  /** The given label's quality by each ranking. */
  selfConfidence: share.optional(),
  normalizedMargin: share.optional(),
  confidenceWeightedEntropy: share.optional(),
  /** Ages only: expected distance between label and model for bins, plain distance for years. */
  yearsOff: z.number().optional(),
  years: z.number().optional(),
  predictedYears: z.number().optional(),
})
export type LabelCheckDetail = z.infer<typeof labelCheckDetail>

/** What the nearest neighbours say of an image's label. */
export const neighbourCheckDetail = z.strictObject({
  given: z.string(),
  /** By share of the neighbours' weight; none for ages. */
  suggested,
  /** Neighbours with the same label, of those that carry one. */
  same: z.int().optional(),
  labelled: z.int().optional(),
  /** Ages only: median distance to the neighbours' ages, and their median. */
  yearsOff: z.number().optional(),
  medianYears: z.number().optional(),
  neighbours,
})
export type NeighbourCheckDetail = z.infer<typeof neighbourCheckDetail>

export const outlierCheckDetail = z.strictObject({
  /** Among whose images it lies far off; null where it carries no label. */
  given: z.string().nullable(),
  /** Mean distance to the nearest of that label, and where images of the label are flagged. */
  distance: z.number(),
  flaggedAbove: z.number(),
  neighbours,
})
export type OutlierCheckDetail = z.infer<typeof outlierCheckDetail>
