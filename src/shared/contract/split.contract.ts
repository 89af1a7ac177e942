import * as z from 'zod'
import {
  datasetId,
  erasedImages,
  fromPath,
  jobId,
  procedure,
  sha256,
  snapshotId,
  splitId,
  timestamp,
  filePath,
} from './base.contract.ts'

export const partName = z.enum(['train', 'val', 'test'])
export type PartName = z.infer<typeof partName>

export const splitStratum = z.enum(['race', 'gender', 'age', 'dataset'])
export type SplitStratum = z.infer<typeof splitStratum>

/** A split that others made, taken over as it is. */
export const splitSource = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('file'),
    /** CSV with the columns image and part. */
    file: filePath,
    /** What the file calls the parts, where it does not say train, val and test. */
    words: z.partialRecord(partName, z.string().min(1)).optional(),
  }),
  /** Whole data sets as parts, as FairFace's own train and val. */
  z.object({ kind: z.literal('datasets'), parts: z.partialRecord(partName, z.array(datasetId)) }),
])
export type SplitSource = z.infer<typeof splitSource>

export const splitRequest = z.object({
  name: z.string().min(1).max(200).optional(),
  ratios: z
    .object({ train: z.number().positive(), val: z.number().positive(), test: z.number().positive() })
    .refine((r) => Math.abs(r.train + r.val + r.test - 1) < 1e-9, 'The three ratios must add up to 1')
    .default({ train: 0.8, val: 0.1, test: 0.1 }),
  seed: z.int().nonnegative().default(1),
  datasets: z.array(datasetId).optional(),
  /** Splits that state of the catalogue; without it the present one. */
  snapshotId: snapshotId.optional(),
  /** What the parts shall hold like shares of; without it all four. */
  strata: z.array(splitStratum).optional(),
  /** A split whose test part stays the test part. */
  keepTestOf: splitId.optional(),
  /** Takes over a split instead of planning one, of the catalogue as it is: no snapshot, strata or kept test part beside it. */
  source: splitSource.optional(),
})
export type SplitRequest = z.infer<typeof splitRequest>

const partCounts = z.strictObject({ images: z.int().nonnegative(), groups: z.int().nonnegative() })

export const splitResult = z.strictObject({
  splitId,
  hash: sha256,
  parts: z.strictObject({ train: partCounts, val: partCounts, test: partCounts }),
})
export type SplitResult = z.infer<typeof splitResult>

const count = z.int().nonnegative()
const label = z.string().nullable()

/** How a split came to be: sealed by its hash. */
export const splitPlan = z.strictObject({
  algorithm: z.string(),
  strata: z.array(splitStratum),
  /**
   * The least total variation that a part of so many images can have: whole images alone leave so much. Null for an
   * empty part.
   */
  bound: z.strictObject({
    train: z.number().nullable(),
    val: z.number().nullable(),
    test: z.number().nullable(),
  }),
  /** Cells with fewer groups than parts, so that some part must go without. */
  infeasible: z.array(
    z.strictObject({ race: label, gender: label, age: label, images: count, groups: count }),
  ),
  /** Races that the split's label scheme has no word for: they count as missing in it. */
  lostLabels: z.array(z.strictObject({ dataset: z.string(), label: z.string(), images: count })),
  /** Images without a label, those whose label was lost among them. */
  missing: z.strictObject({ race: count, gender: count, age: count }),
  /** Images that are held together with others, by what holds them. */
  tied: z.strictObject({ identity: count, file: count, pixel: count, near: count, person: count }),
  /** Images that no scan has compared with the others, so that near copies of them may be missed. */
  notCompared: count,
  /** Groups that stand in more than one part; only a split that others made has any. */
  cutGroups: count,
  /** The kept test part: images of it that are gone, and images that joined it because they belong to one of its groups. */
  keptTest: z.strictObject({ hash: sha256, kept: count, gone: count, joined: count }).nullable(),
  /** Where a split that others made came from; null for one that was planned here. */
  imported: z
    .strictObject({
      from: z.string(),
      sha256: sha256.nullable(),
      rows: count,
      /** Names in the file that no image here bears. */
      unknown: count,
      /** The first lines of the file that such names stand in: a name could be that of a picture which is erased. */
      unknownLines: z.array(z.int().positive()),
      /** Names that are paths in several data sets, so that no image is meant. */
      ambiguous: count,
      ambiguousLines: z.array(z.int().positive()),
      /** Images of the data sets that the file does not name. */
      notNamed: count,
    })
    .nullable(),
})
export type SplitPlan = z.infer<typeof splitPlan>

