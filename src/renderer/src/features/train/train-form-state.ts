import type { RunSummary } from '#shared/contract/run.contract.ts'
import { trainPresets, type TrainPreset } from '#shared/derived/train-presets.ts'
import { textOf, type FieldValue, type TrainDraft } from './fields/train-field.ts'
import { draftOfConfig, draftOfPreset, fillDraft, rebaseDraft } from './train-draft.ts'

/** What the form was filled from; changes are marked against it. */
export type FormSource =
  | { readonly kind: 'preset'; readonly preset: TrainPreset }
  | { readonly kind: 'run'; readonly run: Pick<RunSummary, 'id' | 'name' | 'config'> }

export interface TrainFormState {
  readonly source: FormSource
  readonly draft: TrainDraft
}

export type TrainFormAction =
  | { readonly kind: 'change'; readonly path: string; readonly value: FieldValue }
  | { readonly kind: 'reset'; readonly path: string }
  | { readonly kind: 'fill'; readonly source: FormSource }

function readInit(draft: TrainDraft): string {
  return textOf(draft['init'] ?? 'random')
}

/** The values that the source gives; a preset's depend on the start weights. */
export function referenceOf({ source, draft }: TrainFormState): TrainDraft {
  return source.kind === 'preset'
    ? draftOfPreset(source.preset, readInit(draft))
    : draftOfConfig(source.run.config)
}

/** @param splitId for a source that names none; a run names its own */
export function openTrainForm(source: FormSource, splitId: number | null): TrainFormState {
  if (source.kind === 'run') return { source, draft: draftOfConfig(source.run.config) }
  return { source, draft: { ...draftOfPreset(source.preset, 'random'), splitId } }
}

/** The quick preset, as a first run should end within minutes. */
export function firstSource(run: RunSummary | undefined): FormSource | null {
  if (run !== undefined) return { kind: 'run', run }
  const [preset] = trainPresets
  return preset === undefined ? null : { kind: 'preset', preset }
}

export function changeTrainForm(state: TrainFormState, action: TrainFormAction): TrainFormState {
  switch (action.kind) {
    case 'change': {
      const changed = { ...state, draft: { ...state.draft, [action.path]: action.value } }
      if (action.path !== 'init') return changed
      return {
        ...changed,
        draft: rebaseDraft(changed.draft, referenceOf(state), referenceOf(changed)),
      }
    }
    case 'reset': {
      const value = referenceOf(state)[action.path]
      return value === undefined
        ? state
        : changeTrainForm(state, { kind: 'change', path: action.path, value })
    }
    case 'fill': {
      const next = { ...state, source: action.source }
      const filled = fillDraft(state.draft, referenceOf(next))
      const { source } = action
      return {
        ...next,
        draft: source.kind === 'run' ? { ...filled, splitId: source.run.config.splitId } : filled,
      }
    }
    default:
      return action satisfies never
  }
}
