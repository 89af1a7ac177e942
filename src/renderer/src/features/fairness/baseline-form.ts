import type {
  BaselineColumn,
  BaselineImport,
  BaselineMapping,
  BaselineRule,
  ImportKind,
} from '#shared/contract/baseline.contract.ts'
import { isTableKind } from './baseline-kinds.ts'

/** What the dialog that takes in answers holds. */
export interface BaselineForm {
  readonly path: string
  readonly kind: ImportKind
  readonly name: string
  readonly columns: Readonly<Partial<Record<BaselineColumn, string>>>
  readonly imageName: string
  readonly rules: readonly BaselineRule[]
}

export const emptyBaselineForm: BaselineForm = {
  path: '',
  kind: 'csv',
  name: '',
  columns: {},
  imageName: '',
  rules: [],
}

/** What is sent for a form; fields left empty are left to what is usual. */
export function toBaselineRequest(form: BaselineForm, isDryRun: boolean): BaselineImport {
  const columns = Object.fromEntries(
    Object.entries(isTableKind(form.kind) ? form.columns : {}).flatMap(([column, name]) =>
      name.trim() === '' ? [] : [[column, name.trim()]],
    ),
  )
  const name = form.name.trim()
  return {
    path: form.path.trim(),
    kind: form.kind,
    ...(name === '' ? {} : { name }),
    columns,
    map: [...form.rules],
    replace: [],
    imageName: form.imageName.trim() === '' ? '{}' : form.imageName.trim(),
    isDryRun,
  }
}

export const nameRule = ({ task, from }: Pick<BaselineRule, 'task' | 'from'>): string => `${task} ${from}`

/** The rules with one word's changed; a word that is given no label is left to what is usual. */
export function changeRule(
  rules: readonly BaselineRule[],
  { task, from }: Pick<BaselineMapping, 'task' | 'from'>,
  to: string | null,
): BaselineRule[] {
  const others = rules.filter((one) => nameRule(one) !== nameRule({ task, from }))
  return to === null ? others : [...others, { task, from, to }]
}
