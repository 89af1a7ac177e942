import * as z from 'zod'
import { task as taskSchema } from '#shared/contract/base.contract.ts'
import { ageBinLabels, ageBinMiddles } from '#shared/domain/label-schemes.ts'
import type { Task } from '#shared/domain/tasks.ts'
import {
  closeBins,
  expectYearsOff,
  flagLowScores,
  scoreCloseBins,
  scoreOutre,
} from '#engine/curation/label-checks/domain/age-quality.ts'
import { findLabelIssues } from '#engine/curation/label-checks/domain/confident-learning.ts'
import { labelRankings, scoreLabels } from '#engine/curation/label-checks/domain/label-quality.ts'
import {
  findArgmax,
  rowOf,
  type LabelledProbabilities,
} from '#engine/curation/label-checks/domain/labelled-probabilities.ts'
import type { CurrentLabels } from './label-source.repo.ts'

const floats = z.instanceof(Float64Array)

/** Out-of-sample answers for one task. */
export interface LabelEvidence {
  readonly task: Task
  readonly classes: readonly string[]
  readonly imageIds: Float64Array
  /** `[images, classes]`; null where a model gives years alone */
  readonly probabilities: Float32Array | null
  /** `[images]` predicted years, NaN where there are none */
  readonly years: Float64Array
}
export const labelEvidence = z.object({
  task: taskSchema,
  classes: z.array(z.string()).readonly(),
  imageIds: floats,
  probabilities: z.instanceof(Float32Array).nullable(),
  years: floats,
})

/** What a label check says, as columns: they cross between threads at no cost. */
export interface LabelColumns {
  readonly classes: readonly string[]
  readonly imageIds: Float64Array
  readonly scores: Float64Array
  readonly flags: Uint8Array
  /** Index of the given class. */
  readonly given: Int32Array
  readonly probabilities: Float32Array | null
  /** `[rankings][images]`; none where a model gives years alone */
  readonly quality: readonly Float64Array[]
  /** NaN where unknown; `yearsOff` is empty for other tasks than age. */
  readonly yearsOff: Float64Array
  readonly givenYears: Float64Array
  readonly predictedYears: Float64Array
}
export const labelColumns = z.object({
  classes: z.array(z.string()),
  imageIds: floats,
  scores: floats,
  flags: z.instanceof(Uint8Array),
  given: z.instanceof(Int32Array),
  probabilities: z.instanceof(Float32Array).nullable(),
  quality: z.array(floats),
  yearsOff: floats,
  givenYears: floats,
  predictedYears: floats,
})

/** Fewer labelled images say nothing about what is usual. */
export const fewestImages = 20
const noYears = new Float64Array(0)

/** The label of a task; of age its bin. */
export const labelOf = (labels: CurrentLabels | undefined, task: Task): string | null =>
  (task === 'age' ? labels?.ageBin : labels?.[task]) ?? null

/** Rows of the evidence whose image still carries a label among the classes. */
function joinLabels(evidence: LabelEvidence, labels: ReadonlyMap<number, CurrentLabels>) {
  const { task, classes, imageIds, probabilities, years } = evidence
  const indexOf = new Map(classes.map((label, index) => [label, index]))
  const givenOf = Array.from(imageIds, (id) => indexOf.get(labelOf(labels.get(id), task) ?? '') ?? -1)
  const rows = givenOf.flatMap((given, row) => (given === -1 ? [] : [row]))
  const width = classes.length
  const kept = probabilities === null ? null : new Float32Array(rows.length * width)
  rows.forEach((row, at) => {
    if (probabilities !== null) kept?.set(probabilities.subarray(row * width, (row + 1) * width), at * width)
  })
  const pick = (read: (row: number) => number): Float64Array => Float64Array.from(rows, read)
  return {
    imageIds: pick((row) => imageIds[row] ?? 0),
    given: Int32Array.from(rows, (row) => givenOf[row] ?? -1),
    probabilities: kept,
    predictedYears: pick((row) => years[row] ?? NaN),
    givenYears: pick((row) => labels.get(imageIds[row] ?? 0)?.ageYears ?? NaN),
  }
}

