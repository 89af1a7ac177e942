import type { CheckSummary } from '#shared/contract/check.contract.ts'
import { checks, checkSourceIds, type CheckId, type CheckSource } from '#shared/domain/checks.ts'

export interface Shelf {
  readonly source: CheckSource
  readonly checks: readonly CheckSummary[]
}

export interface CheckShelves {
  /** With something to decide. */
  readonly open: readonly Shelf[]
  /** Looked at, and nothing is left to decide. */
  readonly clear: readonly CheckSummary[]
  /** Not run, or only in part, by what keeps them from it. */
  readonly unchecked: readonly { readonly reason: string; readonly checks: readonly CheckSummary[] }[]
}

export function shelve(summaries: readonly CheckSummary[]): CheckShelves {
  const unchecked = new Map<string, CheckSummary[]>()
  for (const check of summaries) {
    if (check.state !== 'not-checked') continue
    const reason = check.reason ?? 'It has not been run yet.'
    unchecked.set(reason, [...(unchecked.get(reason) ?? []), check])
  }
  const known = summaries.filter(({ state }) => state !== 'not-checked')
  return {
    open: checkSourceIds.flatMap((source) => {
      const some = known.filter((check) => check.open > 0 && checks[check.id].source === source)
      return some.length === 0 ? [] : [{ source, checks: some }]
    }),
    clear: known.filter(({ open }) => open === 0),
    unchecked: [...unchecked].map(([reason, some]) => ({ reason, checks: some })),
  }
}

/** The queue that a person who chose none most likely wants: the first with something to decide. */
export function firstQueue(shelves: CheckShelves): CheckId | null {
  return shelves.open[0]?.checks[0]?.id ?? shelves.clear[0]?.id ?? null
}

export function isGroupCheck(check: CheckId): boolean {
  return checks[check].source === 'duplicates'
}

/** The next queue with something to decide, or the one before; null where there is none in that direction. */
export function queueBeside(
  summaries: readonly CheckSummary[],
  chosen: CheckId,
  direction: 'next' | 'previous',
): CheckSummary | null {
  const known = checkSourceIds.flatMap((source) =>
    summaries.filter(({ id, state }) => state !== 'not-checked' && checks[id].source === source),
  )
  const here = known.findIndex(({ id }) => id === chosen)
  const isOpen = ({ open }: CheckSummary) => open > 0
  return (
    (direction === 'next'
      ? known.slice(here + 1).find(isOpen)
      : known.slice(0, Math.max(0, here)).findLast(isOpen)) ?? null
  )
}
