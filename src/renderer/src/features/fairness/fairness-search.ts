import * as z from 'zod'
import { groupLabels } from '#shared/contract/fairness.contract.ts'
import { changeKind } from '#shared/contract/sensitivity.contract.ts'
import { fairnessMetricNames } from '#shared/domain/fairness-metrics.ts'
import { tasks } from '#shared/domain/tasks.ts'

/** The evaluation, the metric and the groups that are shown. */
export const fairnessSearch = z.object({
  evaluation: z.int().positive().optional().catch(undefined),
  /** Stored answers of another system, in the place of an evaluation. */
  baseline: z.int().positive().optional().catch(undefined),
  undetected: z.enum(['counted', 'excluded']).optional().catch(undefined),
  /** What is compared with the evaluation: "evaluation 2" or "baseline 1". */
  with: z.string().optional().catch(undefined),
  task: z.enum(tasks).optional().catch(undefined),
  metric: z.enum(fairnessMetricNames).optional().catch(undefined),
  label: z.string().optional().catch(undefined),
  by: z.string().optional().catch(undefined),
  margin: z.number().positive().max(100).optional().catch(undefined),
  confidence: z.number().min(0.5).max(0.9999).optional().catch(undefined),
  correction: z.enum(['holm', 'benjamini-hochberg', 'none']).optional().catch(undefined),
  together: z.boolean().optional().catch(undefined),
  /** Whether the tree of errors is open, and the leaf whose images are. */
  tree: z.boolean().optional().catch(undefined),
  leaf: z.int().nonnegative().optional().catch(undefined),
  /** The change of pictures whose images are open, and the group, everyone where none is named. */
  changed: z.object({ kind: changeKind, group: z.string().optional() }).optional().catch(undefined),
  /** Whose images are open. */
  group: groupLabels.optional().catch(undefined),
})

export type FairnessSearch = z.infer<typeof fairnessSearch>
