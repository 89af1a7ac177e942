import * as z from 'zod'
import { tasks } from '#shared/domain/tasks.ts'

/** The evaluation shown, the task whose figures are shown, and the confusion cell whose images are shown. */
export const evaluateSearch = z.object({
  evaluation: z.int().positive().optional().catch(undefined),
  task: z.enum(tasks).optional().catch(undefined),
  labelled: z.int().nonnegative().optional().catch(undefined),
  predicted: z.int().nonnegative().optional().catch(undefined),
})
export type EvaluateSearch = z.infer<typeof evaluateSearch>
