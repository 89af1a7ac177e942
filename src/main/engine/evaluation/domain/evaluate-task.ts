import type { GroupEstimate, TaskEvaluation } from '#shared/contract/evaluation.contract.ts'
import { estimateProportion } from '#shared/domain/intervals.ts'

export type Grouping = GroupEstimate['grouping']

/** One labelling of the same images into groups: an index into `groups` per image, -1 where unknown. */
export interface GroupedImages {
  readonly grouping: Grouping
  readonly groups: readonly string[]
  readonly indices: readonly number[]
}

export interface TaskAnswers {
  readonly labels: readonly string[]
  /** Class index per image, -1 where the label is missing. */
  readonly labelled: readonly number[]
  readonly predicted: readonly number[]
  readonly groupings: readonly GroupedImages[]
}

function countAnswers({ labels, labelled, predicted }: TaskAnswers): number[][] {
  const counts = labels.map(() => labels.map(() => 0))
  labelled.forEach((label, image) => {
    const row = counts[label]
    const answer = predicted[image] ?? -1
    if (row !== undefined && row[answer] !== undefined) row[answer]++
  })
  return counts
}

/** Groups in their scheme's order; those without a labelled image stand with n = 0, so that gaps are seen. */
function estimateByGroup({ labelled, predicted }: TaskAnswers, grouped: GroupedImages): GroupEstimate[] {
  const correct = grouped.groups.map(() => 0)
  const total = grouped.groups.map(() => 0)
  grouped.indices.forEach((group, image) => {
    const label = labelled[image] ?? -1
    const count = total[group]
    if (label < 0 || count === undefined) return
    total[group] = count + 1
    if (label === predicted[image]) correct[group] = (correct[group] ?? 0) + 1
  })
  return grouped.groups.map((group, index) => ({
    grouping: grouped.grouping,
    group,
    ...estimateProportion(correct[index] ?? 0, total[index] ?? 0),
  }))
}

/** Accuracy with 95 % Wilson intervals, as a whole and by group, and the confusion counts of one task. */
export function evaluateTask(answers: TaskAnswers): TaskEvaluation {
  const counts = countAnswers(answers)
  const n = counts.flat().reduce((sum, count) => sum + count, 0)
  const correct = counts.reduce((sum, row, index) => sum + (row[index] ?? 0), 0)
  return {
    accuracy: estimateProportion(correct, n),
    byGroup: answers.groupings.flatMap((grouped) => estimateByGroup(answers, grouped)),
    confusion: { labels: [...answers.labels], counts },
    missing: answers.labelled.length - n,
  }
}

/** How the intervals were made, and what they take for granted. */
export function describeIntervals(images: number, groups: number): string {
  const method = '95 % Wilson score intervals that take the images as independent.'
  return groups === images
    ? `${method} No person and no picture is known to repeat among these ${images} images.`
    : `${method} These ${images} images stand in ${groups} groups of one person or identical pixels, so the true intervals are wider.`
}
