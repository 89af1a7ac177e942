import {
  sweepPlan,
  sweepRunsAtMost,
  type RangeAxis,
  type SweepPlan,
} from '#shared/contract/sweep.contract.ts'
import { pluralise } from '#renderer/components/format.ts'
import type { FieldValue, TrainDraft, TrainField } from './fields/train-field.ts'
import { findField, trainFields } from './fields/train-fields.ts'
import { appliesTo, toTrainRequest } from './train-draft.ts'
import { lookUp } from '#shared/domain/look-up.ts'

/** One varied choice while the sweep is put together. */
export interface SweepAxis {
  readonly key: number
  readonly path: string
  /** Chosen options of a choice or a switch. */
  readonly words: readonly string[]
  /** Numbers as typed: "0.001, 0.002". */
  readonly text: string
  /** Draw numbers between bounds; random sweeps only. */
  readonly isRange: boolean
  readonly low: number | ''
  readonly high: number | ''
  readonly scale: 'linear' | 'log'
}

export interface SweepForm {
  readonly name: string
  readonly kind: 'grid' | 'random'
  readonly draws: number | ''
  readonly seed: number | ''
  readonly axes: readonly SweepAxis[]
}

export function makeAxis(key: number, path: string): SweepAxis {
  return { key, path, words: [], text: '', isRange: false, low: '', high: '', scale: 'log' }
}

export const emptySweepForm: SweepForm = {
  name: '',
  kind: 'grid',
  draws: 8,
  seed: 1,
  axes: [makeAxis(0, 'learningRate')],
}

export function isNumeric(field: TrainField | undefined): boolean {
  return field?.control.kind === 'number' || field?.control.kind === 'optional-number'
}

/** The fields that a sweep can vary, given the form's other choices. */
export function findSweepable(draft: TrainDraft): TrainField[] {
  const kinds = new Set(['choice', 'number', 'optional-number', 'switch'])
  return trainFields.filter((field) => kinds.has(field.control.kind) && appliesTo(field, draft))
}

export function listOptions(field: TrainField | undefined): readonly { value: string; label: string }[] {
  if (field?.control.kind === 'choice') return field.control.options
  return [
    { value: 'true', label: 'Yes' },
    { value: 'false', label: 'No' },
  ]
}

export type SweepReading =
  | { readonly ok: true; readonly plan: SweepPlan; readonly runs: number }
  | { readonly ok: false; readonly problem: string }

/** The plan as the engine takes it with the number of runs it makes, or what stands in the way. */
export function readSweep(form: SweepForm, draft: TrainDraft): SweepReading {
  const paths = form.axes.map(({ path }) => path)
  if (paths.length === 0) return refuse('Add a field to vary.')
  if (new Set(paths).size < paths.length) return refuse('A field stands there twice.')
  const axes: ReadAxis[] = []
  for (const axis of form.axes) {
    const read = readAxis(axis, form.kind, draft)
    if (typeof read === 'string') return refuse(read)
    axes.push(read)
  }
  const parsed = sweepPlan.safeParse(
    form.kind === 'grid'
      ? { kind: 'grid', axes }
      : { kind: 'random', draws: form.draws, seed: form.seed, axes },
  )
  if (!parsed.success) return refuse(`${parsed.error.issues[0]?.message ?? 'This plan cannot be used'}.`)
  const runs = parsed.data.kind === 'grid' ? countGrid(parsed.data.axes) : parsed.data.draws
  return runs > sweepRunsAtMost
    ? refuse(`${pluralise(runs, 'run')}; a sweep has ${sweepRunsAtMost} at most.`)
    : { ok: true, plan: parsed.data, runs }
}

function refuse(problem: string): SweepReading {
  return { ok: false, problem }
}

function countGrid(axes: readonly { readonly values: readonly unknown[] }[]): number {
  return axes.reduce((product, { values }) => product * values.length, 1)
}

type ReadAxis = RangeAxis | { readonly path: string; readonly values: readonly unknown[] }

/** @returns the axis, or what is wrong with it in words. */
function readAxis(axis: SweepAxis, kind: SweepForm['kind'], draft: TrainDraft): ReadAxis | string {
  const field = findField(axis.path)
  const title = field?.title ?? axis.path
  if (field === undefined) return `${title} is no field.`
  if (kind === 'random' && axis.isRange && isNumeric(field)) return readRange(axis, field)
  const values: FieldValue[] = isNumeric(field) ? readNumbers(axis.text) : readWords(axis, field)
  if (values.length === 0) return `${title}: choose at least one value.`
  if (values.some(Number.isNaN)) return `${title}: write numbers with commas between them.`
  const problems = values.flatMap((value) => findProblem(draft, axis.path, value) ?? [])
  if (problems[0] !== undefined) return `${title}: ${problems[0]}`
  return toListAxis(axis.path, values, draft)
}

function readRange({ path, low, high, scale }: SweepAxis, field: TrainField): ReadAxis | string {
  if (low === '' || high === '') return `${field.title}: give both bounds.`
  if (low >= high) return `${field.title}: the lower bound must be below the upper one.`
  if (scale === 'log' && low <= 0) return `${field.title}: a logarithmic range begins above 0.`
  const isWhole = 'isWhole' in field.control && field.control.isWhole
  return { path, low, high, scale, isWhole }
}

function readNumbers(text: string): (number | null)[] {
  return text
    .split(/[,;\s]+/)
    .filter(Boolean)
    .map((word) => (/^none$/i.test(word) ? null : Number(word)))
}

function readWords({ words }: SweepAxis, field: TrainField): (string | boolean)[] {
  return field.control.kind === 'switch' ? words.map((word) => word === 'true') : [...words]
}

function findProblem(draft: TrainDraft, path: string, value: FieldValue): string | null {
  const request = toTrainRequest({ ...draft, [path]: value })
  return request.ok ? null : (request.problems.get(path) ?? null)
}

/** A kind is varied as the whole choice it belongs to, with the form's own values for what comes with it. */
const wholeChoices: Readonly<Record<string, 'age' | 'combination' | 'optimiser'>> = {
  'age.target': 'age',
  'combination.kind': 'combination',
  'optimiser.kind': 'optimiser',
}

function toListAxis(path: string, values: readonly FieldValue[], draft: TrainDraft): ReadAxis {
  const whole = lookUp(wholeChoices, path)
  if (whole === undefined) return { path, values }
  return {
    path: whole,
    values: values.flatMap((value) => {
      const request = toTrainRequest({ ...draft, [path]: value })
      return request.ok ? [request.config[whole]] : []
    }),
  }
}
