import { useInfiniteQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import type { ImageFilter } from '#shared/contract/image.contract.ts'
import type { CheckId } from '#shared/domain/checks.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { isGroupCheck } from './check-groups.ts'
import { listEntries, locate, placeAfter, placeOf, type QueueEntry, type QueuePlace } from './queue-view.ts'
import type { ReviewSession } from './review-session.ts'

const pageSize = 60
/** The next page is asked for before the queue runs dry. */
const fewEntries = 24

export interface QueueOptions {
  readonly check: CheckId
  readonly filter: ImageFilter
  readonly session: ReviewSession
}

export interface Queue {
  readonly check: CheckId
  /** Worst first. */
  readonly entries: readonly QueueEntry[]
  /** Of the entry in view; null where none is left. */
  readonly index: number | null
  /** Whether there are entries that have not been read. */
  readonly hasMore: boolean
  readonly isPending: boolean
  /** Whether the engine is asked for more. */
  readonly isFetching: boolean
  readonly error: unknown
  readonly refetch: () => void
  readonly needUntil: (index: number) => void
  readonly goTo: (index: number) => void
  readonly goToPlace: (place: QueuePlace) => void
  /** Moves on from images that leave the queue. */
  readonly leave: (imageIds: ReadonlySet<number>) => void
}

/** The queue of a check without what this window has decided, and the place in it. */
export function useQueue({ check, filter, session }: QueueOptions): Queue {
  const api = useApi()
  const [place, setPlace] = useState<QueuePlace | null>(null)
  const query = useInfiniteQuery(
    api.finding.queue.infiniteOptions({
      input: (cursor: string | null) => ({ check, state: 'open' as const, filter, cursor, limit: pageSize }),
      initialPageParam: null,
      getNextPageParam: (page) => page.nextCursor,
    }),
  )
  const { data, hasNextPage, isFetching, fetchNextPage } = query
  const entries = useMemo(() => {
    const findings = data?.pages.flatMap(({ items }) => items) ?? []
    return listEntries(findings, { session, isGrouped: isGroupCheck(check) })
  }, [data, session, check])
  const index = locate(entries, place)

  const needUntil = (wanted: number) => {
    if (wanted >= entries.length - fewEntries && hasNextPage && !isFetching) void fetchNextPage()
  }
  return {
    check,
    entries,
    index,
    hasMore: hasNextPage,
    isPending: query.isPending,
    isFetching,
    error: query.error,
    refetch: () => void query.refetch(),
    needUntil,
    goTo: (wanted) => {
      const entry = entries[Math.max(0, Math.min(entries.length - 1, wanted))]
      if (entry === undefined) return
      setPlace(placeOf(entry))
      needUntil(wanted)
    },
    goToPlace: setPlace,
    leave: (imageIds) => {
      setPlace(placeAfter(entries, index ?? 0, imageIds))
      needUntil((index ?? 0) + imageIds.size)
    },
  }
}
