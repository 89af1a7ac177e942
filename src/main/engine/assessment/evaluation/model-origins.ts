import type { ModelId, SplitId } from '#shared/contract/base.contract.ts'
import type { ModelOrigin } from '#shared/contract/evaluation.contract.ts'
import type { PartName } from '#shared/contract/split.contract.ts'
import type { ModelService } from '#engine/learning/models/model.service.ts'
import type { RunService } from '#engine/learning/training/run.service.ts'
import type { TrainingDataService } from '#engine/learning/training/training-data.service.ts'
import type { EvaluationRepo } from './evaluation.repo.ts'

interface ModelOriginsDeps {
  readonly evaluations: Pick<EvaluationRepo, 'countShared'>
  readonly models: Pick<ModelService, 'locate'>
  readonly runs: Pick<RunService, 'find'>
  readonly data: Pick<TrainingDataService, 'getSplit'>
}

/** By which images models learned, beside those that they are measured on. */
export class ModelOrigins {
  readonly #deps: ModelOriginsDeps

  constructor(deps: ModelOriginsDeps) {
    this.#deps = deps
  }

  /** @returns null for a model that no run of the project made, of which nobody knows it */
  find(modelId: ModelId, asked: { readonly splitId: SplitId; readonly part: PartName }): ModelOrigin | null {
    const { evaluations, models, runs, data } = this.#deps
    const { runId } = models.locate(modelId)
    if (runId === null) return null
    const { config, crossvalId, fold } = runs.find(runId)
    const { splitId } = config
    const count = (parts: readonly PartName[]): number =>
      evaluations.countShared({ asked, own: { splitId, parts } })
    const trainedOn =
      crossvalId === null || fold === null
        ? count(['train'])
        : evaluations.countShared({
            asked,
            own: { splitId, parts: ['train', 'val'], without: { crossvalId, fold } },
          })
    return {
      splitId,
      split: data.getSplit(splitId).name,
      trainedOn,
      // A fold's model is chosen by the fold that it did not learn from.
      chosenBy: crossvalId === null ? count(['val']) : Math.max(0, count(['train', 'val']) - trainedOn),
      crossvalId,
    }
  }
}
