import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { FindingGroup } from '#shared/contract/check.contract.ts'
import type { CheckId } from '#shared/domain/checks.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'

export interface GroupChoice {
  /** Null while it is read, for an entry that is no group, and where one copy alone is left of it. */
  readonly group: FindingGroup | null
  /** Whether the group is still being read: until then nobody knows what a decision would be about. */
  readonly isPending: boolean
  /** Whether one copy alone is left, the others having been removed. */
  readonly isAlone: boolean
  readonly error: unknown
  /** Members that stay. */
  readonly kept: ReadonlySet<number>
  readonly toggle: (imageId: number) => void
}

/** Removed copies are shown, and decided no more. */
export const isPresent = ({ tile }: FindingGroup['members'][number]): boolean => tile.status !== 'removed'

/** The copies of one picture and which of them stay: at first the suggested one. */
export function useGroup(check: CheckId, groupId: number | null): GroupChoice {
  const api = useApi()
  const [choice, setChoice] = useState<{
    readonly groupId: number
    readonly kept: ReadonlySet<number>
  } | null>(null)
  const query = useQuery(
    api.finding.group.queryOptions({ input: { check, groupId: groupId ?? 0 }, enabled: groupId !== null }),
  )
  const known = groupId !== null && query.data?.groupId === groupId ? query.data : null
  const isAlone = known !== null && known.members.filter(isPresent).length < 2
  const group = isAlone ? null : known
  const suggested = group?.suggestedKeep?.imageId
  const kept =
    choice !== null && choice.groupId === groupId
      ? choice.kept
      : new Set<number>(suggested === undefined ? [] : [suggested])
  return {
    group,
    isPending: groupId !== null && known === null,
    isAlone,
    error: groupId === null ? null : query.error,
    kept,
    toggle: (imageId) => {
      if (groupId === null) return
      const next = new Set(kept)
      if (!next.delete(imageId)) next.add(imageId)
      setChoice({ groupId, kept: next })
    },
  }
}
