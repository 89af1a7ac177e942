import { evaluationId } from '#shared/contract/base.contract.ts'
import { tasks } from '#shared/domain/tasks.ts'
import type { ImageHolder } from '#engine/base/holders/image-holder.ts'
import type { MemberImage } from '#engine/data/members/member-images.ts'
import type { ModelService } from '#engine/learning/models/model.service.ts'
import type { RunService } from '#engine/learning/training/run.service.ts'
import type { TrainingDataService } from '#engine/learning/training/training-data.service.ts'
import { describeOrigin } from './describe-origin.ts'
import type { EvaluationSeals } from './evaluation-seals.ts'
import type { EvaluationRepo, EvaluationRow, StoredAnswer } from './evaluation.repo.ts'
import { gatherAnswers } from './judge-images.ts'
import { measureAnswers } from './measure-answers.ts'

interface EvaluationHolderDeps {
  readonly evaluations: EvaluationRepo
  readonly seals: EvaluationSeals
  readonly models: Pick<ModelService, 'locate'>
  readonly runs: Pick<RunService, 'find'>
  readonly data: Pick<TrainingDataService, 'listImages'>
}

/** How evaluations let go of images: their figures are worked out anew from the stored answers that are left. */
export function createEvaluationHolder(deps: EvaluationHolderDeps): ImageHolder {
  const { evaluations } = deps
  return {
    rows: evaluations.held,
    listUses: (imageIds) => evaluations.uses(imageIds),
    settle: async ({ effects, signal }) => {
      for (const { kind, id } of effects) {
        const row = kind === 'evaluation' ? evaluations.find(evaluationId.parse(id)) : undefined
        if (row !== undefined) await restate(row, deps, signal)
      }
    },
  }
}

async function restate(row: EvaluationRow, deps: EvaluationHolderDeps, signal: AbortSignal): Promise<void> {
  const { evaluations, seals, models, data } = deps
  const model = models.locate(row.modelId)
  const images = await data.listImages(row.splitId, row.part, signal)
  const answers = tasks.flatMap((task) => alignAnswers(evaluations.answers(row.id, task), images))
  const context = { signal, report: () => undefined }
  const figures = await measureAnswers(images, gatherAnswers(images, model, answers), context)
  // Answers in float32 beside those in bf16 are not kept, so what was counted of them cannot be counted again.
  const kept = { computedBy: row.result.computedBy, rounding: null }
  evaluations.restate(row.id, { ...figures, ...kept, notes: describeOrigin(model, row, deps) })
  const hashes = await seals.hashAsStored(row.id, signal)
  if (hashes !== null) evaluations.reseal(row.id, hashes)
}

/** In the order of the images; none where the model had no head for the task. */
function alignAnswers(answers: readonly StoredAnswer[], images: readonly MemberImage[]): StoredAnswer[] {
  if (answers.length === 0) return []
  const answerOf = new Map(answers.map((answer) => [answer.imageId, answer]))
  return images.map(({ imageId }) => {
    const answer = answerOf.get(imageId)
    if (answer === undefined) throw new Error(`Image ${imageId} has no stored answer`)
    return answer
  })
}
