import type * as z from 'zod'
import {
  trainConfig,
  type TrainConfig,
  type TrainConfigInput,
} from '#shared/contract/train-config.contract.ts'
import { fillFromPreset, type TrainPreset } from '#shared/derived/train-presets.ts'
import type { FieldValue, TrainDraft, TrainField } from './fields/train-field.ts'
import { findField, trainFields } from './fields/train-fields.ts'

type Tree = Readonly<Record<string, unknown>>

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isFieldValue(value: unknown): value is FieldValue {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value) || Array.isArray(value)
}

/** A configuration's choices by dotted path; lists stay whole. */
export function flattenConfig(config: Tree, prefix = ''): TrainDraft {
  const pairs = Object.entries(config).flatMap(([key, value]): [string, FieldValue][] => {
    const path = prefix + key
    if (isTree(value)) return Object.entries(flattenConfig(value, `${path}.`))
    return isFieldValue(value) ? [[path, value]] : []
  })
  return Object.fromEntries(pairs)
}

/** The defaults of the choices not taken by default, so that a form has a value for every field. */
const branches = [
  { age: { target: 'years' } },
  { combination: { kind: 'dwa' } },
  { combination: { kind: 'fixed', weights: {} } },
  { optimiser: { kind: 'sgd' } },
  {},
] as const

const anySplit = trainConfig.shape.splitId.parse(1)

/** What a form holds where the configuration holds nothing. */
const leftOut: TrainDraft = { name: '', arithmetic: 'auto' }

const defaults: TrainDraft = {
  ...Object.assign(
    {},
    ...branches.map((branch) => flattenConfig(trainConfig.parse({ splitId: anySplit, ...branch }))),
  ),
  splitId: null,
  ...leftOut,
}

export function draftOfConfig(config: TrainConfig): TrainDraft {
  return { ...defaults, ...flattenConfig(config), name: '' }
}

/** A preset as a form shows it; it says nothing of the split, the name and the start weights. */
export function draftOfPreset(preset: TrainPreset, init: string): TrainDraft {
  const filled = fillFromPreset(preset, init)
  return { ...draftOfConfig(trainConfig.parse({ ...filled, splitId: anySplit })), splitId: null, init }
}

/** What stays as it is when a preset or an earlier run fills the form. */
const ownPaths = new Set(['splitId', 'name'])

/** What a probe follows: it is solved at once, from every face as it is. */
const probePaths = new Set(['splitId', 'tasks', 'arch', 'age.target', 'ageCap', 'name'])

export function appliesTo(field: TrainField, draft: TrainDraft): boolean {
  if (draft['arch'] === 'face-probe' && !probePaths.has(field.path)) return false
  return field.applies?.(draft) ?? true
}

function isSame(a: FieldValue | undefined, b: FieldValue | undefined): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b)
}

/** Paths of the visible fields whose value is not the reference's. */
export function findChanges(draft: TrainDraft, reference: TrainDraft): ReadonlySet<string> {
  return new Set(
    trainFields
      .filter((field) => !ownPaths.has(field.path) && appliesTo(field, draft))
      .filter(({ path }) => !isSame(draft[path], reference[path]))
      .map(({ path }) => path),
  )
}

/** Brings a form from one reference to another: what was changed by hand stays. */
export function rebaseDraft(draft: TrainDraft, from: TrainDraft, to: TrainDraft): TrainDraft {
  return Object.fromEntries(
    Object.entries(draft).map(([path, value]) => [
      path,
      !ownPaths.has(path) && isSame(value, from[path]) ? (to[path] ?? value) : value,
    ]),
  )
}

/** Fills everything but the split and the name. */
export function fillDraft(draft: TrainDraft, reference: TrainDraft): TrainDraft {
  return { ...reference, splitId: draft['splitId'] ?? null, name: draft['name'] ?? '' }
}

function setAt(tree: Tree, keys: readonly string[], value: unknown): Tree {
  const [key = '', ...rest] = keys
  const branch = tree[key]
  return { ...tree, [key]: rest.length === 0 ? value : setAt(isTree(branch) ? branch : {}, rest, value) }
}

function nestFields(draft: TrainDraft): Tree {
  return trainFields.reduce<Tree>((tree, field) => {
    const held = draft[field.path]
    const value = typeof held === 'string' ? held.trim() : held
    const isLeftOut = value === undefined || value === leftOut[field.path]
    return isLeftOut || !appliesTo(field, draft) ? tree : setAt(tree, field.path.split('.'), value)
  }, {})
}

export type TrainRequest =
  | { readonly ok: true; readonly config: TrainConfigInput }
  /** What stands in the way, by field path. */
  | { readonly ok: false; readonly problems: ReadonlyMap<string, string> }

/** The run as the engine takes it, or what is wrong with each field, in words. */
export function toTrainRequest(draft: TrainDraft): TrainRequest {
  const parsed = trainConfig.safeParse(nestFields(draft))
  if (parsed.success) return { ok: true, config: parsed.data }
  const problems = new Map<string, string>()
  for (const issue of parsed.error.issues) {
    const path = fieldPathOf(issue.path)
    if (!problems.has(path)) problems.set(path, describeIssue(issue, path))
  }
  return { ok: false, problems }
}

/** The longest part of an issue's path that is a field's. */
function fieldPathOf(path: readonly PropertyKey[]): string {
  for (let length = path.length; length > 0; length--) {
    const candidate = path.slice(0, length).join('.')
    if (findField(candidate) !== undefined) return candidate
  }
  return path.join('.')
}

function describeIssue(issue: z.core.$ZodIssue, path: string): string {
  if (path === 'splitId') return 'Choose the split to train on.'
  if (path === 'tasks') return 'Choose at least one head.'
  if (path === 'init') return 'Name the weights file, or start from random weights.'
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'int' ? 'A whole number.' : 'A number.'
    case 'too_small':
      if (issue.origin === 'string') return 'Something must stand here.'
      return issue.inclusive === false ? `More than ${issue.minimum}.` : `At least ${issue.minimum}.`
    case 'too_big':
      if (issue.origin === 'string') return `At most ${issue.maximum} characters.`
      return issue.inclusive === false ? `Less than ${issue.maximum}.` : `At most ${issue.maximum}.`
    case 'not_multiple_of':
      return `A multiple of ${issue.divisor}.`
    default:
      return `${issue.message.replace(/\.$/, '')}.`
  }
}
