import * as z from 'zod'
import { datasetId, fromPath, identityId, imageId, procedure, sha256, timestamp } from './base.contract.ts'

/** A value of null stands for "label missing". Within a facet values are joined by or, facets by and. */
export const imageFilter = z.object({
  datasets: z.array(datasetId).optional(),
  race: z.array(z.string().nullable()).optional(),
  gender: z.array(z.string().nullable()).optional(),
  age: z.array(z.string().nullable()).optional(),
  identities: z.array(identityId).optional(),
  split: z
    .object({ splitId: z.int().positive(), parts: z.array(z.enum(['train', 'val', 'test'])) })
    .optional(),
  /** Part of a file path or of an identity's name. */
  text: z.string().max(200).optional(),
})
export type ImageFilter = z.infer<typeof imageFilter>

export const imageSort = z.enum(['id', 'path', 'age', 'pixels', 'bytes'])
export type ImageSort = z.infer<typeof imageSort>

export const imageTile = z.strictObject({
  id: imageId,
  thumb: z.string().describe('Content hash that names the thumbnail version'),
  race: z.string().nullable(),
  gender: z.string().nullable(),
  ageYears: z.number().nullable(),
  ageBin: z.string().nullable(),
  width: z.int().positive(),
  height: z.int().positive(),
})
export type ImageTile = z.infer<typeof imageTile>

export const facetValue = z.strictObject({
  value: z.string().nullable(),
  label: z.string(),
  count: z.int().nonnegative(),
})
export const imageFacets = z.strictObject({
  total: z.int().nonnegative(),
  dataset: z.array(facetValue),
  race: z.array(facetValue),
  gender: z.array(facetValue),
  age: z.array(facetValue),
  part: z.array(facetValue),
})
export type ImageFacets = z.infer<typeof imageFacets>

export const labelRecord = z.strictObject({
  task: z.enum(['age', 'gender', 'race', 'identity']),
  value: z.string().nullable(),
  source: z.enum(['import', 'person']),
  sourceFile: z.string().nullable(),
  sourceColumn: z.string().nullable(),
  actor: z.string(),
  at: timestamp,
})
export type LabelRecord = z.infer<typeof labelRecord>

export const imageDetail = imageTile.extend({
  dataset: z.strictObject({ id: datasetId, name: z.string() }),
  path: z.string(),
  bytes: z.int().nonnegative(),
  format: z.string(),
  fileSha256: sha256,
  pixelSha256: sha256,
  exifOrientation: z.int().min(1).max(8),
  identity: z.strictObject({ id: identityId, name: z.string(), images: z.int().positive() }).nullable(),
  /** Other images with identical pixels. */
  identicalImages: z.array(imageId),
  parts: z.array(
    z.strictObject({
      splitId: z.int().positive(),
      split: z.string(),
      part: z.enum(['train', 'val', 'test']),
    }),
  ),
  labels: z.array(labelRecord),
  importedAt: timestamp,
})
export type ImageDetail = z.infer<typeof imageDetail>

export const imageContract = {
  /** Keyset page: pass the previous answer's `nextCursor` to go on. */
  query: procedure
    .route({ method: 'POST', path: '/images/query', summary: 'A page of images', tags: ['images'] })
    .input(
      z.object({
        filter: imageFilter.default({}),
        sort: imageSort.default('id'),
        direction: z.enum(['ascending', 'descending']).default('ascending'),
        cursor: z.string().max(2000).nullable().default(null),
        limit: z.int().min(1).max(1000).default(200),
      }),
    )
    .output(z.strictObject({ items: z.array(imageTile), nextCursor: z.string().nullable() })),
  /** Counts per facet value; each facet's counts follow all the other filters. */
  facets: procedure
    .route({ method: 'POST', path: '/images/facets', summary: 'Counts per facet value', tags: ['images'] })
    .input(z.object({ filter: imageFilter.default({}) }))
    .output(imageFacets),
  get: procedure
    .route({
      method: 'GET',
      path: '/images/{imageId}',
      summary: 'One image with labels and provenance',
      tags: ['images'],
    })
    .input(z.object({ imageId: fromPath(imageId) }))
    .output(imageDetail),
}
