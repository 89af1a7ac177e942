import type { TaskRounding } from '#shared/contract/evaluation.contract.ts'
import { estimateProportion } from '#shared/domain/intervals.ts'
import type { Task } from '#shared/domain/tasks.ts'
import type { MemberImage } from '#engine/data/members/member-images.ts'
import { testGroups } from '#engine/curation/checks/test-groups.ts'
import type { TaskAnswers } from '#engine/assessment/evaluation/domain/evaluate-task.ts'
import { judgeImages } from './judge-images.ts'

type Heads = ReadonlyMap<Task, Float32Array>

const findLargest = (narrow: Float32Array, wide: Float32Array): number =>
  narrow.reduce((largest, value, at) => Math.max(largest, Math.abs(value - (wide[at] ?? Number.NaN))), 0)

/** Share of the images at these positions whose answers differ. */
function countChanged(isChanged: readonly boolean[], positions: readonly number[]) {
  return estimateProportion(positions.filter((at) => isChanged[at]).length, positions.length)
}

function measureTask(
  task: Task,
  { narrow, wide }: { readonly narrow: TaskAnswers; readonly wide: TaskAnswers },
  largest: number,
): TaskRounding {
  const isChanged = narrow.predicted.map((answer, at) => answer !== wide.predicted[at])
  const all = [...isChanged.keys()]
  const labelled = all.filter((at) => (narrow.labelled[at] ?? -1) >= 0)
  const countRight = ({ predicted }: TaskAnswers): number =>
    labelled.filter((at) => predicted[at] === narrow.labelled[at]).length
  const byGroup = narrow.groupings.map(({ grouping, groups, indices }) => {
    const rates = groups
      .map((group, index) => ({
        group,
        rate: countChanged(
          isChanged,
          all.filter((at) => indices[at] === index),
        ),
      }))
      .filter(({ rate }) => rate.n > 0)
    return { grouping, rates, test: testGroups(rates) }
  })
  return {
    task,
    changed: countChanged(isChanged, all),
    largest,
    accuracyGain: labelled.length === 0 ? null : (countRight(narrow) - countRight(wide)) / labelled.length,
    byGroup,
  }
}

/**
 * How bf16 changes a model's answers, by the groups that the images are labelled with.
 * @param heads the numbers of each head, `[images, numbers]`, by the same file in both arithmetics
 */
export function measureRounding(
  images: readonly MemberImage[],
  model: Parameters<typeof judgeImages>[1],
  heads: { readonly narrow: Heads; readonly wide: Heads },
): TaskRounding[] {
  const narrow = judgeImages(images, model, heads.narrow).answers
  const wide = judgeImages(images, model, heads.wide).answers
  return [...narrow].flatMap(([task, answers]) => {
    const other = wide.get(task)
    const [numbers, others] = [heads.narrow.get(task), heads.wide.get(task)]
    if (other === undefined || numbers === undefined || others === undefined) return []
    return [measureTask(task, { narrow: answers, wide: other }, findLargest(numbers, others))]
  })
}
