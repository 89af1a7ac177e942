import {
  changeKinds,
  type ChangeKind,
  type SensitivityComparison,
} from '#shared/contract/sensitivity.contract.ts'
import type { Task } from '#shared/domain/tasks.ts'
import { describeFairness, listJudged } from '#engine/assessment/fairness/domain/describe-fairness.ts'
import { resampleGroups } from '#engine/assessment/fairness/domain/resample-groups.ts'
import { sumClusters } from '#engine/assessment/metrics/domain/cluster-sums.ts'
import { correctFamily } from '#engine/assessment/metrics/domain/correct-family.ts'
import type { Grouping } from '#engine/assessment/metrics/domain/measure.ts'
import { crossGroups, type TaskRecords } from '#engine/assessment/metrics/domain/records.ts'
import { meanMetric, shareMetric, type SumMetric } from '#engine/assessment/metrics/domain/sum-metrics.ts'
import { changes, changesOf } from './changes.ts'

/** What a model answers in one task to pictures and their changes; `n` images. */
export interface ChangedAnswers {
  readonly task: Task
  /** `[n, changes]` class index; -1 throughout for an image that could not be read. */
  readonly predicted: Int16Array
  /** `[n, changes]`; null for answers without years. */
  readonly years: Float32Array | null
}

/** Whether any of the changes of a kind is answered otherwise than the picture as it is. */
export function isFlipped({ predicted }: ChangedAnswers, kind: ChangeKind, image: number): boolean {
  const first = image * changes.length
  return changesOf(kind).some((place) => predicted[first + place] !== predicted[first])
}

/** By how many years the answer moves, in the mean over the changes of a kind; NaN without years. */
export function moveYears({ predicted, years }: ChangedAnswers, kind: ChangeKind, image: number): number {
  const first = image * changes.length
  if (years === null || (predicted[first] ?? -1) < 0) return Number.NaN
  const places = changesOf(kind)
  return (
    places.reduce((sum, place) => sum + Math.abs((years[first + place] ?? 0) - (years[first] ?? 0)), 0) /
    places.length
  )
}

interface CompareOptions {
  readonly draws: number
  readonly seed: number
}

type Whose = Pick<TaskRecords, 'clusters' | 'groupings' | 'labelled'>

type Gap = NonNullable<SensitivityComparison['flipsGap']>
type Uncorrected<Value> = Value extends Gap ? Omit<Gap, 'adjusted'> : Value
type Compared = {
  readonly [Key in keyof SensitivityComparison]: Uncorrected<SensitivityComparison[Key]>
}

const options = {
  margin: 0.05,
  correction: 'holm',
  intervals: 'each',
  confidence: 0.95,
  isHeldAgainstZero: false,
} as const

/** One metric by the groups of one labelling, with the gap of chance; over all, also images that lack the label of a group count. */
function measure(metric: SumMetric, whose: Whose, { by, draws, seed }: CompareOptions & { by: Grouping }) {
  const cells = crossGroups(whose, [by])
  const sums = sumClusters(metric, { clusters: whose.clusters, cells })
  const judged = listJudged(sums)
  const resampled = judged.length < 2 ? null : resampleGroups(sums, judged, { draws, seed, level: options })
  const { groups, gap } = describeFairness(sums, cells, { options, resampled })
  const everyone = crossGroups(whose, [])
  const all = sumClusters(metric, { clusters: whose.clusters, cells: everyone })
  const { overall } = describeFairness(all, everyone, { options, resampled: null })
  return { overall, groups, gap: gap === null ? null : withoutExcess(gap) }
}

const withoutExcess = ({ observed, expectedByChance, highByChance, p }: Omit<Gap, 'adjusted'>) => ({
  observed,
  expectedByChance,
  highByChance,
  p,
})

function compareKind(
  answers: ChangedAnswers,
  whose: Whose,
  { kind, by, ...draws }: CompareOptions & { kind: ChangeKind; by: Grouping },
): Compared {
  const isRead = (image: number): boolean => (answers.predicted[image * changes.length] ?? -1) >= 0
  const flips = measure(
    shareMetric(isRead, (image) => isFlipped(answers, kind, image)),
    whose,
    { by, ...draws },
  )
  const moved =
    answers.years === null
      ? null
      : measure(
          meanMetric((image) => moveYears(answers, kind, image), 'years'),
          whose,
          { by, ...draws },
        )
  const people = new Set(whose.clusters.filter((_, image) => isRead(image))).size
  return {
    task: answers.task,
    kind,
    by,
    overall: { flips: flips.overall, movedYears: moved?.overall ?? null, people },
    groups: flips.groups.flatMap(({ group, identities, value, low, high, n }, place) => {
      if (n === 0) return []
      const years = moved?.groups[place]
      return [
        {
          group: group[by] ?? '',
          flips: { value, low, high, n },
          movedYears:
            years === undefined ? null : { value: years.value, low: years.low, high: years.high, n: years.n },
          people: identities,
        },
      ]
    }),
    flipsGap: flips.gap,
    movedYearsGap: moved?.gap ?? null,
  }
}

/**
 * How answers change by every task, kind of change and labelling: shares and means over people, and whether groups differ
 * beyond chance, corrected by Holm over all of them.
 */
export function compareChanges(
  all: readonly ChangedAnswers[],
  whose: Whose,
  draws: CompareOptions,
): SensitivityComparison[] {
  const found = all.flatMap((answers) =>
    changeKinds.flatMap((kind) =>
      (['race', 'gender', 'age'] as const).map((by) => compareKind(answers, whose, { kind, by, ...draws })),
    ),
  )
  const ps = found.flatMap(({ flipsGap, movedYearsGap }) => [
    flipsGap?.p ?? Number.NaN,
    movedYearsGap?.p ?? Number.NaN,
  ])
  const corrected = correctFamily(ps, { correction: 'holm' })
  const correct = (gap: Omit<Gap, 'adjusted'> | null, place: number): Gap | null =>
    gap === null ? null : { ...gap, adjusted: corrected[place]?.adjusted ?? 1 }
  return found.map((one, place) => ({
    ...one,
    flipsGap: correct(one.flipsGap, 2 * place),
    movedYearsGap: correct(one.movedYearsGap, 2 * place + 1),
  }))
}
