import type { LabelSuggestions } from '#shared/contract/check.contract.ts'
import { ageBinLabels, ageBinMiddles, binOfYears } from '#shared/domain/label-schemes.ts'
import type { Task } from '#shared/domain/tasks.ts'
import type { LabelConflict } from './conflicting-labels.ts'
import type { Voices } from './read-answers.ts'

/** What part of what models give to all labels of the copies one must have; docs/measured.md says how often it is right then. */
const leastStrength = { race: 0.95, gender: 0.95, age: 0.98 } as const satisfies Record<Task, number>

type Suggestion = NonNullable<LabelSuggestions['race']>

const isYears = (label: string): boolean => /^\d+(?:\.\d+)?$/u.test(label)
/** The class that models give an age by; the other labels are classes themselves. */
const classOf = (label: string): string | null => (isYears(label) ? binOfYears(Number(label)) : label)
const yearsOf = (label: string): number =>
  isYears(label) ? Number(label) : (ageBinMiddles[ageBinLabels.findIndex((bin) => bin === label)] ?? NaN)

/** The label that models speak for most, and its part of what they give to all labels of the copies; null where one is unknown to them. */
function findBest(labels: readonly string[], models: Voices['models']): Suggestion | null {
  const shares = labels.map((label) => ({ label, share: models.get(classOf(label) ?? '') ?? NaN }))
  const total = shares.reduce((sum, { share }) => sum + share, 0)
  const [first] = shares.toSorted((a, b) => b.share - a.share)
  // Two ages in one bin share its probability, which then tells neither.
  return first === undefined || !(total > 0) ? null : { label: first.label, strength: first.share / total }
}

/** Whether the neighbours of every copy that has some say so too. */
function isShared({ label }: Suggestion, labels: readonly string[], { tops, years }: Voices): boolean {
  if (tops.length > 0) return tops.every((top) => top === label)
  const far = (median: number, own: string): number => Math.abs(median - yearsOf(own))
  return (
    years.length > 0 &&
    years.every((median) =>
      labels.every((other) => other === label || far(median, label) < far(median, other)),
    )
  )
}

/**
 * Of the labels in which copies of one picture differ, the one that models which never saw the copies speak for strongly and that
 * the copies' neighbours, the copies left out, speak for too. Nothing else: order of import is order of file names, which begin
 * with the label.
 */
export function suggestLabels(
  conflict: LabelConflict['labels'],
  voicesOf: (task: Task) => Voices,
): LabelSuggestions {
  const suggest = (task: Task): Suggestion | null => {
    const labels = conflict[task] ?? []
    const voices = voicesOf(task)
    const best = findBest(labels, voices.models)
    if (best === null || best.strength < leastStrength[task]) return null
    return isShared(best, labels, voices) ? best : null
  }
  return { race: suggest('race'), gender: suggest('gender'), age: suggest('age') }
}
