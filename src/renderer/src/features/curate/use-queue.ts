import { useInfiniteQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import type { ImageFilter } from '#shared/contract/image.contract.ts'
import type { CheckId } from '#shared/domain/checks.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { isGroupCheck } from './check-groups.ts'
import {
  listEntries,
  locate,
  placeAt,
  placeBehind,
  step,
  type QueueEntry,
  type QueuePlace,
} from './queue-view.ts'
import type { ReviewSession } from './review-session.ts'

const pageSize = 60
/** The next page is asked for before the queue runs dry. */
const fewEntries = 24

export interface QueueOptions {
  readonly check: CheckId
  readonly filter: ImageFilter
  readonly session: ReviewSession
  /** Whether what is decided stays in sight. */
  readonly withDecided: boolean
}

export interface Queue {
  readonly check: CheckId
  /** Worst first. */
  readonly entries: readonly QueueEntry[]
  /** Of the entry in view; null at the end and where there is none. */
  readonly index: number | null
  /** Whether there are entries that have not been read. */
  readonly hasMore: boolean
  /** Whether what comes next is still being read. */
  readonly isReading: boolean
  readonly error: unknown
  readonly refetch: () => void
  readonly needUntil: (index: number) => void
  readonly goTo: (index: number) => void
  /** To the next entry or the one before, or from the last one to the end, where the queue waits. */
  readonly goBy: (by: 1 | -1) => void
  readonly goToPlace: (place: QueuePlace) => void
  /** Moves on where the image in view is among those that were decided. */
  readonly leave: (imageIds: ReadonlySet<number>) => void
}

/** The queue of a check without what this window has decided, and the place in it. */
export function useQueue({ check, filter, session, withDecided }: QueueOptions): Queue {
  const api = useApi()
  const [place, setPlace] = useState<QueuePlace | null>(null)
  const query = useInfiniteQuery(
    api.finding.queue.infiniteOptions({
      input: (cursor: string | null) => ({
        check,
        state: withDecided ? ('flagged' as const) : ('open' as const),
        filter,
        cursor,
        limit: pageSize,
      }),
      initialPageParam: null,
      getNextPageParam: (page) => page.nextCursor,
    }),
  )
  const { data, hasNextPage, isFetching, fetchNextPage } = query
  const entries = useMemo(() => {
    const findings = data?.pages.flatMap(({ items }) => items) ?? []
    return listEntries(findings, { session, isGrouped: isGroupCheck(check), withDecided })
  }, [data, session, check, withDecided])
  const index = locate(entries, place)
  const isDry = index === null && hasNextPage
  // A page that was wanted while others were read anew is asked for by nobody else.
  useEffect(() => {
    if (isDry && !isFetching) void fetchNextPage()
  }, [isDry, isFetching, fetchNextPage])

  const needUntil = (wanted: number) => {
    if (wanted >= entries.length - fewEntries && hasNextPage && !isFetching) void fetchNextPage()
  }
  return {
    check,
    entries,
    index,
    hasMore: hasNextPage,
    isReading: query.isPending || isDry,
    error: query.error,
    refetch: () => void query.refetch(),
    needUntil,
    goTo: (wanted) => {
      const entry = entries[Math.max(0, Math.min(entries.length - 1, wanted))]
      if (entry === undefined) return
      setPlace(placeAt(entry))
      needUntil(wanted)
    },
    goBy: (by) => {
      setPlace(step(entries, index, by))
      needUntil((index ?? 0) + by)
    },
    goToPlace: setPlace,
    leave: (imageIds) => {
      const entry = index === null ? undefined : entries[index]
      if (entry !== undefined)
        setPlace(imageIds.has(entry.finding.tile.id) ? placeBehind(entry) : placeAt(entry))
      needUntil((index ?? 0) + imageIds.size)
    },
  }
}
