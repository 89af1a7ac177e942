import type { GroupEstimate, TaskEvaluation } from '#shared/contract/evaluation.contract.ts'
import type { Estimate } from '#shared/domain/intervals.ts'
import { tasks, type Task } from '#shared/domain/tasks.ts'
import { Confusion } from '#engine/networks/tallies/domain/confusion.ts'
import { bootstrapFigures, type Resampling } from '#engine/assessment/metrics/domain/bootstrap.ts'
import { scoreClasses } from '#engine/assessment/metrics/domain/class-scores.ts'
import type { GroupedImages, Measure } from '#engine/assessment/metrics/domain/measure.ts'
import {
  estimateShare,
  estimateShares,
  type AskedShare,
} from '#engine/assessment/metrics/domain/share-estimates.ts'
import { measureYears } from '#engine/assessment/metrics/domain/years-errors.ts'

export interface TaskAnswers {
  readonly labels: readonly string[]
  /** Class index per image, -1 where the label is missing. */
  readonly labelled: readonly number[]
  readonly predicted: readonly number[]
  readonly groupings: readonly GroupedImages[]
  /** Whether the labels follow each other, as ages do. */
  readonly areOrdered?: boolean
  /** Predicted and exact labelled years per image, for models that give years. */
  readonly years?: { readonly predicted: readonly number[]; readonly labelled: readonly (number | null)[] }
}

function countAnswers({ labels, labelled, predicted }: TaskAnswers, weights?: Int32Array): Confusion {
  const confusion = new Confusion(labels.length)
  for (let image = 0; image < labelled.length; image++) {
    confusion.add(labelled[image] ?? -1, predicted[image] ?? -1, weights?.[image] ?? 1)
  }
  return confusion
}

/** Answers that meet a condition, among images with a label. */
const askLabelled = (
  { labelled, predicted }: TaskAnswers,
  clusters: Int32Array,
  isMet: (label: number, answer: number) => boolean,
): AskedShare => ({
  clusters,
  isAsked: (image) => (labelled[image] ?? -1) >= 0,
  isMet: (image) => isMet(labelled[image] ?? -1, predicted[image] ?? -1),
})

const isRight = (label: number, answer: number): boolean => label === answer
const isNear = (label: number, answer: number): boolean => answer >= 0 && Math.abs(label - answer) <= 1

/** Groups in their scheme's order; those without a labelled image stand with n = 0, so that gaps are seen. */
function estimateByGroup(
  answers: TaskAnswers,
  grouped: GroupedImages,
  clusters: Int32Array,
): GroupEstimate[] {
  const shares = estimateShares(askLabelled(answers, clusters, isRight), grouped)
  const none: Estimate = { value: null, low: null, high: null, n: 0 }
  return grouped.groups.map((group, index) => ({
    grouping: grouped.grouping,
    group,
    ...(shares[index]?.estimate ?? none),
  }))
}

function measureYearsOf(answers: TaskAnswers): Measure<NonNullable<TaskEvaluation['years']>> | null {
  const { years, labelled, groupings } = answers
  if (years === undefined) return null
  const binAlone = labelled.filter((label, image) => label >= 0 && years.labelled[image] === null).length
  return measureYears({ ...years, groupings, binAlone })
}

const classFigures = 2

/**
 * One task's results: confusion counts, accuracies as a whole and by group with 95 % intervals over people, and figures whose
 * intervals need resampling.
 * @param clusters `[n]` number of each image's person or set of copies, from 0 on
 */
export function measureTask(answers: TaskAnswers, clusters: Int32Array): Measure<TaskEvaluation> {
  const confusion = countAnswers(answers)
  const { n } = confusion
  const years = measureYearsOf(answers)
  return {
    figures: (weights) => {
      const { balancedAccuracy, macroF1 } = scoreClasses(countAnswers(answers, weights).counts)
      return [balancedAccuracy, macroF1, ...(years?.figures(weights) ?? [])]
    },
    describe: (estimate) => ({
      accuracy: estimateShare(askLabelled(answers, clusters, isRight)),
      balancedAccuracy: estimate(0, n),
      macroF1: estimate(1, n),
      oneOff: answers.areOrdered === true ? estimateShare(askLabelled(answers, clusters, isNear)) : null,
      years: years?.describe((figure, members) => estimate(classFigures + figure, members)) ?? null,
      byGroup: answers.groupings.flatMap((grouped) => estimateByGroup(answers, grouped, clusters)),
      confusion: { labels: [...answers.labels], counts: [...confusion.counts] },
      missing: answers.labelled.length - n,
    }),
  }
}

/** The results of all tasks of the same images; every interval that needs resampling comes from the same draws. */
export async function evaluateTasks(
  answers: ReadonlyMap<Task, TaskAnswers>,
  resampling: Resampling,
): Promise<Record<Task, TaskEvaluation | null>> {
  const measures = tasks.flatMap((task) => {
    const asked = answers.get(task)
    return asked === undefined ? [] : [{ task, measure: measureTask(asked, resampling.groups) }]
  })
  const figures = (weights: Int32Array): number[] =>
    measures.flatMap(({ measure }) => measure.figures(weights))
  const intervals = await bootstrapFigures(figures, resampling)
  const results: Record<Task, TaskEvaluation | null> = { age: null, gender: null, race: null }
  const once = new Int32Array(resampling.groups.length).fill(1)
  let first = 0
  for (const { task, measure } of measures) {
    const values = measure.figures(once)
    const own = intervals.slice(first, first + values.length)
    first += values.length
    results[task] = measure.describe((figure, n): Estimate => {
      const value = values[figure] ?? Number.NaN
      if (Number.isNaN(value)) return { value: null, low: null, high: null, n }
      return { value, low: own[figure]?.low ?? null, high: own[figure]?.high ?? null, n }
    })
  }
  return results
}

/** How the intervals were made, and what they take for granted. */
export function describeIntervals(facts: { images: number; groups: number; replicates: number }): string {
  const { images, groups, replicates } = facts
  const wilson =
    groups === images
      ? 'Accuracies: 95 % Wilson score intervals.'
      : `Accuracies: 95 % Wilson score intervals with the number of independent images that the pictures of these ${groups} people or sets of copies are worth.`
  const independence =
    groups === images
      ? `No person and no picture is known to repeat among these ${images} images.`
      : `These ${images} images stand in ${groups} groups of one person or copies of one picture: the groups, not the images, are what is sampled.`
  const drawn = `All other figures: 95 % percentile bootstrap over these ${groups === images ? 'images' : 'groups'}, ${replicates} draws.`
  return `${wilson} ${independence} ${drawn}`
}
