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
import { numberGroups } from './number-groups.ts'

/** Draws of the bootstrap, and the seed of them all: the same answers give the same intervals. */
const replicates = 2000
const seed = 1

type DrawContext = Pick<JobContext, 'signal' | 'report'>

/** Everything that an evaluation says of its answers: the same for the same images and answers. */
export async function measureAnswers(
  images: readonly MemberImage[],
  answers: ReadonlyMap<Task, TaskAnswers>,
  context: DrawContext,
): Promise<Omit<StoredResult, 'notes' | 'computedBy' | 'rounding' | 'withoutFace'>> {
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

/** Gives the thread free after each draw, which takes some milliseconds. */
function pauseBetweenDraws({ signal, report }: DrawContext): (done: number) => Promise<void> {
  return async (done) => {
    if (done % 100 === 0) report({ phase: 'Estimating intervals', done, total: replicates })
    await setImmediate()
    signal.throwIfAborted()
  }
}
