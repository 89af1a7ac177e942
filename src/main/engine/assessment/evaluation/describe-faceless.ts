import { fewestForFigure } from '#shared/domain/fairness-metrics.ts'
import { formatCount, formatEstimate } from '#shared/domain/format.ts'
import type { Task } from '#shared/domain/tasks.ts'
import type { MemberImage } from '#engine/data/members/member-images.ts'
import { noteFaceless } from '#engine/learning/training/domain/faceless.ts'
import { estimateShare } from '#engine/assessment/metrics/domain/share-estimates.ts'
import type { TaskAnswers } from './domain/evaluate-task.ts'
import { numberGroups } from './number-groups.ts'

interface Asked {
  readonly clusters: Int32Array
  readonly isCounted: (at: number) => boolean
}

/** The share of right answers among the images that are counted, with its interval over people; their count alone where they are few. */
function measure({ labelled, predicted }: TaskAnswers, { clusters, isCounted }: Asked): string {
  const share = estimateShare({
    clusters,
    isAsked: (at) => (labelled[at] ?? -1) >= 0 && isCounted(at),
    isMet: (at) => labelled[at] === predicted[at],
  })
  return share.n < fewestForFigure
    ? `too few for a figure (n = ${formatCount(share.n)})`
    : formatEstimate(share)
}

/** What a reader must know of images in which a model of faces found none: how many, of whom, and the figures without them. */
export function describeFaceless(
  images: readonly MemberImage[],
  withoutFace: ReadonlySet<number>,
  answers: ReadonlyMap<Task, TaskAnswers>,
): string[] {
  if (withoutFace.size === 0) return []
  const faceless = new Set(images.filter((_, at) => withoutFace.has(at)))
  const clusters = numberGroups(images)
  const figures = [...answers].map(([task, given]) => {
    const withFace = measure(given, { clusters, isCounted: (at) => !withoutFace.has(at) })
    const without = measure(given, { clusters, isCounted: (at) => withoutFace.has(at) })
    return `${task} ${withFace} with a face, ${without} without`
  })
  return [
    ...noteFaceless(images, faceless, {
      what: 'images',
      fate: 'which are answered by the whole picture and counted among the others',
    }),
    `Accuracy apart: ${figures.join('; ')}.`,
  ]
}
