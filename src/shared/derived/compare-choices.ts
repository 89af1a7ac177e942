import type { TrainConfig } from '../contract/train-config.contract.ts'
import { isObject } from '../domain/is-object.ts'
import { choicePaths, titleOfChoice } from '../contract/train-choices.ts'

/** A choice in one word or number, at the place of the configuration where it stands. */
export type Choice = string | number | boolean | null | readonly unknown[]

function* walkChoices(
  value: Record<string, unknown>,
  prefix = '',
): Generator<[path: string, choice: Choice]> {
  for (const [key, item] of Object.entries(value)) {
    const path = prefix === '' ? key : `${prefix}.${key}`
    if (isObject(item)) yield* walkChoices(item, path)
    else if (Array.isArray(item)) yield [path, item]
    else if (
      item === null ||
      typeof item === 'string' ||
      typeof item === 'number' ||
      typeof item === 'boolean'
    ) {
      yield [path, item]
    }
  }
}

/** Every choice of a configuration by its path; the name is none. */
export function listChoices(config: TrainConfig): Map<string, Choice> {
  const { name: _name, ...choices } = config
  return new Map(walkChoices(choices))
}

function describeItem(item: unknown): string {
  if (!isObject(item)) return String(item)
  const { task, label, factor } = item
  return typeof task === 'string' && typeof label === 'string' && typeof factor === 'number'
    ? `${task}=${label}:${factor}`
    : JSON.stringify(item)
}

/** A choice as people write it: "yes", "none", "0.002", "age, gender". */
export function describeChoice(choice: Choice): string {
  if (choice === null) return 'none'
  if (typeof choice === 'boolean') return choice ? 'yes' : 'no'
  if (Array.isArray(choice)) return choice.length === 0 ? 'none' : choice.map(describeItem).join(', ')
  return String(choice)
}

export interface ChoiceDifference {
  readonly path: string
  readonly title: string
  /** In the order of the configurations; null where the choice does not apply. */
  readonly values: (string | null)[]
}

/** The choices in which configurations differ, in the order of their rows, then as they stand. */
export function diffChoices(configs: readonly TrainConfig[]): ChoiceDifference[] {
  const all = configs.map(listChoices)
  const met = new Set(all.flatMap((choices) => [...choices.keys()]))
  const known: readonly string[] = choicePaths
  const paths = [
    ...known.filter((path) => met.has(path)),
    ...[...met].filter((path) => !known.includes(path)),
  ]
  return paths.flatMap((path) => {
    const values = all.map((choices) => {
      const choice = choices.get(path)
      return choice === undefined ? null : describeChoice(choice)
    })
    return values.every((value) => value === values[0]) ? [] : [{ path, title: titleOfChoice(path), values }]
  })
}
