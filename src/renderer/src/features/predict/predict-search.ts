import * as z from 'zod'

export const predictSearch = z.object({ model: z.int().positive().optional().catch(undefined) })
