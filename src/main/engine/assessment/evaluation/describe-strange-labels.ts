import { formatCount } from '#shared/domain/format.ts'
import type { Task } from '#shared/domain/tasks.ts'
import type { MemberImage } from '#engine/data/members/member-images.ts'
import type { TaskAnswers } from './domain/evaluate-task.ts'

const labelOf: Readonly<Record<Task, (image: MemberImage) => string | null>> = {
  race: ({ race }) => race,
  gender: ({ gender }) => gender,
  age: ({ ageBin, ageYears }) => ageBin ?? (ageYears === null ? null : String(ageYears)),
}

/** Labels of images that stand for none of the model's, as of another label scheme: how many, and that they count nowhere. */
export function describeStrangeLabels(
  images: readonly MemberImage[],
  answers: ReadonlyMap<Task, TaskAnswers>,
): string[] {
  return [...answers].flatMap(([task, { labels, labelled }]) => {
    const counts = new Map<string, number>()
    images.forEach((image, at) => {
      const label = labelOf[task](image)
      if (label !== null && (labelled[at] ?? -1) < 0) counts.set(label, (counts.get(label) ?? 0) + 1)
    })
    if (counts.size === 0) return []
    const all = [...counts.values()].reduce((sum, count) => sum + count, 0)
    const named = [...counts].map(([label, count]) => `${label} ${formatCount(count)}`).join(', ')
    return [
      `${formatCount(all)} of ${formatCount(images.length)} images are labelled with a ${task} that stands for none of this model's labels (${named}); it answers ${labels.join(', ')}. They count in no figure of ${task}.`,
    ]
  })
}
