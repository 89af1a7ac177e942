import * as z from 'zod'

export const predictSearch = z.object({
  model: z.int().positive().optional().catch(undefined),
  /** A second model that is asked about the same picture. */
  beside: z.int().positive().optional().catch(undefined),
  /** An image of the project that is asked about. */
  image: z.int().positive().optional().catch(undefined),
})
