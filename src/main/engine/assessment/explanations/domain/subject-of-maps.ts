import type { groupMapChoices } from '#shared/contract/group-maps.contract.ts'
import { hashEvaluated, type Evaluated } from '#engine/assessment/evaluation/domain/hash-evaluated.ts'
import type * as z from 'zod'

/** Counted up with every change of how maps are made. */
const method = 1

/** SHA-256 of what average maps are of. */
export const hashSubject = (evaluation: Evaluated, choices: z.output<typeof groupMapChoices>) =>
  hashEvaluated(evaluation, { method, choices })
