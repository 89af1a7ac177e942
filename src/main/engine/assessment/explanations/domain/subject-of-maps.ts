import type { EvaluationDetail } from '#shared/contract/evaluation.contract.ts'
import type { groupMapChoices } from '#shared/contract/group-maps.contract.ts'
import { hashCanonical } from '#engine/base/kernel/hash.ts'
import type * as z from 'zod'

type Subject = Pick<
  EvaluationDetail,
  'evaluationId' | 'createdAt' | 'modelId' | 'weightsSha256' | 'splitHash' | 'part' | 'images'
>

/**
 * SHA-256 of what average maps are of: the evaluation, its model's weights, its images and the choices. Numbers of jobs and evaluations come again
 * where an earlier copy of a catalogue is put back; this does not.
 */
export function hashSubject(evaluation: Subject, choices: z.output<typeof groupMapChoices>): string {
  const { evaluationId, createdAt, modelId, weightsSha256, splitHash, part, images } = evaluation
  return hashCanonical({
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
