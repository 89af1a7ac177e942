import * as z from 'zod'
import { estimate, evaluationId, imageId, modelId, procedure, splitId, task } from './base.contract.ts'
import { baselineId } from './baseline.contract.ts'
import { partName } from './split.contract.ts'
import { fairnessMetricNames, shownStates } from '../domain/fairness-metrics.ts'

export const groupingName = z.enum(['race', 'gender', 'age'])

/** What a group is labelled: one label for each labelling that it is made by. */
export const groupLabels = z.partialRecord(groupingName, z.string())
export type GroupLabels = z.infer<typeof groupLabels>

const number = z.number().nullable()

/** One group's figure; without a value below 30 images, or where the metric is not defined. */
const groupFigure = z.strictObject({
  group: groupLabels,
  ...estimate.shape,
  /** People, or sets of copies, whose images these are. */
  identities: z.int().nonnegative(),
  shown: z.enum(shownStates),
  /** Drawn to the mean of all groups, the more the less its images tell (empirical Bayes). */
  shrunken: number,
  /** Whether a bias or a slope could be 0: p corrected for all groups; null for other metrics. */
  pZero: number,
})
export type GroupFigure = z.infer<typeof groupFigure>

const pairFigure = z.strictObject({
  a: groupLabels,
  b: groupLabels,
  difference: z.number(),
  /** Null, as what could have been seen, where the people of one group are all alike and its spread cannot be told. */
  low: number,
  high: number,
  p: number,
  adjusted: number,
  method: z.string(),
  /** Never that there is no difference: they differ, are alike within the margin, or the data do not tell. */
  verdict: z.enum(['differs', 'alike', 'not enough data']),
  margin: z.number(),
  /** Images wanted in each group to see a difference of the margin four times in five, where they have fewer. */
  neededN: z.int().nonnegative().optional(),
  /** The smallest difference that would have been seen four times in five. */
  smallestSeen: number,
})
export type PairFigure = z.infer<typeof pairFigure>

/** Whose answers: a model's in an evaluation, or those that another system gave. */
const answersOf = {
  evaluationId: evaluationId.optional(),
  baselineId: baselineId.optional(),
  /** Of another system: whether images in which it found no face count as errors, or are left out. */
  undetected: z.enum(['counted', 'excluded']).default('counted'),
}
const namesOne = ({ evaluationId: evaluation, baselineId: baseline }: Record<string, unknown>): boolean =>
  (evaluation === undefined) !== (baseline === undefined)
const oneSource = 'name an evaluation or a baseline, and not both'

export const fairnessResult = z.strictObject({
  /** Null where the answers are a baseline's. */
  evaluationId: evaluationId.nullable(),
  baselineId: baselineId.nullable(),
  task,
  metric: z.enum(fairnessMetricNames),
  label: z.string().nullable(),
  by: z.array(groupingName),
  /** How often an interval holds the truth: 0.95 unless another was asked for. */
  confidence: z.number(),
  overall: estimate,
  groups: z.array(groupFigure),
  /** Over the groups with 30 images or more; null without two of them. */
  aggregate: z
    .strictObject({
      min: number,
      max: number,
      difference: number,
      ratio: number,
      differenceToOverall: number,
      ratioToOverall: number,
      /** Interval of the difference: that of the pair of groups which it lies between, at its corrected level. */
      low: number,
      high: number,
      groups: z.int(),
      undefinedGroups: z.int(),
    })
    .nullable(),
  /** Null without draws, without two groups to judge, and where groups are `unshuffled`. */
  gap: z
    .strictObject({
      observed: z.number(),
      expectedByChance: z.number(),
      highByChance: z.number(),
      p: z.number(),
      excess: z.number(),
    })
    .nullable(),
  /** Groups of whose people fewer than half have about as many images as someone of another: chance cannot be told. */
  unshuffled: z.array(groupLabels),
  pairs: z.array(pairFigure),
  /** Images that stand in no group for want of a label, and images without a label of the task. */
  ungrouped: z.int().nonnegative(),
  unlabelled: z.int().nonnegative(),
  draws: z.strictObject({ seed: z.int(), count: z.int().nonnegative() }),
  /** How intervals, differences and corrections were made, in words. */
  method: z.string(),
  notes: z.array(z.string()),
})
export type FairnessResult = z.infer<typeof fairnessResult>

