import type { FindingGroup, LabelAnswer } from '#shared/contract/check.contract.ts'
import type { ImageTile } from '#shared/contract/image.contract.ts'
import { formatShare } from '#shared/domain/format.ts'
import { tasks, type Task } from '#shared/domain/tasks.ts'
import { formatCategory } from '#renderer/components/format.ts'

const speakers = { models: 'Models that never saw it', neighbours: 'Its neighbours' } as const

/** "Models that never saw it: White 92%, Asian 5%. Its neighbours: White 80%." */
export function describeAnswers(answers: readonly LabelAnswer[]): string {
  if (answers.length === 0)
    return 'No model and no neighbours have judged it; a scan of faces and labels does.'
  const sentences = (['models', 'neighbours'] as const).flatMap((by) => {
    const own = answers.filter((answer) => answer.by === by)
    const words = own.map(({ label, share }) =>
      share === null ? formatCategory(label) : `${formatCategory(label)} ${formatShare(share, 0)}`,
    )
    return own.length === 0 ? [] : [`${speakers[by]}: ${words.join(', ')}.`]
  })
  return sentences.join(' ')
}

/** "Both speak strongly for Female (97%)." */
export const describeSuggestion = (suggested: FindingGroup['suggestedLabels'][Task]): string =>
  suggested === null
    ? ''
    : `Both speak strongly for ${formatCategory(suggested.label)} (${formatShare(suggested.strength, 0)}).`

/** The tasks in which copies differ: "age and race". */
export const listDiffering = (conflict: NonNullable<FindingGroup['conflict']>): Task[] =>
  tasks.filter((task) => conflict[task] !== undefined)

/** The labels that a copy carries, as a decision takes them over. */
export function labelsOf({ race, gender, ageYears, ageBin }: ImageTile): Partial<Record<Task, string>> {
  const age = ageYears === null ? ageBin : String(ageYears)
  return {
    ...(age === null ? {} : { age }),
    ...(gender === null ? {} : { gender }),
    ...(race === null ? {} : { race }),
  }
}
