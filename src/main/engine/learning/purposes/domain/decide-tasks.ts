import type { NamedPurpose, Purpose } from '#shared/contract/purpose.contract.ts'
import { guardedTasks, type GuardedTask } from '#shared/domain/guarded-tasks.ts'

/** What an answer or a file leaves out, and why, in one sentence. */
export interface Withheld {
  readonly tasks: GuardedTask[]
  readonly reason: string
}

export interface TaskDecision {
  /** What the answer is given under; null where it needs none or has none. */
  readonly purpose: NamedPurpose | null
  readonly withheld: Withheld | null
}

/** What is asked for under which purpose, on which day. */
export interface TaskQuestion {
  /** Tasks that the model has heads for. */
  readonly heads: readonly string[]
  readonly guarded: readonly GuardedTask[]
  readonly purpose: (NamedPurpose & { readonly endedAt?: string | null }) | null
  /** `YYYY-MM-DD` in UTC. */
  readonly today: string
}

export const isExpired = ({ until }: Pick<NamedPurpose, 'until'>, today: string): boolean => until < today

export function stateOf(purpose: Pick<Purpose, 'endedAt' | 'until'>, today: string): Purpose['state'] {
  if (purpose.endedAt !== null) return 'ended'
  return isExpired(purpose, today) ? 'expired' : 'open'
}

/** Which of the guarded heads are answered. Looked at anew for each answer, since a purpose ends meanwhile. */
export function decideTasks({ heads, guarded, purpose, today }: TaskQuestion): TaskDecision {
  const wanted = guardedTasks.filter((task) => guarded.includes(task) && heads.includes(task))
  if (wanted.length === 0) return { purpose: null, withheld: null }
  const isOpen = purpose !== null && (purpose.endedAt ?? null) === null && !isExpired(purpose, today)
  const granted = isOpen ? wanted.filter((task) => purpose.tasks.includes(task)) : []
  const left = wanted.filter((task) => !granted.includes(task))
  return {
    purpose: granted.length > 0 && purpose !== null ? namePurpose(purpose) : null,
    withheld: left.length === 0 ? null : { tasks: left, reason: explain(left, purpose, today) },
  }
}

const namePurpose = ({ id, tasks, who, what, until }: NamedPurpose): NamedPurpose => ({
  id,
  tasks,
  who,
  what,
  until,
})

function explain(tasks: readonly GuardedTask[], purpose: TaskQuestion['purpose'], today: string): string {
  const left = `${tasks.join(' and ')} ${tasks.length === 1 ? 'is' : 'are'} left out`
  const sentence = `${left.charAt(0).toUpperCase()}${left.slice(1)}`
  const record = `evenhand purpose record --tasks ${tasks.join(',')} --who NAME --what TEXT --until DATE`
  const ended = purpose?.endedAt ?? null
  const because =
    purpose === null
      ? 'no purpose was named'
      : ended !== null
        ? `purpose ${purpose.id} was ended on ${ended.slice(0, 10)}`
        : isExpired(purpose, today)
          ? `purpose ${purpose.id} held until ${purpose.until}`
          : `purpose ${purpose.id} is for ${purpose.tasks.join(' and ')} alone`
  return `${sentence}: ${because}. Record one in the project (${record}) and name its number with --purpose.`
}
