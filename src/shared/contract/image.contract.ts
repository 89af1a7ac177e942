import * as z from 'zod'
import { checkIds } from '../domain/checks.ts'
import { imageColumnSchema } from '../domain/image-columns.ts'
import { findingValues, identityKinds, imageStatuses } from '../domain/image-states.ts'
import {
  datasetId,
  fromPath,
  identityId,
  imageId,
  procedure,
  sha256,
  timestamp,
  filePath,
} from './base.contract.ts'

export const imageStatus = z.enum(imageStatuses)
export const identityKind = z.enum(identityKinds)
const check = z.enum(checkIds)
const finding = z.enum(findingValues)
const part = z.enum(['train', 'val', 'test'])

const facetChoice = z.object({
  datasets: z.array(datasetId).optional(),
  race: z.array(z.string().nullable()).optional(),
  gender: z.array(z.string().nullable()).optional(),
  age: z.array(z.string().nullable()).optional(),
  status: z.array(imageStatus).optional(),
  /** Checks that flag the image; null for images that were checked and none flags, `unchecked` for those no scan has come to. */
  findings: z.array(finding.nullable()).optional(),
  identity: z.array(identityKind).optional(),
})

/**
 * A value of null stands for "missing". Within a facet values are joined by or, facets by and. Removed images are left
 * out unless `status`, or the search, asks for a status.
 */
export const imageFilter = facetChoice.extend({
  identities: z.array(identityId).optional(),
  split: z.object({ splitId: z.int().positive(), parts: z.array(part.nullable()) }).optional(),
  /** Part of a file path or of an identity's name. */
  text: z.string().max(200).optional(),
  /** As people write it: `indian age<20 finding:blurry -dataset:lfw`; `open:blurry` is what waits in that queue. */
  search: z.string().max(500).optional(),
  /** Images that carry one of these are left out; parts are those of the filter's split, else of the newest. */
  exclude: facetChoice.extend({ parts: z.array(part.nullable()).optional() }).optional(),
})
export type ImageFilter = z.infer<typeof imageFilter>

/** `finding` takes the score of the one check that the filter names. */
export const imageSort = z.enum(['id', 'path', 'age', 'pixels', 'bytes', 'imported', 'finding'])
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
  status: imageStatus,
  isIdentitySuspect: z.boolean(),
  /** Changes with every decision on the image; sent back with the next one. */
  revision: z.int().nonnegative(),
  /** Checks that flag it. */
  findings: z.array(check),
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
  status: z.array(facetValue),
  finding: z.array(facetValue),
  part: z.array(facetValue),
  identity: z.array(facetValue),
})
export type ImageFacets = z.infer<typeof imageFacets>
export type FacetName = Exclude<keyof ImageFacets, 'total'>

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

export const sortDirection = z.enum(['ascending', 'descending'])

export const imageCell = z.union([z.string(), z.number(), z.boolean()]).nullable()
export type ImageCell = z.infer<typeof imageCell>

export const imageExportRequest = z.object({
  filter: imageFilter.default({}),
  sort: imageSort.default('id'),
  direction: sortDirection.default('ascending'),
  /** These images alone, in this order, whatever the filter. */
  images: z.array(imageId).min(1).max(100_000).optional(),
  columns: z.array(imageColumnSchema).min(1).max(100).optional(),
  format: z.enum(['csv', 'parquet']),
  /** A new file; one that exists is never overwritten. */
  file: filePath,
})
export type ImageExportRequest = z.infer<typeof imageExportRequest>

export const imageExportResult = z.strictObject({
  file: z.string(),
  rows: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  sha256,
})
export type ImageExportResult = z.infer<typeof imageExportResult>

export const imageContract = {
  /** Keyset page: pass the previous answer's `nextCursor` to go on. */
  query: procedure
    .route({ method: 'POST', path: '/images/query', summary: 'A page of images', tags: ['images'] })
    .input(
      z.object({
        filter: imageFilter.default({}),
        sort: imageSort.default('id'),
        direction: sortDirection.default('ascending'),
        cursor: z.string().max(2000).nullable().default(null),
        limit: z.int().min(1).max(1000).default(200),
      }),
    )
    .output(z.strictObject({ items: z.array(imageTile), nextCursor: z.string().nullable() })),
  /** Any stretch of the same order by its place, for views that jump; `cells` stand by row and column. */
  window: procedure
    .route({ method: 'POST', path: '/images/window', summary: 'Images by their place', tags: ['images'] })
    .input(
      z.object({
        filter: imageFilter.default({}),
        sort: imageSort.default('id'),
        direction: sortDirection.default('ascending'),
        offset: z.int().nonnegative().default(0),
        limit: z.int().min(1).max(1000).default(200),
        columns: z.array(imageColumnSchema).max(100).default([]),
      }),
    )
    .output(
      z.strictObject({
        total: z.int().nonnegative(),
        items: z.array(imageTile),
        cells: z.array(z.array(imageCell)),
      }),
    ),
  /** Some images by their numbers, in this order; one that does not exist is left out. */
  tiles: procedure
    .route({ method: 'POST', path: '/images/tiles', summary: 'Images by their numbers', tags: ['images'] })
    .input(z.object({ images: z.array(imageId).min(1).max(1000) }))
    .output(z.array(imageTile)),
  /** Facts about some images by their numbers, a row each in this order; one that does not exist is left out. */
  cells: procedure
    .route({
      method: 'POST',
      path: '/images/cells',
      summary: 'Facts about images by number',
      tags: ['images'],
    })
    .input(
      z.object({
        images: z.array(imageId).min(1).max(1000),
        columns: z.array(imageColumnSchema).min(1).max(100),
      }),
    )
    .output(z.array(z.array(imageCell))),
  /** Writes the images of a filter, or some by their numbers, as a table. */
  export: procedure
    .route({ method: 'POST', path: '/images/export', summary: 'Write images as a table', tags: ['images'] })
    .input(imageExportRequest)
    .output(imageExportResult),
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
