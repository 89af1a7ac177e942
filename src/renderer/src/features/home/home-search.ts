import * as z from 'zod'

export const homeSearch = z.object({ dialog: z.enum(['import']).optional().catch(undefined) })
