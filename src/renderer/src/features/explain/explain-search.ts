import * as z from 'zod'
import { tasks } from '#shared/domain/tasks.ts'

/** Which images of which evaluation are explained, and how. */
export const explainSearch = z.object({
  evaluation: z.int().positive().optional().catch(undefined),
  task: z.enum(tasks).optional().catch(undefined),
  by: z.enum(['race', 'gender', 'age']).optional().catch(undefined),
  /** A label of that labelling; everybody where left out. */
  group: z.string().max(200).optional().catch(undefined),
  answered: z.enum(['any', 'wrong', 'right']).optional().catch(undefined),
  /** Counts from 1. */
  page: z.int().positive().optional().catch(undefined),
  method: z.enum(['cam', 'lime', 'occlusion']).optional().catch(undefined),
})

export type ExplainSearch = z.infer<typeof explainSearch>
