import { setImmediate } from 'node:timers/promises'
import type { Task } from '#shared/domain/tasks.ts'
import type { JobContext } from '#engine/base/jobs/job.ts'
import type { MemberImage } from '#engine/data/members/member-images.ts'
import {
  describeIntervals,
  evaluateTasks,
  type TaskAnswers,
} from '#engine/assessment/evaluation/domain/evaluate-task.ts'
import type { StoredResult } from './evaluation.repo.ts'

/** Draws of the bootstrap, and the seed of them all: the same answers give the same intervals. */
const replicates = 2000
const seed = 1

type DrawContext = Pick<JobContext, 'signal' | 'report'>

/** Everything that an evaluation says of its answers: the same for the same images and answers. */
export async function measureAnswers(
  images: readonly MemberImage[],
  answers: ReadonlyMap<Task, TaskAnswers>,
  context: DrawContext,
): Promise<Omit<StoredResult, 'notes' | 'computedBy' | 'rounding'>> {
  const groups = numberGroups(images)
  const pause = pauseBetweenDraws(context)
  const drawn = { seed, replicates, groups: new Set(groups).size }
  return {
    tasks: await evaluateTasks(answers, { groups, seed, replicates, pause }),
    images: images.length,
    intervals: describeIntervals({ images: images.length, ...drawn }),
    bootstrap: drawn,
  }
}

/** Which images belong to one person or have the same pixels, as numbers from 0 on. */
export function numberGroups(images: readonly Pick<MemberImage, 'groupKey'>[]): Int32Array {
  const numbers = new Map<string, number>()
  return Int32Array.from(images, ({ groupKey }) => {
    const number = numbers.get(groupKey) ?? numbers.size
    numbers.set(groupKey, number)
    return number
  })
}

/** Gives the thread free after each draw, which takes some milliseconds. */
function pauseBetweenDraws({ signal, report }: DrawContext): (done: number) => Promise<void> {
  return async (done) => {
    if (done % 100 === 0) report({ phase: 'Estimating intervals', done, total: replicates })
    await setImmediate()
    signal.throwIfAborted()
  }
}
