import type { TrainConfig } from '#shared/contract/train-config.contract.ts'
import { formatFigure } from '#renderer/components/format.ts'
import { formatTasks } from './fields/field-words.ts'
import type { FieldValue, Oversampling } from './fields/train-field.ts'
import { findField, trainFields } from './fields/train-fields.ts'
import { appliesTo, draftOfConfig, flattenConfig } from './train-draft.ts'

function isOversampling(value: unknown): value is Oversampling {
  return typeof value === 'object' && value !== null && 'factor' in value
}

/** A field's value as a table shows it. */
export function formatChoice(path: string, value: FieldValue): string {
  const field = findField(path)
  if (path === 'tasks') return formatTasks(value)
  if (path === 'init' && typeof value === 'string' && value !== 'random') {
    return value.split(/[\\/]/).at(-1) ?? value
  }
  if (value === null) return field?.control.kind === 'optional-number' ? field.control.none : 'None'
  if (typeof value === 'number') return formatFigure(value)
  if (typeof value === 'boolean') return value ? 'Yes' : 'No'
  if (typeof value === 'string') {
    const options = field?.control.kind === 'choice' ? field.control.options : []
    return options.find((option) => option.value === value)?.label ?? value
  }
  const rows = value.map((row) => (isOversampling(row) ? `${row.label} × ${row.factor}` : row))
  return rows.join(', ') || 'None'
}

export interface ConfigColumn {
  readonly path: string
  readonly title: string
}

const quietPaths = new Set(['splitId', 'name'])

/** A configuration's choices that mean something, in words, by path. */
export function describeConfig(config: TrainConfig): ReadonlyMap<string, string> {
  const draft = draftOfConfig(config)
  const flat = flattenConfig(config)
  return new Map(
    trainFields.flatMap((field): [string, string][] => {
      const value = flat[field.path]
      const isShown = value !== undefined && !quietPaths.has(field.path) && appliesTo(field, draft)
      return isShown ? [[field.path, formatChoice(field.path, value)]] : []
    }),
  )
}

/** The choices in which these configurations are not all alike, in the form's order. */
export function findDifferingColumns(configs: readonly TrainConfig[]): ConfigColumn[] {
  const described = configs.map(describeConfig)
  return trainFields
    .filter(({ path }) => new Set(described.map((words) => words.get(path))).size > 1)
    .map(({ path, title }) => ({ path, title }))
}
