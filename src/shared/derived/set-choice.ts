import { isObject } from '../domain/is-object.ts'
import { choicePaths } from '../contract/train-choices.ts'
import { lookUp } from '../domain/look-up.ts'

/** Choices that have kinds, each with fields of its own, and where the kind stands. */
const kindFields: Readonly<Record<string, string>> = {
  age: 'target',
  combination: 'kind',
  optimiser: 'kind',
  sampler: 'kind',
}

const fields: ReadonlySet<string> = new Set(choicePaths.map((path) => path.split('.')[0] ?? path))
const fixedFields = new Set(['splitId', 'name'])

/** Whether runs can differ in this choice: a field of the configuration that is neither the split nor the name. */
export function canVary(path: string): boolean {
  const [field = ''] = path.split('.')
  return fields.has(field) && !fixedFields.has(field)
}

/** `combination` and `combination.kind` mean the same choice, which must be set before the fields of its kind. */
export function isKindChoice(path: string): boolean {
  const [field = '', inner, ...rest] = path.split('.')
  return (
    lookUp(kindFields, field) !== undefined &&
    rest.length === 0 &&
    (inner === undefined || inner === lookUp(kindFields, field))
  )
}

function setKind(current: unknown, kind: string, kindField: string): unknown {
  return isObject(current) && current[kindField] === kind ? current : { [kindField]: kind }
}

/**
 * The choices with one of them set; the result is not yet checked. Another kind (of age, combination, optimiser or
 * sampler) takes that kind's own defaults.
 */
export function setChoice(
  choices: Readonly<Record<string, unknown>>,
  path: string,
  value: unknown,
): Record<string, unknown> {
  const [field = '', ...rest] = path.split('.')
  const current = choices[field]
  const kindField = lookUp(kindFields, field)
  if (kindField !== undefined && typeof value === 'string' && isKindChoice(path)) {
    return { ...choices, [field]: setKind(current, value, kindField) }
  }
  if (rest.length === 0) return { ...choices, [field]: value }
  return { ...choices, [field]: setChoice(isObject(current) ? current : {}, rest.join('.'), value) }
}
