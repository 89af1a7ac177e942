import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { ImageTile } from '#shared/contract/image.contract.ts'
import { useApi, useEngineLine } from '#renderer/engine/engine-context.tsx'
import { placeImages, type MapImage } from './figures/map-figure.ts'

const pageSize = 1000

export interface MapView {
  /** Empty until a map has been made. */
  readonly images: readonly MapImage[]
  readonly madeAt: string | null
  readonly isStale: boolean
  readonly space: string | null
  readonly isPending: boolean
  readonly error: unknown
}

/** Where the images stand, with their labels. */
export function useMap(): MapView {
  const api = useApi()
  const { client } = useEngineLine()
  const points = useQuery(api.map.points.queryOptions({ input: {} }))
  const isMade = points.data !== undefined && points.data.madeAt !== null
  const tiles = useQuery({
    // Below the key of images, so that it is read again when they change.
    queryKey: [...api.image.key(), 'all tiles'],
    queryFn: async ({ signal }) => {
      const read = new Map<number, ImageTile>()
      for (let cursor: string | null = null; ;) {
        const page: { items: ImageTile[]; nextCursor: string | null } = await client.image.query(
          { cursor, limit: pageSize },
          { signal },
        )
        for (const tile of page.items) read.set(tile.id, tile)
        if (page.nextCursor === null) return read
        cursor = page.nextCursor
      }
    },
    enabled: isMade,
  })
  const images = useMemo(
    () => (points.data === undefined || tiles.data === undefined ? [] : placeImages(points.data, tiles.data)),
    [points.data, tiles.data],
  )
  return {
    images,
    madeAt: points.data?.madeAt ?? null,
    isStale: points.data?.isStale === true,
    space: points.data?.space ?? null,
    isPending: points.isPending || (isMade && tiles.isPending),
    error: points.error ?? tiles.error,
  }
}