type JoinedLabels = ReturnType<typeof joinLabels>

/** Columns of the rows that `keep` marks. */
function filterRows(joined: JoinedLabels, keep: (row: number) => boolean): JoinedLabels {
  const pick = <Column extends Float64Array | Int32Array>(column: Column) =>
    column.filter((_, row) => keep(row))
  return {
    imageIds: Float64Array.from(pick(joined.imageIds)),
    given: Int32Array.from(pick(joined.given)),
    probabilities: null,
    predictedYears: Float64Array.from(pick(joined.predictedYears)),
    givenYears: Float64Array.from(pick(joined.givenYears)),
  }
}

/** Models of years: label and prediction are numbers, judged by OUTRE. */
function judgeYears(joined: JoinedLabels, classes: readonly string[], seed: number): LabelColumns {
  const known = filterRows(
    joined,
    (row) => Number.isFinite(joined.givenYears[row]) && Number.isFinite(joined.predictedYears[row]),
  )
  const { givenYears, predictedYears } = known
  const scores = scoreOutre({ labels: givenYears, predictions: predictedYears }, seed)
  return {
    ...known,
    classes: [...classes],
    scores,
    flags: flagLowScores(scores),
    quality: [],
    yearsOff: givenYears.map((years, image) => Math.abs((predictedYears[image] ?? 0) - years)),
  }
}

function judgeBins(
  given: LabelledProbabilities,
  classes: readonly string[],
): Pick<LabelColumns, 'scores' | 'flags' | 'yearsOff'> {
  // Bins that nobody is labelled with are no classes, so classes side by side need not be neighbouring bins.
  const bins = classes.map((label) => ageBinLabels.findIndex((bin) => bin === label))
  const middles = bins.map((bin) => ageBinMiddles[bin] ?? NaN)
  const yearsOff = expectYearsOff(given, middles)
  const flags = new Uint8Array(given.labels.length)
  for (const image of findLabelIssues(given, { filter: 'prune_by_noise_rate', rankBy: 'self_confidence' })) {
    const binOf = (label: number): number => bins[label] ?? NaN
    const apart = Math.abs(binOf(findArgmax(rowOf(given, image))) - binOf(given.labels[image] ?? 0))
    if (apart > closeBins) flags[image] = 1
  }
  return { yearsOff, flags, scores: scoreCloseBins(given, bins) }
}

/**
 * Judges the labels that images carry now by what models say that never saw them: race, gender and age bins by confident
 * learning (ages ranked by how likely the label is at most one bin off), ages in years by OUTRE. Images without a label of the task, or with one
 * that the models do not know, are left out.
 *
 * @returns null where fewer than 20 images can be judged
 */
export function judgeLabels(
  evidence: LabelEvidence,
  { labels, seed }: { labels: ReadonlyMap<number, CurrentLabels>; seed: number },
): LabelColumns | null {
  const { task, classes } = evidence
  const joined = joinLabels(evidence, labels)
  if (task === 'age' && joined.predictedYears.some(Number.isFinite)) {
    const columns = judgeYears(joined, classes, seed)
    return columns.imageIds.length < fewestImages ? null : columns
  }
  if (joined.probabilities === null || joined.imageIds.length < fewestImages) return null
  const given: LabelledProbabilities = {
    classes: classes.length,
    labels: joined.given,
    probabilities: joined.probabilities,
  }
  const quality = labelRankings.map((ranking) => scoreLabels(given, ranking))
  if (task === 'age') return { ...joined, classes, quality, ...judgeBins(given, classes) }
  const flags = new Uint8Array(joined.given.length)
  for (const image of findLabelIssues(given, { filter: 'prune_by_noise_rate', rankBy: 'self_confidence' })) {
    flags[image] = 1
  }
  return { ...joined, classes, quality, flags, scores: quality[0] ?? noYears, yearsOff: noYears }
}
