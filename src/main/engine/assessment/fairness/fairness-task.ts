import * as z from 'zod'
import { task } from '#shared/contract/base.contract.ts'
import { groupingName } from '#shared/contract/fairness.contract.ts'
import { fairnessMetricNames } from '#shared/domain/fairness-metrics.ts'

const groups = z.object({ groups: z.array(z.string()), indices: z.instanceof(Int16Array) })

/** The answers to one task, copied to a thread. */
const taskRecords = z.object({
  task,
  labels: z.array(z.string()),
  labelled: z.instanceof(Int16Array),
  predicted: z.instanceof(Int16Array),
  probabilities: z.instanceof(Float32Array).exactOptional(),
  years: z
    .object({ predicted: z.instanceof(Float64Array), labelled: z.instanceof(Float64Array) })
    .exactOptional(),
  clusters: z.instanceof(Int32Array),
  groupings: z.object({ race: groups, gender: groups, age: groups }),
})

export const fairnessTask = z.object({
  records: taskRecords,
  by: z.array(groupingName),
  metric: z.enum(fairnessMetricNames),
  label: z.string().optional(),
  seed: z.int(),
  draws: z.int(),
  /** Those of the draws that this thread makes. */
  blocks: z.object({ from: z.int(), to: z.int() }),
})

export const fairnessDraws = z.object({
  gaps: z.instanceof(Float64Array).nullable(),
  values: z.array(z.instanceof(Float64Array)).nullable(),
})
export const fairnessProgress = z.object({ done: z.int() })
