import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { FindingGroup } from '#shared/contract/check.contract.ts'
import type { CheckId } from '#shared/domain/checks.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'

export interface GroupChoice {
  /** Null while it is read, and for an entry that is no group. */
  readonly group: FindingGroup | null
  readonly error: unknown
  /** Members that stay. */
  readonly kept: ReadonlySet<number>
  readonly toggle: (imageId: number) => void
}

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
  const group = groupId !== null && query.data?.groupId === groupId ? query.data : null
  const suggested = group?.suggestedKeep?.imageId
  const kept =
    choice !== null && choice.groupId === groupId
      ? choice.kept
      : new Set<number>(suggested === undefined ? [] : [suggested])
  return {
    group,
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
