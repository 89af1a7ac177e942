import type { DecisionAction, DecisionChange } from '#shared/contract/decision.contract.ts'
import { checks } from '#shared/domain/checks.ts'
import type { ImageStatus } from '#shared/domain/image-states.ts'
import { labelSchemes, type LabelScheme } from '#shared/domain/label-schemes.ts'
import type { RemoveReason } from '#shared/domain/decision-words.ts'
import type { Task } from '#shared/domain/tasks.ts'
import { readAge, writeAge } from '#engine/data/catalogue/domain/age-label.ts'

/** The code that stands for every queue, but that of contradicting labels: they are confirmed in it alone. */
export const everyCheck = 0
const contested = checks['conflicting-labels'].code

export type ReviewState = 'kept' | 'relabelled'

/** One image as the catalogue has it now. */
export interface ImageState {
  readonly imageId: number
  readonly scheme: LabelScheme
  readonly status: ImageStatus
  readonly isIdentitySuspect: boolean
  readonly revision: number
  readonly race: string | null
  readonly gender: string | null
  readonly ageYears: number | null
  readonly ageBin: string | null
  /** Closed queues by the code of their check. */
  readonly reviews: ReadonlyMap<number, ReviewState>
}

export type DecisionField = DecisionChange['field']

/** One field of one image from one value to another. */
export interface FieldChange {
  readonly imageId: number
  readonly field: DecisionField
  /** Code of the queue it is made in; for a review of the queue it closes. */
  readonly checkCode: number | null
  readonly from: string | null
  readonly to: string | null
  readonly reason: string | null
  readonly note: string | null
}

export interface ChosenLabel {
  readonly task: Task
  readonly value: string | null
}

export interface Choice {
  readonly action: DecisionAction
  /** The queue in which it is made. */
  readonly checkCode: number | null
  readonly reason: RemoveReason
  readonly note: string | null
  /** For a relabel; null otherwise. */
  readonly label: ChosenLabel | null
  /** For a keep: labels that it gets as well. */
  readonly labels?: readonly ChosenLabel[]
  /** For a keep: the queues that it closes, where that is not the one it is made in. */
  readonly closes?: readonly number[]
}

export type Plan =
  | { readonly kind: 'changes'; readonly changes: readonly FieldChange[] }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'conflict'; readonly reason: 'removed' | 'scheme' }

const toPlan = (changes: readonly FieldChange[]): Plan =>
  changes.length === 0 ? { kind: 'unchanged' } : { kind: 'changes', changes }

/** The value of a field as decisions write it; `checkCode` says which review is meant. */
export function readField(state: ImageState, field: DecisionField, checkCode: number | null): string | null {
  switch (field) {
    case 'status':
      return state.status
    case 'suspect':
      return state.isIdentitySuspect ? 'yes' : null
    case 'review':
      return state.reviews.get(checkCode ?? everyCheck) ?? null
    case 'age':
      return writeAge(state)
    case 'race':
    case 'gender':
      return state[field]
    default:
      return field satisfies never
  }
}

/** Whether a data set of the scheme can carry the label; null, no label, always. */
export function fitsScheme(scheme: LabelScheme, task: Task, value: string | null): boolean {
  if (value === null) return true
  if (task === 'age') return readAge(value) !== null
  const labels: readonly string[] = labelSchemes[scheme][task]
  return labels.includes(value)
}

/** What a decision changes of an image, given how it stands. Pure; the caller has compared revisions. */
export function planDecision(state: ImageState, choice: Choice): Plan {
  const { action, checkCode } = choice
  const change = (field: DecisionField, to: string | null, code = checkCode): FieldChange[] => {
    const from = readField(state, field, code)
    const reason = field === 'status' && to === 'removed' ? choice.reason : null
    return from === to
      ? []
      : [{ imageId: state.imageId, field, checkCode: code, from, to, reason, note: choice.note }]
  }
  const close = (to: ReviewState, code = checkCode ?? everyCheck): FieldChange[] =>
    (code !== contested && state.reviews.has(everyCheck)) || state.reviews.has(code)
      ? []
      : change('review', to, code)
  // The bin that known years lie in contradicts nothing: the years stay.
  const relabel = ({ task, value }: ChosenLabel): FieldChange[] =>
    task === 'age' && value === state.ageBin ? [] : change(task, value)

  if (action === 'restore') {
    const opened = [...state.reviews.keys()].flatMap((code) => change('review', null, code))
    return toPlan([...change('status', 'undecided'), ...opened])
  }
  if (state.status === 'removed') return { kind: 'conflict', reason: 'removed' }
  switch (action) {
    case 'keep': {
      const { labels = [], closes = [checkCode ?? everyCheck] } = choice
      if (!labels.every(({ task, value }) => fitsScheme(state.scheme, task, value)))
        return { kind: 'conflict', reason: 'scheme' }
      const relabelled = labels.flatMap(relabel)
      const review = relabelled.length === 0 ? 'kept' : 'relabelled'
      return toPlan([
        ...change('status', 'kept'),
        ...relabelled,
        ...closes.flatMap((code) => close(review, code)),
      ])
    }
    case 'remove':
      return toPlan(change('status', 'removed'))
    case 'suspect':
      return toPlan(change('suspect', 'yes'))
    case 'clear-suspect':
      return toPlan(change('suspect', null))
    case 'relabel': {
      const { label } = choice
      if (label === null) throw new RangeError('A relabel has a label')
      if (!fitsScheme(state.scheme, label.task, label.value)) return { kind: 'conflict', reason: 'scheme' }
      const relabelled = relabel(label)
      if (checkCode === null) return toPlan(relabelled)
      return toPlan([...relabelled, ...close(relabelled.length === 0 ? 'kept' : 'relabelled')])
    }
    default:
      return action satisfies never
  }
}

/** What takes changes back, or null where one of their fields no longer stands as they left it. */
export function planInverse(state: ImageState, made: readonly FieldChange[]): readonly FieldChange[] | null {
  const stands = made.every(({ field, checkCode, to }) => readField(state, field, checkCode) === to)
  return stands ? made.map((change) => ({ ...change, from: change.to, to: change.from })) : null
}
