import * as z from 'zod'

export const splitsSearch = z.object({ split: z.int().positive().optional().catch(undefined) })
