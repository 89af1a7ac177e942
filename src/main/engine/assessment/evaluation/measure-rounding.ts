import type { TaskRounding } from '#shared/contract/evaluation.contract.ts'
import type { Task } from '#shared/domain/tasks.ts'
import type { MemberImage } from '#engine/data/members/member-images.ts'
import { testGroups } from '#engine/curation/checks/test-groups.ts'
import type { TaskAnswers } from '#engine/assessment/evaluation/domain/evaluate-task.ts'
import {
  estimateShare,
  estimateShares,
  type EstimatedShare,
} from '#engine/assessment/metrics/domain/share-estimates.ts'
import { judgeImages } from './judge-images.ts'
import { numberGroups } from './number-groups.ts'

type Heads = ReadonlyMap<Task, Float32Array>

const findLargest = (narrow: Float32Array, wide: Float32Array): number =>
  narrow.reduce((largest, value, at) => Math.max(largest, Math.abs(value - (wide[at] ?? Number.NaN))), 0)

/**
 * What the groups' design effects come to in a test that their shares are alike (Rao & Scott 1981): a large group weighs less,
 * since the share of all is nearly its own.
 */
function joinDesignEffects(shares: readonly EstimatedShare[]): number {
  const known = shares.filter(({ estimate }) => estimate.n > 0)
  const all = known.reduce((sum, { estimate }) => sum + estimate.n, 0)
  if (known.length < 2) return 1
  const sum = known.reduce(
    (total, { estimate, designEffect }) => total + (1 - estimate.n / all) * designEffect,
    0,
  )
  return Math.max(1, sum / (known.length - 1))
}

interface Compared {
  readonly narrow: TaskAnswers
  readonly wide: TaskAnswers
  /** `[n]` the person of each image. */
  readonly clusters: Int32Array
}

function measureTask(task: Task, { narrow, wide, clusters }: Compared, largest: number): TaskRounding {
  const isMet = (at: number): boolean => narrow.predicted[at] !== wide.predicted[at]
  const changes = { clusters, isAsked: () => true, isMet }
  const labelled = [...narrow.labelled.keys()].filter((at) => (narrow.labelled[at] ?? -1) >= 0)
  const countRight = ({ predicted }: TaskAnswers): number =>
    labelled.filter((at) => predicted[at] === narrow.labelled[at]).length
  const byGroup = narrow.groupings.map((grouped) => {
    const shares = estimateShares(changes, grouped)
    const rates = grouped.groups.flatMap((group, index) => {
      const rate = shares[index]?.estimate
      return rate === undefined || rate.n === 0 ? [] : [{ group, rate }]
    })
    return { grouping: grouped.grouping, rates, test: testGroups(rates, joinDesignEffects(shares)) }
  })
  return {
    task,
    changed: estimateShare(changes),
    largest,
    accuracyGain: labelled.length === 0 ? null : (countRight(narrow) - countRight(wide)) / labelled.length,
    byGroup,
  }
}

/**
 * How bf16 changes a model's answers, by the groups that the images are labelled with: intervals and tests over people.
 * @param heads the numbers of each head, `[images, numbers]`, by the same file in both arithmetics
 */
export function measureRounding(
  images: readonly MemberImage[],
  model: Parameters<typeof judgeImages>[1],
  heads: { readonly narrow: Heads; readonly wide: Heads },
): TaskRounding[] {
  const narrow = judgeImages(images, model, heads.narrow).answers
  const wide = judgeImages(images, model, heads.wide).answers
  const clusters = numberGroups(images)
  return [...narrow].flatMap(([task, answers]) => {
    const other = wide.get(task)
    const [numbers, others] = [heads.narrow.get(task), heads.wide.get(task)]
    if (other === undefined || numbers === undefined || others === undefined) return []
    return [measureTask(task, { narrow: answers, wide: other, clusters }, findLargest(numbers, others))]
  })
}
