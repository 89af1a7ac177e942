import type { TrainConfig } from '#shared/contract/train-config.contract.ts'
import { trainChoices, type ChoicePath } from '#shared/contract/train-choices.ts'

export type Oversampling = TrainConfig['oversampling'][number]

/** What a field holds while it is edited; an emptied number is ''. */
export type FieldValue = string | number | boolean | null | readonly string[] | readonly Oversampling[]

/** Every field's value by its dotted path in the configuration, those of choices not taken included. */
export type TrainDraft = Readonly<Record<string, FieldValue>>

export interface FieldOption {
  readonly value: string
  readonly label: string
}

export type FieldControl =
  | { readonly kind: 'choice'; readonly options: readonly FieldOption[] }
  | { readonly kind: 'number'; readonly step: number; readonly isWhole: boolean }
  /** A number that may be absent; `start` is offered when it is switched on. */
  | {
      readonly kind: 'optional-number'
      readonly none: string
      readonly start: number
      readonly step: number
      readonly isWhole: boolean
    }
  | { readonly kind: 'switch' }
  | { readonly kind: 'text' }
  | { readonly kind: 'split' }
  | { readonly kind: 'tasks' }
  | { readonly kind: 'weights-file' }
  | { readonly kind: 'oversampling' }

export interface TrainField {
  readonly path: string
  readonly title: string
  /** One or two plain sentences, shown beside the field. */
  readonly help: string
  readonly control: FieldControl
  /** False where another choice makes this one meaningless; such a field is hidden. */
  readonly applies?: (draft: TrainDraft) => boolean
}

export interface TrainFieldGroup {
  readonly key: string
  readonly title: string
  readonly fields: readonly TrainField[]
  /** The group's main choices in a few words, read while it is folded. */
  readonly digest: (draft: TrainDraft) => string
}

export const whole = (step = 1): FieldControl => ({ kind: 'number', step, isWhole: true })
export const decimal = (step: number): FieldControl => ({ kind: 'number', step, isWhole: false })

type Applies = TrainField['applies']

/** A choice of a run as a form asks for it; its words are those of its row. */
export function defineField(path: ChoicePath, control: FieldControl, applies?: Applies): TrainField {
  const { title, help } = trainChoices[path]
  return { path, title, help, control, ...(applies === undefined ? {} : { applies }) }
}

/** A closed choice, offered in the words and the order of its row. */
export function defineChoice(path: ChoicePath, applies?: Applies): TrainField {
  const { options = {} }: { readonly options?: Readonly<Record<string, string>> } = trainChoices[path]
  const offered = Object.entries(options).map(([value, label]) => ({ value, label }))
  return defineField(path, { kind: 'choice', options: offered }, applies)
}

/** A single value in words; lists and nothing have none. */
export const textOf = (value: FieldValue | undefined): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : ''

export function hasTask(draft: TrainDraft, task: string): boolean {
  const chosen = draft['tasks']
  return Array.isArray(chosen) && chosen.includes(task)
}

/** The label of a field's chosen option, or the value as it stands. */
export function readChoice(field: TrainField | undefined, value: FieldValue | undefined): string {
  const options = field?.control.kind === 'choice' ? field.control.options : []
  return options.find((option) => option.value === value)?.label ?? textOf(value)
}
