import * as z from 'zod'
import { tasks } from '#shared/domain/tasks.ts'

/** The evaluation shown, the task whose figures are shown, the confusion cell whose images are shown, and that one of them in view. */
export const evaluateSearch = z.object({
  evaluation: z.int().positive().optional().catch(undefined),
  task: z.enum(tasks).optional().catch(undefined),
  labelled: z.int().nonnegative().optional().catch(undefined),
  predicted: z.int().nonnegative().optional().catch(undefined),
  image: z.int().positive().optional().catch(undefined),
})
export type EvaluateSearch = z.infer<typeof evaluateSearch>
