import type { EvaluationDetail } from '#shared/contract/evaluation.contract.ts'
import type { ModelSummary } from '#shared/contract/model.contract.ts'
import type { RunSummary } from '#shared/contract/run.contract.ts'
import type { SplitSummary } from '#shared/contract/split.contract.ts'
import { orderModels } from '#shared/domain/order-models.ts'

export interface WindowContext {
  readonly split: { readonly id: number; readonly name: string } | null
  readonly model: { readonly id: number; readonly name: string } | null
}

export interface ContextSources {
  readonly splits: readonly SplitSummary[]
  readonly runs: readonly RunSummary[]
  readonly models: readonly ModelSummary[]
  readonly evaluations: readonly EvaluationDetail[]
}

/** What the address chooses; each screen has its own. */
export interface ContextChoice {
  readonly split?: number | undefined
  readonly run?: number | undefined
  readonly model?: number | undefined
  readonly evaluation?: number | undefined
}

function newest<Item>(items: readonly Item[], idOf: (item: Item) => number): Item | undefined {
  return items.toSorted((a, b) => idOf(b) - idOf(a))[0]
}

/** The split and model the screen speaks of: what the address chose, else the newest of each. */
export function deriveContext(sources: ContextSources, choice: ContextChoice): WindowContext {
  const evaluation = sources.evaluations.find((one) => one.evaluationId === choice.evaluation)
  const chosenModel = sources.models.find((one) => one.id === (evaluation?.modelId ?? choice.model))
  const run = sources.runs.find((one) => one.id === (choice.run ?? chosenModel?.runId ?? undefined))
  const splitIdWanted = choice.split ?? evaluation?.splitId ?? run?.splitId
  const split =
    sources.splits.find((one) => one.splitId === splitIdWanted) ??
    newest(sources.splits, (one) => one.splitId)
  const model =
    choice.run === undefined
      ? (chosenModel ?? orderModels(sources.models)[0])
      : sources.models.find((one) => one.id === run?.modelId)
  return {
    split: split === undefined ? null : { id: split.splitId, name: split.name },
    model: model === undefined ? null : { id: model.id, name: model.name },
  }
}
