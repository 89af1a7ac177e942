import { evaluationId } from '#shared/contract/base.contract.ts'
import { tasks } from '#shared/domain/tasks.ts'
import type { ImageHolder } from '#engine/base/holders/image-holder.ts'
import type { MemberImage } from '#engine/data/members/member-images.ts'
import type { ModelService } from '#engine/learning/models/model.service.ts'
import type { OpeningService } from '#engine/learning/openings/opening.service.ts'
import type { TrainingDataService } from '#engine/learning/training/training-data.service.ts'
import type { SplitStandings } from '#engine/data/splits/split-standings.ts'
import type { LeakageService } from '#engine/assessment/leakage/leakage.service.ts'
import { describeOrigin } from './describe-origin.ts'
import type { EvaluationSeals } from './evaluation-seals.ts'
import type { EvaluationRepo, EvaluationRow, StoredAnswer } from './evaluation.repo.ts'
import { gatherNotes } from './gather-notes.ts'
import { gatherAnswers } from './judge-images.ts'
import { measureAnswers } from './measure-answers.ts'
import type { ModelOrigins } from './model-origins.ts'

interface EvaluationHolderDeps {
  readonly evaluations: EvaluationRepo
  readonly seals: EvaluationSeals
  readonly models: Pick<ModelService, 'locate'>
  readonly origins: Pick<ModelOrigins, 'find'>
  readonly openings: Pick<OpeningService, 'list' | 'recordEvaluation'>
  readonly data: Pick<TrainingDataService, 'getSplit' | 'listImages'>
  readonly standings: Pick<SplitStandings, 'note'>
  readonly leakage: Pick<LeakageService, 'note'>
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

/** Answers in float32 beside those in bf16 are not kept, so what was counted of them cannot be counted again. */
const noRounding =
  'How bf16 changed the answers cannot be counted again without the images that were erased, and is left out.'
/** Older versions did not keep which images these were. */
const noFaceless =
  'What was said of images without a face cannot be counted again without those that were erased, and is left out.'
const facelessStart = 'No face was found in '

/** What can no longer be said once images are gone, and that it was said before. */
function tellLeftOut({ rounding, withoutFace, notes }: EvaluationRow['result']): string[] {
  const lostFaceless = withoutFace === null && notes.some((note) => note.startsWith(facelessStart))
  return [
    ...(rounding !== null || notes.includes(noRounding) ? [noRounding] : []),
    ...(lostFaceless || notes.includes(noFaceless) ? [noFaceless] : []),
  ]
}

async function restate(row: EvaluationRow, deps: EvaluationHolderDeps, signal: AbortSignal): Promise<void> {
  const { evaluations, seals, models, data, standings, leakage } = deps
  const { result } = row
  const model = models.locate(row.modelId)
  const images = await data.listImages(row.splitId, row.part, signal)
  const stored = tasks.flatMap((task) => alignAnswers(evaluations.answers(row.id, task), images))
  const answers = gatherAnswers(images, model, stored)
  const figures = await measureAnswers(images, answers, { signal, report: () => undefined })
  const faceless = new Set<number>(result.withoutFace)
  const withoutFace = new Set([...images.keys()].filter((at) => faceless.has(images[at]?.imageId ?? -1)))
  const split = data.getSplit(row.splitId)
  const told = gatherNotes({
    overtaken: [...(await standings.note(split, signal)), ...(await leakage.note(split, signal))],
    origin: describeOrigin(model, row, deps),
    images,
    withoutFace,
    answers,
    computedBy: result.computedBy,
  })
  evaluations.restate(row.id, {
    ...figures,
    computedBy: result.computedBy,
    rounding: null,
    withoutFace:
      result.withoutFace === null
        ? null
        : images.flatMap(({ imageId }) => (faceless.has(imageId) ? [imageId] : [])),
    notes: [...told, ...tellLeftOut(result)],
  })
  const hashes = await seals.hashAsStored(row.id, signal)
  if (hashes === null) return
  evaluations.reseal(row.id, hashes)
  const opened = deps.openings.list().find(({ line }) => line === row.opening)
  if (opened !== undefined) deps.openings.recordEvaluation(opened, { evaluation: row.id, ...hashes })
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
