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
})
export type SplitRequest = z.infer<typeof splitRequest>

const partCounts = z.strictObject({ images: z.int().nonnegative(), groups: z.int().nonnegative() })

export const splitResult = z.strictObject({
  splitId,
  hash: sha256,
  parts: z.strictObject({ train: partCounts, val: partCounts, test: partCounts }),
})
export type SplitResult = z.infer<typeof splitResult>

export const splitSummary = splitResult.extend({
  name: z.string(),
  seed: z.int(),
  ratios: z.strictObject({ train: z.number(), val: z.number(), test: z.number() }),
  /** Total variation distance between each part's distribution over cells and the whole's. */
  totalVariation: z.strictObject({ train: z.number(), val: z.number(), test: z.number() }),
  /** The snapshot that it was made from, where it was made from one. */
  snapshotId: snapshotId.nullable(),
  createdAt: timestamp,
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
  /** CSV with the columns image, group, race, gender, age, part, sha256. */
  export: procedure
    .route({
      method: 'POST',
      path: '/splits/{splitId}/export',
      summary: 'Write a split as CSV',
      tags: ['splits'],
    })
    .input(z.object({ splitId: fromPath(splitId), file: filePath }))
    .output(z.strictObject({ file: z.string(), rows: z.int().nonnegative(), sha256 })),
}