const gateRate = z.strictObject({ challenge: z.number(), falseAdult: estimate, falseMinor: estimate })

export const ageGateResult = z.strictObject({
  evaluationId,
  by: z.array(groupingName),
  ages: z.array(
    z.strictObject({
      age: z.int(),
      /** False for a model of bins none of which begins at this age: it cannot tell who is older. */
      decides: z.boolean(),
      groups: z.array(z.strictObject({ group: groupLabels, rates: z.array(gateRate) })),
      byYear: z.array(z.strictObject({ year: z.int(), passed: estimate })),
      /** The lowest answer to ask for at which the upper bound of false adults is below the limit in every group judged. */
      lowest: z.strictObject({ challenge: number, limit: z.number(), groupsJudged: z.int() }),
      undecided: z.int().nonnegative(),
    }),
  ),
  notes: z.array(z.string()),
})
export type AgeGateResult = z.infer<typeof ageGateResult>

export const samePersonResult = z.strictObject({
  evaluationId,
  task,
  by: z.array(groupingName),
  /** `n` counts people with two pictures or more. */
  groups: z.array(z.strictObject({ group: groupLabels, flips: estimate, spreadYears: estimate.nullable() })),
  /** Images whose person the data set names, whose person was inferred from faces, and of whom nobody is known. */
  people: z.strictObject({
    dataset: z.int().nonnegative(),
    inferred: z.int().nonnegative(),
    unknown: z.int().nonnegative(),
  }),
  notes: z.array(z.string()),
})
export type SamePersonResult = z.infer<typeof samePersonResult>

/** What the labels or the picture of an image are asked on the way to a leaf. */
const treeCondition = z.strictObject({
  /** `race`, `gender`, `age`, or a measure of pictures. */
  covariate: z.string(),
  /** `known`: whether it is known at all. */
  relation: z.enum(['is', 'is not', 'at most', 'above', 'known', 'not known']),
  /** The label; null for measures, and for the label that is not known. */
  label: z.string().nullable(),
  /** The cut of a measure, in its unit; null for labels. */
  cut: number,
  /** Whether images of which it is not known stand here too. */
  withUnknown: z.boolean(),
})
export type TreeCondition = z.infer<typeof treeCondition>

/** Share of wrong answers in a half, with its interval over people; without a value below 30 images. */
const halfOfLeaf = z.strictObject({ wrong: estimate, people: z.int().nonnegative() })

const treeLeaf = z.strictObject({
  leaf: z.int().nonnegative(),
  /** All of them hold of its images. */
  conditions: z.array(treeCondition),
  /** On the half by which it was found, which makes it look larger than it is. */
  grown: halfOfLeaf,
  /** On the half that took no part in that. */
  held: halfOfLeaf,
  rest: halfOfLeaf,
  /** The leaf less the rest on the held half, with the corrected interval; null where it is not tested. */
  difference: z
    .strictObject({
      value: z.number(),
      low: z.number(),
      high: z.number(),
      p: z.number(),
      adjusted: z.number(),
    })
    .nullable(),
  claim: z.enum(['more', 'fewer']),
  state: z.enum(['confirmed', 'not confirmed', 'too few']),
})
export type TreeLeaf = z.infer<typeof treeLeaf>

export const errorTreeResult = z.strictObject({
  evaluationId: evaluationId.nullable(),
  baselineId: baselineId.nullable(),
  task,
  seed: z.int(),
  /** What could be asked, and of how many images it is known. */
  covariates: z.array(z.strictObject({ name: z.string(), known: z.int().nonnegative() })),
  grown: halfOfLeaf,
  held: halfOfLeaf,
  /** Those with the largest shares of wrong answers on the held half first; none where nothing could be cut in two. */
  leaves: z.array(treeLeaf),
  /** Images without a label of the task. */
  unlabelled: z.int().nonnegative(),
  method: z.string(),
  notes: z.array(z.string()),
})
export type ErrorTreeResult = z.infer<typeof errorTreeResult>

const treeOf = {
  ...answersOf,
  task,
  seed: z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .default(1),
}

const by = z
  .array(groupingName)
  .min(1)
  .max(3)
  .refine((names) => new Set(names).size === names.length, 'names a labelling twice')

