import type { EvaluationDetail } from '#shared/contract/evaluation.contract.ts'
import type { groupMapChoices } from '#shared/contract/group-maps.contract.ts'
import { hashCanonical } from '#engine/base/kernel/hash.ts'
import type * as z from 'zod'

type Subject = Pick<
  EvaluationDetail,
  'evaluationId' | 'createdAt' | 'modelId' | 'weightsSha256' | 'splitHash' | 'part' | 'images'
>

/** Counted up with every change of how maps are made, so that a job does not go on with those of an earlier way. */
const method = 1

/**
 * SHA-256 of what average maps are of: the evaluation, its model's weights, its images, the choices and the way of making them. Numbers of jobs and evaluations come again
 * where an earlier copy of a catalogue is put back; this does not.
 */
export function hashSubject(evaluation: Subject, choices: z.output<typeof groupMapChoices>): string {
  const { evaluationId, createdAt, modelId, weightsSha256, splitHash, part, images } = evaluation
  return hashCanonical({
    method,
    evaluationId,
    createdAt,
    modelId,
    weightsSha256,
    splitHash,
    part,
    images,
    choices: { ...choices },
  })
}
