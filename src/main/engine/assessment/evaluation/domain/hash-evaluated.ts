import type { EvaluationDetail } from '#shared/contract/evaluation.contract.ts'
import { hashCanonical } from '#engine/base/kernel/hash.ts'

export type Evaluated = Pick<
  EvaluationDetail,
  'evaluationId' | 'createdAt' | 'modelId' | 'weightsSha256' | 'splitHash' | 'part' | 'images'
>

interface Made {
  /** Another for each way of making it, so that a job does not go on with what an earlier way has made. */
  readonly method: number | string
  readonly choices: Readonly<Record<string, number | null>>
}

/**
 * SHA-256 of what is made of an evaluation: the evaluation, its model's weights, its images, the choices and the way of making it.
 * Numbers of jobs and evaluations come again where an earlier copy of a catalogue is put back; this does not.
 */
export function hashEvaluated(evaluation: Evaluated, { method, choices }: Made) {
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
