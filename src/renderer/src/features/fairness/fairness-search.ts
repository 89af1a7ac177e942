import * as z from 'zod'
import { fairnessMetricNames } from '#shared/domain/fairness-metrics.ts'
import { tasks } from '#shared/domain/tasks.ts'

/** The evaluation, the metric and the groups that are shown. */
export const fairnessSearch = z.object({
  evaluation: z.int().positive().optional().catch(undefined),
  task: z.enum(tasks).optional().catch(undefined),
  metric: z.enum(fairnessMetricNames).optional().catch(undefined),
  label: z.string().optional().catch(undefined),
  by: z.string().optional().catch(undefined),
})
