import type { Task } from '#shared/domain/tasks.ts'
import { readAge } from '#engine/data/catalogue/domain/age-label.ts'

/** What a reader said, as a decision could be made of it. */
export type ReadAnswer =
  | { readonly action: 'keep' | 'remove' }
  | { readonly action: 'relabel'; readonly task: Task; readonly value: string | null }

/** To the label that readers are shown it is a keep, whoever says it; so is the bin that shown years lie in. */
export function writeRelabel(task: Task, value: string | null, shown: string | null): string {
  const bin = task === 'age' && shown !== null ? readAge(shown)?.ageBin : shown
  if (value === shown || value === bin) return 'keep'
  return value === null ? `take the ${task} label away` : `relabel ${task} to ${value}`
}

/** The inverse of how answers are stored; null for what no version wrote. */
export function readStoredAnswer(text: string): ReadAnswer | null {
  if (text === 'keep' || text === 'remove') return { action: text }
  const relabel = /^relabel (race|gender|age) to (.+)$/.exec(text)
  const taken = /^take the (race|gender|age) label away$/.exec(text)
  const task = relabel?.[1] ?? taken?.[1]
  if (task !== 'race' && task !== 'gender' && task !== 'age') return null
  return { action: 'relabel', task, value: relabel?.[2] ?? null }
}
