import { AppError } from '#shared/contract/errors.ts'
import {
  sweepRunsAtMost,
  type ChoiceValue,
  type ListAxis,
  type RangeAxis,
  type SweepPlan,
} from '#shared/contract/sweep.contract.ts'
import { trainConfig, type TrainConfig } from '#shared/contract/train-config.contract.ts'
import { describeChoice, listChoices } from '#shared/derived/compare-choices.ts'
import { canVary, isKindChoice, setChoice } from '#shared/derived/set-choice.ts'
import { toCanonicalJson } from '#engine/base/kernel/hash.ts'
import { createInvalidInput } from '#engine/base/kernel/parse-input.ts'
import { createRandom, type Random } from '#engine/base/kernel/random.ts'

/** One value per axis, in the order of the axes. */
type Draw = readonly { readonly path: string; readonly value: ChoiceValue }[]

const isRange = (axis: ListAxis | RangeAxis): axis is RangeAxis => 'low' in axis

function listGrid(axes: readonly ListAxis[]): Draw[] {
  const runs = axes.reduce((product, { values }) => product * values.length, 1)
  if (runs > sweepRunsAtMost) {
    throw new AppError(
      'INVALID_INPUT',
      `The grid has ${runs} runs, more than ${sweepRunsAtMost}. Give fewer values, or draw at random.`,
      { details: { runs } },
    )
  }
  return axes.reduce<Draw[]>(
    (draws, { path, values }) => draws.flatMap((draw) => values.map((value) => [...draw, { path, value }])),
    [[]],
  )
}

/** Three digits are all that a drawn number means; its words stay short. */
function drawNumber({ low, high, scale, isWhole }: RangeAxis, random: Random): number {
  const share = random.float()
  const drawn = scale === 'log' ? low * (high / low) ** share : low + (high - low) * share
  const rounded = isWhole ? Math.round(drawn) : Number(drawn.toPrecision(3))
  return Math.min(high, Math.max(low, rounded))
}

function drawValue(axis: ListAxis | RangeAxis, random: Random): ChoiceValue {
  if (isRange(axis)) return drawNumber(axis, random)
  return axis.values[random.int(0, axis.values.length - 1)] ?? null
}

function listDraws(plan: SweepPlan): Draw[] {
  if (plan.kind === 'grid') return listGrid(plan.axes)
  return Array.from({ length: plan.draws }, (_, index) =>
    plan.axes.map((axis) => ({
      path: axis.path,
      value: drawValue(axis, createRandom(plan.seed, ['sweep', index, axis.path])),
    })),
  )
}

function describeValue(value: ChoiceValue): string {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? toCanonicalJson(value)
    : describeChoice(value)
}

const describeDraw = (draw: Draw): string =>
  draw.map(({ path, value }) => `${path}=${describeValue(value)}`).join(', ')

/** Paths that no configuration has are errors: zod would pass over them, and all runs would be the same. */
function checkPaths({ axes }: SweepPlan): void {
  for (const [index, { path }] of axes.entries()) {
    if (!canVary(path)) {
      throw new AppError(
        'INVALID_INPUT',
        `${path}: runs of a sweep cannot differ in this. Name another choice.`,
        {
          details: { field: path },
        },
      )
    }
    if (axes.findIndex((other) => other.path === path) !== index) {
      throw new AppError('INVALID_INPUT', `${path} stands there twice. Put its values into one list.`, {
        details: { field: path },
      })
    }
  }
}

function applyDraw(base: TrainConfig, draw: Draw): TrainConfig {
  const kindsFirst = [...draw].sort((a, b) => Number(isKindChoice(b.path)) - Number(isKindChoice(a.path)))
  const choices = kindsFirst.reduce<Record<string, unknown>>(
    (set, { path, value }) => setChoice(set, path, value),
    base,
  )
  const read = trainConfig.safeParse(choices)
  if (!read.success) throw createInvalidInput(`The run with ${describeDraw(draw)}`, read.error.issues)
  const has = listChoices(read.data)
  const lost = draw.find(
    ({ path }) =>
      !isKindChoice(path) && ![...has.keys()].some((known) => known === path || known.startsWith(`${path}.`)),
  )
  if (lost !== undefined) {
    throw new AppError(
      'INVALID_INPUT',
      `The run with ${describeDraw(draw)}: there is no choice ${lost.path} in it.`,
      { details: { field: lost.path } },
    )
  }
  return read.data
}

export interface PlannedSweepRun {
  readonly config: TrainConfig
  /** What tells it from the others: "combination=dwa, sampler=balanced". */
  readonly words: string
}

/**
 * The configurations of a sweep, each checked, equal ones once. The same plan and seed give the same runs.
 * @throws AppError INVALID_INPUT naming the run and the choice that does not fit, or how many runs are too many.
 */
export function planSweep(base: TrainConfig, plan: SweepPlan): PlannedSweepRun[] {
  checkPaths(plan)
  const runs = listDraws(plan).map((draw) => ({ config: applyDraw(base, draw), words: describeDraw(draw) }))
  return [...new Map(runs.map((run) => [toCanonicalJson(run.config), run])).values()]
}
