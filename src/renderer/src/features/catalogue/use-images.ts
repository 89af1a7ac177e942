import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useMemo, useRef } from 'react'
import { useApi } from '#renderer/engine/engine-context.tsx'
import type { ImageTile } from '#shared/contract/image.contract.ts'
import { toImageFilter, type CatalogueSearch } from './catalogue-search.ts'

const firstPage = 200
const laterPages = 1000

export interface ImagesView {
  readonly tiles: readonly ImageTile[]
  readonly isPending: boolean
  readonly error: unknown
  readonly refetch: () => void
  /** Loads pages in order until the tile at this index is known. */
  readonly loadUntil: (index: number) => void
}

/** Images in the order of the view, page by page. */
export function useImages(search: CatalogueSearch): ImagesView {
  const api = useApi()
  const filter = toImageFilter(search)
  const query = useInfiniteQuery(
    api.image.query.infiniteOptions({
      input: (cursor: string | null) => ({
        filter,
        sort: search.sort ?? 'id',
        direction: search.descending === true ? ('descending' as const) : ('ascending' as const),
        cursor,
        limit: cursor === null ? firstPage : laterPages,
      }),
      initialPageParam: null,
      getNextPageParam: (page) => page.nextCursor,
      placeholderData: keepPreviousData,
    }),
  )
  const { data, fetchNextPage } = query
  const tiles = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data])

  const wanted = useRef(0)
  const isLoading = useRef(false)
  const loadUntil = async (index: number): Promise<void> => {
    wanted.current = index
    if (isLoading.current || index < tiles.length || !query.hasNextPage) return
    isLoading.current = true
    try {
      for (;;) {
        const { data: pages, hasNextPage, isError } = await fetchNextPage()
        const known = pages?.pages.reduce((count, page) => count + page.items.length, 0) ?? 0
        if (isError || !hasNextPage || known > wanted.current) break
      }
    } finally {
      isLoading.current = false
    }
  }
  return {
    tiles,
    isPending: query.isPending,
    error: query.error,
    refetch: () => void query.refetch(),
    loadUntil: (index) => void loadUntil(index),
  }
}

/** Counts per facet value under the view's filters. */
export function useFacets(search: CatalogueSearch) {
  const api = useApi()
  return useQuery(
    api.image.facets.queryOptions({
      input: { filter: toImageFilter(search) },
      placeholderData: keepPreviousData,
    }),
  )
}
