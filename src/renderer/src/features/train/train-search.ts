import * as z from 'zod'

export const trainSearch = z.object({ run: z.int().positive().optional().catch(undefined) })
