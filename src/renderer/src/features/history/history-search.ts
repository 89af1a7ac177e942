import * as z from 'zod'

export const historySearch = z.object({
  /** The snapshot that the catalogue is compared with. */
  snapshot: z.int().positive().optional().catch(undefined),
  dialog: z.enum(['snapshot']).optional().catch(undefined),
})
