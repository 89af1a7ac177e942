import * as z from 'zod'
import { auditMeasureNames } from '#shared/domain/audit-measures.ts'
import { tasks } from '#shared/domain/tasks.ts'

/** The data set whose cells are shown, and what its figures are drawn by. */
export const auditSearch = z.object({
  dataset: z.int().positive().optional().catch(undefined),
  axis: z.enum(['race', 'gender', 'age', 'raceGender']).optional().catch(undefined),
  measure: z.enum(auditMeasureNames).optional().catch(undefined),
  by: z.enum(tasks).optional().catch(undefined),
})
export type AuditSearch = z.infer<typeof auditSearch>