/** Two systems' figures over the same images and their difference, the first less the second. */
const pairedFigures = z.strictObject({
  a: estimate,
  b: estimate,
  /** With the corrected interval; `n` counts images. */
  difference: estimate,
  p: number,
  adjusted: number,
  verdict: z.enum(['differs', 'alike', 'not enough data']),
  margin: z.number(),
  neededN: z.int().nonnegative().optional(),
  smallestSeen: number,
})
export type PairedFigures = z.infer<typeof pairedFigures>

const taskComparison = z.strictObject({
  ...pairedFigures.shape,
  images: z.int().nonnegative(),
  /** Without images in which one of them found no face; null where both found one in all. */
  detected: pairedFigures.nullable(),
  byGroup: z.array(z.strictObject({ group: groupLabels, ...pairedFigures.shape })),
  /** Mean absolute error in years, where both give years. */
  years: pairedFigures.nullable(),
})
export type TaskComparison = z.infer<typeof taskComparison>

const comparedSystem = z.strictObject({
  name: z.string(),
  evaluationId: evaluationId.nullable(),
  baselineId: baselineId.nullable(),
})

export const comparisonResult = z.strictObject({
  a: comparedSystem,
  b: comparedSystem,
  by: z.array(groupingName),
  confidence: z.number(),
  /** Images that both were asked about. */
  images: z.int().nonnegative(),
  tasks: z.strictObject({
    race: taskComparison.nullable(),
    gender: taskComparison.nullable(),
    age: taskComparison.nullable(),
  }),
  /** Images of those in which the second system found no face; they count as its errors. */
  undetected: z.int().nonnegative(),
  method: z.string(),
  notes: z.array(z.string()),
})
export type ComparisonResult = z.infer<typeof comparisonResult>

const crossFigure = z.strictObject({ group: groupLabels, ...estimate.shape })

export const crossResult = z.strictObject({
  task,
  by: z.array(groupingName),
  part: partName,
  confidence: z.number(),
  models: z.array(
    z.strictObject({
      modelId,
      name: z.string(),
      /** The split by whose train part it learned; null for a model that no run of the project made. */
      learnedOn: z.string().nullable(),
    }),
  ),
  splits: z.array(z.strictObject({ splitId, name: z.string() })),
  /** One for each model and split with an evaluation: accuracies, of all labelled images and by group. */
  cells: z.array(
    z.strictObject({
      modelId,
      splitId,
      evaluationId,
      /** Whether the model learned by that split's train part. */
      isOwn: z.boolean(),
      /** Of these images, those that the model learned from; null where nobody knows. */
      trainedOn: z.int().nonnegative().nullable(),
      overall: estimate,
      groups: z.array(crossFigure),
      /** Images whose label is missing or is none that the model knows. */
      unlabelled: z.int().nonnegative(),
      openings: z.int().nonnegative().nullable(),
    }),
  ),
  method: z.string(),
  notes: z.array(z.string()),
})
export type CrossResult = z.infer<typeof crossResult>

/** Which of the images behind a figure. */
export const imagePage = {
  answered: z.enum(['any', 'wrong', 'right']).default('any'),
  /** Of those, how many are left out before the first. */
  offset: z.int().nonnegative().default(0),
  limit: z.int().min(1).max(500).default(100),
}

export const imagesOfFigure = z.strictObject({
  n: z.int().nonnegative(),
  wrong: z.int().nonnegative(),
  images: z.array(
    z.strictObject({
      imageId,
      thumb: z.string(),
      labelled: z.string(),
      predicted: z.string().nullable(),
      isRight: z.boolean(),
      years: z.number().nullable(),
      labelledYears: z.number().nullable(),
    }),
  ),
})
export type ImagesOfFigure = z.infer<typeof imagesOfFigure>

