import type { ComputedBy } from '#engine/base/runtime/inference-session.ts'
import type { Task } from '#shared/domain/tasks.ts'
import type { MemberImage } from '#engine/data/members/member-images.ts'
import type { TaskAnswers } from './domain/evaluate-task.ts'
import { describeFaceless } from './describe-faceless.ts'
import { describeStrangeLabels } from './describe-strange-labels.ts'

/** What a reader would not expect. */
const describeComputing = ({ library, arithmetic, instead }: ComputedBy): string[] => [
  ...(instead === null ? [] : [`${library} computed it, not oneDNN: ${instead}.`]),
  ...(arithmetic === 'bf16' ? [`${library} computed it in bf16, which keeps 8 bits of a number.`] : []),
]

interface Told {
  /** Of the split: whether curation has overtaken it. */
  readonly overtaken: readonly string[]
  /** Of the model: what it has seen before. */
  readonly origin: readonly string[]
  readonly images: readonly MemberImage[]
  /** Positions of the images in which no face was found. */
  readonly withoutFace: ReadonlySet<number>
  readonly answers: ReadonlyMap<Task, TaskAnswers>
  readonly computedBy: ComputedBy | null
}

/** What a reader should know of an evaluation, one sentence each, in the order in which it is told. */
export const gatherNotes = (told: Told): string[] => [
  ...told.overtaken,
  ...told.origin,
  ...describeStrangeLabels(told.images, told.answers),
  ...describeFaceless(told.images, told.withoutFace, told.answers),
  ...(told.computedBy === null ? [] : describeComputing(told.computedBy)),
]
