import * as z from 'zod'
import { imageColumnSchema } from '../domain/image-columns.ts'
import { fromPath, procedure, timestamp } from './base.contract.ts'
import { imageFilter, imageSort, sortDirection } from './image.contract.ts'

export const savedQueryId = z.int().positive().brand<'SavedQueryId'>()
export type SavedQueryId = z.infer<typeof savedQueryId>

/** What a view of the catalogue shows. */
export const imageView = z.object({
  filter: imageFilter.default({}),
  sort: imageSort.default('id'),
  direction: sortDirection.default('ascending'),
  /** Of the table; null where the view is a grid. */
  columns: z.array(imageColumnSchema).min(1).max(100).nullable().default(null),
})
export type ImageView = z.infer<typeof imageView>

export const savedQuery = z.strictObject({
  id: savedQueryId,
  name: z.string(),
  view: imageView,
  createdAt: timestamp,
  changedAt: timestamp,
})
export type SavedQuery = z.infer<typeof savedQuery>

export const savedQueryRequest = z.object({
  name: z.string().trim().min(1).max(100),
  view: imageView,
  /** True to change the query of that name; without it a name in use is a CONFLICT. */
  replace: z.boolean().default(false),
})
export type SavedQueryRequest = z.infer<typeof savedQueryRequest>

export const savedQueryContract = {
  list: procedure
    .route({ method: 'GET', path: '/saved-queries', summary: 'Saved queries by name', tags: ['images'] })
    .output(z.array(savedQuery)),
  save: procedure
    .route({ method: 'POST', path: '/saved-queries', summary: 'Save a query under a name', tags: ['images'] })
    .input(savedQueryRequest)
    .output(savedQuery),
  rename: procedure
    .route({
      method: 'POST',
      path: '/saved-queries/{savedQueryId}/rename',
      summary: 'Rename a saved query',
      tags: ['images'],
    })
    .input(z.object({ savedQueryId: fromPath(savedQueryId), name: savedQueryRequest.shape.name }))
    .output(savedQuery),
  remove: procedure
    .route({
      method: 'DELETE',
      path: '/saved-queries/{savedQueryId}',
      summary: 'Forget a saved query',
      tags: ['images'],
    })
    .input(z.object({ savedQueryId: fromPath(savedQueryId) }))
    .output(z.strictObject({ removed: z.boolean() })),
}
