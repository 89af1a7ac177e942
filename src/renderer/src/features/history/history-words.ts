import type { DecisionChange, HistoryEntry } from '#shared/contract/decision.contract.ts'
import type { SnapshotDifference } from '#shared/contract/snapshot.contract.ts'
import { checks } from '#shared/domain/checks.ts'
import { removeReasons } from '#shared/domain/decision-words.ts'
import { lookUp } from '#shared/domain/look-up.ts'
import { formatCategory, pluralise } from '#renderer/components/format.ts'

/** "in Greyscale: no face, a dog": where and why, as far as it was said. */
export function describeWhy({ check, changes: [first] }: HistoryEntry): string {
  const reason = first?.reason ?? null
  const why = [
    reason === null ? null : (lookUp(removeReasons, reason) ?? reason),
    first?.note ?? null,
  ].filter((part) => part !== null && part !== '')
  const where = check === null ? null : `in ${checks[check].title}`
  return [where, why.length === 0 ? null : why.join(', ')].filter((part) => part !== null).join(': ')
}

const fieldWords = {
  status: 'status',
  suspect: 'identity suspect',
  review: 'answered',
  race: 'race',
  gender: 'gender',
  age: 'age',
} as const satisfies Record<DecisionChange['field'], string>

/** "race: White → Indian" */
export function describeChange({ field, from, to }: DecisionChange): string {
  const word = (value: string | null) => (value === null ? 'none' : formatCategory(value))
  return `${fieldWords[field]}: ${word(from)} → ${word(to)}`
}

/** Whether this reviewer can take the act back. */
export const canUndo = ({ kind, isUndone, reviewer }: HistoryEntry, who: string): boolean =>
  (kind === 'decide' || kind === 'import') && !isUndone && reviewer === who

/** "12 images, 1 left alone" */
export function describeReach({ images, conflicts }: HistoryEntry): string {
  return conflicts === 0
    ? pluralise(images, 'image')
    : `${pluralise(images, 'image')}, ${pluralise(conflicts, 'image')} left alone`
}

/** What became of an image since a snapshot. */
export function describeDifference({ kind, before, after }: SnapshotDifference): string {
  if (kind !== 'changed' || before === null || after === null) return kind
  return (['race', 'gender', 'age', 'identity'] as const)
    .filter((task) => before[task] !== after[task])
    .map(
      (task) =>
        `${task}: ${formatCategory(before[task] ?? 'none')} → ${formatCategory(after[task] ?? 'none')}`,
    )
    .join(', ')
}