export const splitSummary = splitResult.extend({
  name: z.string(),
  seed: z.int(),
  ratios: z.strictObject({ train: z.number(), val: z.number(), test: z.number() }),
  /** Total variation distance between each part's distribution over cells and the whole's. */
  totalVariation: z.strictObject({ train: z.number(), val: z.number(), test: z.number() }),
  /** The snapshot that it was made from, where it was made from one. */
  snapshotId: snapshotId.nullable(),
  createdAt: timestamp,
  /** Null for a split of an earlier version. */
  plan: splitPlan.nullable(),
  erasedImages,
})
export type SplitSummary = z.infer<typeof splitSummary>

const imageCount = z.int().nonnegative()

/** How far the catalogue has moved on since a split was made; each image counts once. */
export const splitStanding = z.strictObject({
  splitId,
  /** Images of the split that are removed now. */
  removed: imageCount,
  /** Images of the split that bear other labels now. */
  relabelled: imageCount,
  /** Images of its data sets that were removed when it was made, and are no longer. */
  restored: imageCount,
})
export type SplitStanding = z.infer<typeof splitStanding>

const inParts = z.strictObject({ train: count, val: count, test: count })

/** Images that share race, gender and age bin, in the whole and in each part. */
export const splitCell = z.strictObject({
  race: label,
  gender: label,
  age: label,
  images: count,
  groups: count,
  parts: inParts,
  /** The largest difference between its share of a part and its share of the whole, by magnitude, and in which part. */
  worst: z.strictObject({ part: partName, difference: z.number() }),
})
export type SplitCell = z.infer<typeof splitCell>

export const splitCells = z.strictObject({
  splitId,
  parts: inParts,
  images: count,
  /** The worst first. */
  cells: z.array(splitCell),
})
export type SplitCells = z.infer<typeof splitCells>

/** Where images stand in one split and in another; null for those that are not in it. */
export const splitComparison = z.strictObject({
  splitId,
  otherId: splitId,
  /** Whether both hold the same images in the same parts with the same labels. */
  isSame: z.boolean(),
  moves: z.array(z.strictObject({ from: partName.nullable(), to: partName.nullable(), images: count })),
  /** Images in both. */
  shared: count,
  /** Of those, in another part. */
  moved: count,
  /** Of those, with other labels. */
  relabelled: count,
})
export type SplitComparison = z.infer<typeof splitComparison>

export const splitContract = {
  create: procedure
    .route({
      method: 'POST',
      path: '/splits',
      summary: 'Make a stratified split that never cuts a group',
      tags: ['splits'],
    })
    .input(splitRequest)
    .output(z.strictObject({ jobId })),
  list: procedure
    .route({ method: 'GET', path: '/splits', summary: 'Splits of the project', tags: ['splits'] })
    .output(z.array(splitSummary)),
  get: procedure
    .route({ method: 'GET', path: '/splits/{splitId}', summary: 'One split', tags: ['splits'] })
    .input(z.object({ splitId: fromPath(splitId) }))
    .output(splitSummary),
  standings: procedure
    .route({
      method: 'GET',
      path: '/splits/standings',
      summary: 'How far curation has moved on since each split was made',
      tags: ['splits'],
    })
    .output(z.array(splitStanding)),
  cells: procedure
    .route({
      method: 'GET',
      path: '/splits/{splitId}/cells',
      summary: 'Each cell of race, gender and age in the whole and in the parts, the worst first',
      tags: ['splits'],
    })
    .input(z.object({ splitId: fromPath(splitId) }))
    .output(splitCells),
  compare: procedure
    .route({
      method: 'GET',
      path: '/splits/{splitId}/compare/{otherId}',
      summary: 'Where the images of one split stand in another',
      tags: ['splits'],
    })
    .input(z.object({ splitId: fromPath(splitId), otherId: fromPath(splitId) }))
    .output(splitComparison),
  /** The same seed, ratios and data sets on the images and labels as they are now. */
  again: procedure
    .route({
      method: 'POST',
      path: '/splits/{splitId}/again',
      summary: 'Make a new split with the settings of an earlier one',
      tags: ['splits'],
    })
    .input(z.object({ splitId: fromPath(splitId), name: splitRequest.shape.name }))
    .output(z.strictObject({ jobId })),
  /** Columns image, group, race, gender, age, part, sha256. */
  export: procedure
    .route({
      method: 'POST',
      path: '/splits/{splitId}/export',
      summary: 'Write a split as CSV or Parquet',
      tags: ['splits'],
    })
    .input(
      z.object({
        splitId: fromPath(splitId),
        file: filePath,
        format: z.enum(['csv', 'parquet']).default('csv'),
      }),
    )
    .output(z.strictObject({ file: z.string(), rows: z.int().nonnegative(), sha256 })),
}
