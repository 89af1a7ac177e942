import * as z from 'zod'

const given = z.string().meta({ title: 'label' })
const share = z.number().min(0).max(1)
const suggested = z
  .array(z.strictObject({ label: z.string(), probability: share }))
  .max(3)
  .describe('Other labels, the most probable first')
const neighbours = z
  .array(z.strictObject({ imageId: z.int(), distance: z.number() }))
  .describe('Nearest first')

/** What a label check says of an image (the `detail` of its finding); none is kept where the model agrees. */
export const labelDetail = z.strictObject({
  given,
  suggested,
  probability: share.optional().meta({ title: 'probability of its label' }),
  /** The given label's quality by each ranking. */
  selfConfidence: share.optional(),
  normalizedMargin: share.optional(),
  confidenceWeightedEntropy: share.optional(),
  /** Ages only: expected distance between label and model for bins, plain distance for years. */
  yearsOff: z.number().optional(),
  years: z.number().optional(),
  predictedYears: z.number().optional(),
})
export type LabelDetail = z.infer<typeof labelDetail>

/** What the nearest neighbours say of an image's label. */
export const neighbourDetail = z.strictObject({
  given,
  /** By share of the neighbours' weight; none for ages. */
  suggested,
  same: z.int().optional().meta({ title: 'neighbours with its label' }),
  labelled: z.int().optional().meta({ title: 'neighbours with a label' }),
  /** Ages only: median distance to the neighbours' ages, and their median. */
  yearsOff: z.number().optional(),
  medianYears: z.number().optional(),
  /** Ages only: the median distance, with its sign, of neighbours of people of that age. */
  usualYears: z.number().optional().meta({ title: 'usual at that age' }),
  neighbours,
})
export type NeighbourDetail = z.infer<typeof neighbourDetail>

export const outlierDetail = z.strictObject({
  /** Among whose images it lies far off; null where it carries no label. */
  given: given.nullable().meta({ title: 'label' }),
  /** Mean distance to the nearest of that label, and where images of the label are flagged. */
  distance: z.number(),
  flaggedAbove: z.number(),
  neighbours,
})
export type OutlierDetail = z.infer<typeof outlierDetail>
