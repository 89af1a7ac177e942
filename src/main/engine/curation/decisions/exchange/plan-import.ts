import type { FieldChange, ImageState } from '#engine/curation/decisions/domain/plan-decision.ts'
import { everyCheck, readField, type DecisionField } from '#engine/curation/decisions/domain/plan-decision.ts'
import { listLabelWords, readLabelWord } from '#engine/data/catalogue/domain/label-word.ts'
import type { FileDecision } from './file-decision.ts'

/** The field that a decision is about. */
export function fieldOf({ action, task }: FileDecision): DecisionField {
  switch (action) {
    case 'keep':
    case 'remove':
    case 'restore':
      return 'status'
    case 'suspect':
    case 'clear-suspect':
      return 'suspect'
    case 'relabel':
      if (task === null) throw new RangeError('A relabel has a task')
      return task
    default:
      return action satisfies never
  }
}

/** What the field is to hold, as the file says it. */
export function wantedValue({ action, to }: FileDecision): string | null {
  switch (action) {
    case 'keep':
      return 'kept'
    case 'remove':
      return 'removed'
    case 'restore':
      return 'undecided'
    case 'suspect':
      return 'yes'
    case 'clear-suspect':
      return null
    case 'relabel':
      return to
    default:
      return action satisfies never
  }
}

/** Who decided it elsewhere stands before the note: the act itself is the importer's. */
function describeOrigin({ reviewer, time, note }: FileDecision): string | null {
  const who = [reviewer, time].filter((part) => part !== null).join(', ')
  return [who === '' ? null : who, note].filter((part) => part !== null).join(': ') || null
}

export type FilePlan =
  | { readonly kind: 'changes'; readonly changes: readonly FieldChange[] }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'refused'; readonly message: string }

/** What a decision of a file changes of an image as it stands; each decision sets one field. */
export function planFileDecision(state: ImageState, decision: FileDecision): FilePlan {
  const field = fieldOf(decision)
  let to = wantedValue(decision)
  if (decision.action === 'relabel' && decision.task !== null && to !== null) {
    const label = readLabelWord(to, decision.task, state.scheme)
    if (label === null) {
      const known = listLabelWords(decision.task, state.scheme)
      return {
        kind: 'refused',
        message: `The data set has no ${decision.task} label "${to}". It has ${known}.`,
      }
    }
    // The bin that known years lie in contradicts nothing: the years stay.
    if (decision.task === 'age' && label === state.ageBin) return { kind: 'unchanged' }
    to = label
  }
  const from = readField(state, field, null)
  if (from === to) return { kind: 'unchanged' }
  const { imageId } = state
  const reason = decision.action === 'remove' ? (decision.reason ?? 'other') : null
  const change = { imageId, field, checkCode: null, from, to, reason, note: describeOrigin(decision) }
  const isLooked = decision.action === 'keep' && !state.reviews.has(everyCheck)
  const closed: FieldChange[] = isLooked
    ? [{ ...change, field: 'review', checkCode: everyCheck, from: null, to: 'kept', note: null }]
    : []
  return { kind: 'changes', changes: [change, ...closed] }
}