export const fairnessContract = {
  /** Figures of every group, gaps beside what chance gives, and pairs of groups with their verdicts. */
  get: procedure
    .route({
      method: 'POST',
      path: '/fairness',
      summary: 'Figures by group, with intervals, the gap of chance and verdicts',
      tags: ['fairness'],
    })
    .input(
      z
        .object({
          ...answersOf,
          task,
          metric: z.enum(fairnessMetricNames).default('accuracy'),
          /** For metrics of one label against all others. */
          label: z.string().optional(),
          by: by.default(['race']),
          /** What is small enough to be called alike, in the unit of the metric; five points, or a year, where it is not given. */
          margin: z.number().positive().max(100).optional(),
          correction: z.enum(['holm', 'benjamini-hochberg', 'none']).default('holm'),
          confidence: z.number().min(0.5).max(0.9999).default(0.95),
          /** Each group's own confidence, or all groups' together. */
          intervals: z.enum(['each', 'simultaneous']).default('each'),
          /** Shuffles and resamples; without any there is no gap of chance. */
          draws: z.int().min(0).max(20_000).default(2000),
          seed: z
            .int()
            .min(0)
            .max(2 ** 31 - 1)
            .default(1),
        })
        .refine(namesOne, oneSource),
    )
    .output(fairnessResult),
  /** A model beside another, or beside the stored answers of another system, on the images of the evaluation that both answer. */
  compare: procedure
    .route({
      method: 'POST',
      path: '/fairness/compare',
      summary: 'Two systems on the same images, paired',
      tags: ['fairness'],
    })
    .input(
      z.object({
        evaluationId,
        with: z.union([z.strictObject({ evaluationId }), z.strictObject({ baselineId })]),
        by: by.default(['race']),
        margin: z.number().positive().max(1).default(0.05),
        correction: z.enum(['holm', 'benjamini-hochberg', 'none']).default('holm'),
        confidence: z.number().min(0.5).max(0.9999).default(0.95),
      }),
    )
    .output(comparisonResult),
  /** Every model on every split that it was evaluated on, by the evaluations that there are. */
  cross: procedure
    .route({
      method: 'POST',
      path: '/fairness/cross',
      summary: 'Models on the data sets that they did and did not learn by',
      tags: ['fairness'],
    })
    .input(
      z.object({
        task,
        part: partName.default('val'),
        by: by.default(['race']),
        models: z.array(modelId).min(1).max(100).optional(),
        splits: z.array(splitId).min(1).max(100).optional(),
        confidence: z.number().min(0.5).max(0.9999).default(0.95),
      }),
    )
    .output(crossResult),
  /** How far the shuffles and resamples have come that are being made now; 0 of 0 where there are none. */
  progress: procedure
    .route({
      method: 'GET',
      path: '/fairness/progress',
      summary: 'How far shuffles and resamples have come',
      tags: ['fairness'],
    })
    .output(z.strictObject({ done: z.int().nonnegative(), total: z.int().nonnegative() })),
  ageGate: procedure
    .route({
      method: 'POST',
      path: '/fairness/age-gate',
      summary: 'False adults and false minors at the ages that gates ask for',
      tags: ['fairness'],
    })
    .input(
      z.object({
        evaluationId,
        by: by.default(['gender']),
        limit: z.number().positive().max(1).default(0.05),
      }),
    )
    .output(ageGateResult),
  samePerson: procedure
    .route({
      method: 'POST',
      path: '/fairness/same-person',
      summary: 'How often the answer changes over the pictures of one person',
      tags: ['fairness'],
    })
    .input(z.object({ evaluationId, task, by: by.default(['race']) }))
    .output(samePersonResult),
  /** Images of one group, wrong answers first. */
  images: procedure
    .route({
      method: 'POST',
      path: '/fairness/images',
      summary: 'Images behind the figure of a group',
      tags: ['fairness'],
    })
    .input(
      z
        .object({
          ...answersOf,
          task,
          group: groupLabels,
          ...imagePage,
        })
        .refine(namesOne, oneSource),
    )
    .output(imagesOfFigure),
  /** Where wrong answers gather: a tree found on one half of the people, and held against the other. */
  errorTree: procedure
    .route({
      method: 'POST',
      path: '/fairness/error-tree',
      summary: 'Which labels and qualities of pictures concentrate wrong answers',
      tags: ['fairness'],
    })
    .input(z.object(treeOf).refine(namesOne, oneSource))
    .output(errorTreeResult),
  /** Images of one leaf, wrong answers first. */
  errorTreeImages: procedure
    .route({
      method: 'POST',
      path: '/fairness/error-tree/images',
      summary: 'Images of a leaf of the tree of errors',
      tags: ['fairness'],
    })
    .input(
      z
        .object({
          ...treeOf,
          leaf: z.int().min(0).max(100),
          half: z.enum(['grown', 'held']).default('held'),
          ...imagePage,
        })
        .refine(namesOne, oneSource),
    )
    .output(imagesOfFigure),
}
