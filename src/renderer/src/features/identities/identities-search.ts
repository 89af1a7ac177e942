import * as z from 'zod'

export const identitiesSearch = z.object({
  /** Pairs unless said. */
  view: z.enum(['people']).optional().catch(undefined),
  /** All people with several images, not only those that an open pair asks about. */
  all: z.boolean().optional().catch(undefined),
  person: z.int().positive().optional().catch(undefined),
})
export type IdentitiesSearch = z.infer<typeof identitiesSearch>
