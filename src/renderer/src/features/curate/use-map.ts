import { keepPreviousData, useQueries, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { ImageTile } from '#shared/contract/image.contract.ts'
import type { MapGrouping } from '#shared/contract/map.contract.ts'
import { useApi } from '#renderer/engine/engine-context.tsx'
import { groupPoints, type MapGroup } from './figures/map-figure.ts'

export interface MapView {
  /** Empty until a map has been made. */
  readonly groups: readonly MapGroup[]
  readonly madeAt: string | null
  readonly isStale: boolean
  readonly space: string | null
  readonly isPending: boolean
  readonly error: unknown
}

/** Where the images stand, and by what they are told apart; the images themselves are read when some are selected. */
export function useMap(by: MapGrouping): MapView {
  const api = useApi()
  const points = useQuery(api.map.points.queryOptions({ input: {} }))
  const isMade = points.data !== undefined && points.data.madeAt !== null
  const told = useQuery(
    api.map.groups.queryOptions({ input: { by }, enabled: isMade, placeholderData: keepPreviousData }),
  )
  const groups = useMemo(
    () => (points.data === undefined || told.data === undefined ? [] : groupPoints(points.data, told.data)),
    [points.data, told.data],
  )
  return {
    groups,
    madeAt: points.data?.madeAt ?? null,
    isStale: points.data?.isStale === true,
    space: points.data?.space ?? null,
    isPending: points.isPending || (isMade && told.isPending),
    error: points.error ?? told.error,
  }
}

/** One decision takes so many images one by one. */
export const mostSelected = 20_000
const tilesPerCall = 1000

export interface SelectedTiles {
  /** In the order of the images; what has not come yet is missing. */
  readonly tiles: readonly ImageTile[]
  readonly isPending: boolean
  readonly error: unknown
}

/** The images of a selection as they are now; none of a selection that is too large for one decision. */
export function useSelectedTiles(selected: ReadonlySet<number>): SelectedTiles {
  const api = useApi()
  const calls = useMemo(() => {
    if (selected.size > mostSelected) return []
    const ids = [...selected].sort((a, b) => a - b)
    return Array.from({ length: Math.ceil(ids.length / tilesPerCall) }, (_, call) =>
      ids.slice(call * tilesPerCall, (call + 1) * tilesPerCall),
    )
  }, [selected])
  const parts = useQueries({
    queries: calls.map((images) => api.image.tiles.queryOptions({ input: { images } })),
  })
  return {
    tiles: parts.flatMap(({ data }) => data ?? []),
    isPending: parts.some((part) => part.isPending),
    error: parts.find((part) => part.error !== null)?.error ?? null,
  }
}
