import { formatEstimate } from '#shared/domain/format.ts'
import { estimateProportion } from '#shared/domain/intervals.ts'
import type { Task } from '#shared/domain/tasks.ts'
import type { MemberImage } from '#engine/data/members/member-images.ts'
import { noteFaceless } from '#engine/learning/training/domain/faceless.ts'
import type { TaskAnswers } from './domain/evaluate-task.ts'

/** The share of right answers among the images that are counted. */
function measure({ labelled, predicted }: TaskAnswers, isCounted: (at: number) => boolean): string {
  const asked = [...labelled.keys()].filter((at) => (labelled[at] ?? -1) >= 0 && isCounted(at))
  const right = asked.filter((at) => labelled[at] === predicted[at]).length
  return formatEstimate(estimateProportion(right, asked.length))
}

/** What a reader must know of images in which a model of faces found none: how many, of whom, and the figures without them. */
export function describeFaceless(
  images: readonly MemberImage[],
  withoutFace: ReadonlySet<number>,
  answers: ReadonlyMap<Task, TaskAnswers>,
): string[] {
  if (withoutFace.size === 0) return []
  const faceless = new Set(images.filter((_, at) => withoutFace.has(at)))
  const figures = [...answers].map(
    ([task, given]) =>
      `${task} ${measure(given, (at) => !withoutFace.has(at))} with a face, ${measure(given, (at) => withoutFace.has(at))} without`,
  )
  return [
    ...noteFaceless(images, faceless, {
      what: 'images',
      fate: 'which are answered by the whole picture and counted among the others',
    }),
    `Accuracy apart: ${figures.join('; ')}.`,
  ]
}
