import * as z from 'zod'

export const modelsSearch = z.object({ model: z.int().positive().optional().catch(undefined) })
