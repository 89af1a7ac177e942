import * as z from 'zod'
import { auditMeasureNames, parityAxisNames, skinLeftOuts } from '../domain/audit-measures.ts'
import { labelSchemeNames } from '../domain/label-schemes.ts'
import { datasetId, estimate, jobId, procedure, task } from './base.contract.ts'
import { crossResult, groupLabels } from './fairness.contract.ts'

const count = z.int().nonnegative()
/** With its 95 % interval over people; null where it cannot be told. */
const bounded = z.strictObject({
  value: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
})

/** How evenly the labelled images fill the groups of one labelling, or of several crossed. */
const parity = z.strictObject({
  axis: z.enum(parityAxisNames),
  /** That there could be. */
  groups: count,
  labelled: count,
  /** Images that lack one of the labels. */
  unlabelled: count,
  /** Of the labelled images; copies of nobody known count as one. */
  people: count,
  /** Shannon's entropy over that of as many equal groups: 1 where all are equal, 0 where one has all. It has no interval. */
  entropy: bounded,
  /** Images of the smallest group over those of the largest; without an interval where it is 0. */
  minMaxRatio: bounded,
  least: groupLabels.nullable(),
  most: groupLabels.nullable(),
  /** Groups without an image, and with some but fewer than 30. */
  empty: count,
  small: count,
  /** Every group, also the empty ones, with its share of the labelled images. */
  shares: z.array(z.strictObject({ group: groupLabels, n: count, ...bounded.shape })),
})

const granularity = z.strictObject({
  labels: z.array(
    z.strictObject({
      task,
      /** Labels of the scheme, and how many of them are used. */
      classes: count,
      used: count,
      missing: estimate,
    }),
  ),
  /** Images whose age is known in years rather than as a bin. */
  exactYears: estimate,
  distinctYears: count,
  /** Whipple's index of ages from 23 to 62: 100 where nobody rounds to 0 or 5, 500 where all do. */
  heaping: estimate.nullable(),
  /** Share of the sets of images that should be labelled alike, and are: same pixels, or one person. */
  agreement: z.array(z.strictObject({ kind: z.enum(['copies', 'people']), task, alike: estimate })),
})

const number = z.number().nullable()
const spread = {
  n: count,
  /** 5th, 25th, 50th, 75th and 95th percentile, in the unit of the measure. */
  low: number,
  q1: number,
  median: number,
  q3: number,
  high: number,
}

const diversity = z.strictObject({
  measure: z.enum(auditMeasureNames),
  axis: task,
  /** Of all images that a scan has measured. */
  all: z.strictObject(spread),
  groups: z.array(
    z.strictObject({
      group: z.string(),
      people: count,
      ...spread,
      /** Median of one value for each person, with its 95 % interval by order statistics; without one below 6 people. */
      typical: bounded,
    }),
  ),
  /** Whether groups differ (Kruskal-Wallis, a value for each person); `adjusted` for all measures and labellings by Holm. */
  test: z
    .strictObject({
      statistic: z.number(),
      degrees: count,
      p: z.number(),
      adjusted: z.number(),
      /** Share of the spread of ranks that the groups explain. */
      epsilonSquared: z.number(),
      /** People. */
      n: count,
    })
    .nullable(),
})

/** How apparent skin colour spreads, of whom it could be told, and how much of it is the light. */
const skin = z.strictObject({
  measured: count,
  /** Of those, in coloured light: counted, not left out. */
  coloured: count,
  /** Images of which it is not told, by why. */
  leftOut: z.strictObject(
    Object.fromEntries(skinLeftOuts.map((reason) => [reason, count])) as Record<
      (typeof skinLeftOuts)[number],
      typeof count
    >,
  ),
  tones: z.array(
    z.strictObject({
      /** What the images are labelled with; null for all of them. */
      axis: task.nullable(),
      group: z.string().nullable(),
      people: count,
      /** Share of the group's images whose skin could be measured. */
      usable: estimate,
      /** Light and red, light and yellow, dark and red, dark and yellow, in this order. */
      cells: z.array(
        z.strictObject({
          tone: z.enum(['light', 'dark']),
          hue: z.enum(['red', 'yellow']),
          n: count,
          ...bounded.shape,
        }),
      ),
    }),
  ),
  /** Pictures of one person beside each other; null where nobody known has two. */
  onePerson: z
    .strictObject({
      people: count,
      images: count,
      figures: z.array(
        z.strictObject({
          measure: z.enum(['skinLightness', 'skinHue']),
          /** Standard deviation among pictures of one person, and its interval over people. */
          within: bounded,
          /** Standard deviation of the people themselves, without what their pictures differ in. */
          between: z.number().nullable(),
          /** People whose pictures stand on both sides of the threshold. */
          across: estimate,
        }),
      ),
    })
    .nullable(),
})

export const datasetAudit = z.strictObject({
  datasetId,
  name: z.string(),
  labelScheme: z.enum(labelSchemeNames),
  /** That were not removed. */
  images: count,
  removed: count,
  parity: z.array(parity),
  granularity,
  diversity: z.array(diversity),
  skin,
  scale: z.strictObject({
    images: count,
    /** More than the 100,000 that the method asks for. */
    isLarge: z.boolean(),
    /** People, or sets of copies where nobody is known. */
    people: count,
    /** Images whose person the data set names, whose person was inferred, and of whom nobody is known. */
    known: z.strictObject({ dataset: count, inferred: count, unknown: count }),
    /** Of people who are known; null where nobody is. */
    imagesPerPerson: z.strictObject({ people: count, median: z.number(), most: count }).nullable(),
  }),
})
export type DatasetAudit = z.infer<typeof datasetAudit>
export type SkinAudit = DatasetAudit['skin']
export type ParityAudit = DatasetAudit['parity'][number]
export type DiversityAudit = DatasetAudit['diversity'][number]

export const auditResult = z.strictObject({ datasets: z.array(datasetAudit) })
export type AuditResult = z.infer<typeof auditResult>

export const generalisationResult = z.strictObject({
  /** A task and a part each, where a model was evaluated on a split that it did not learn by; else nothing. */
  generalisation: z.array(crossResult),
})

/** What an audit writes as JSON. */
export const auditDocument = z.strictObject({ ...auditResult.shape, ...generalisationResult.shape })
export type AuditDocument = z.infer<typeof auditDocument>

/** What the job makes. */
export const measurePortraitsResult = z.strictObject({
  measured: count,
  /** Images whose files could not be read. */
  unreadable: count,
})
export type MeasurePortraitsResult = z.infer<typeof measurePortraitsResult>

export const auditContract = {
  read: procedure
    .route({
      method: 'GET',
      path: '/audit',
      summary: 'Parity, granularity, diversity, skin, face quality and scale of the data sets of the project',
      tags: ['audit'],
    })
    .output(auditResult),
  /** From stored evaluations alone. */
  generalisation: procedure
    .route({
      method: 'GET',
      path: '/audit/generalisation',
      summary: 'Models on the splits that they did and did not learn by',
      tags: ['audit'],
    })
    .output(generalisationResult),
  /** Measures what is new or has changed; refused before a scan has looked for faces. */
  measure: procedure
    .route({
      method: 'POST',
      path: '/audit/measure',
      summary: 'Measure skin, face quality and background of the images',
      tags: ['audit'],
    })
    .output(z.strictObject({ jobId })),
}
