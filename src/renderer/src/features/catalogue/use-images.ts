import { keepPreviousData, useQueries, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useApi } from '#renderer/engine/engine-context.tsx'
import type { ImageAnswer } from '#shared/contract/evaluation.contract.ts'
import type { ImageCell, ImageTile } from '#shared/contract/image.contract.ts'
import type { ImageColumn } from '#shared/domain/image-columns.ts'
import { shownColumns, toImageFilter, toOrdering, type CatalogueSearch } from './catalogue-search.ts'
import {
  firstSight,
  moveSight,
  pageRows,
  pagesInSight,
  pagesOf,
  placeInPage,
  type Sight,
} from './page-view.ts'

/** An image in its place, with the cells of the columns asked for. */
export interface PlacedImage {
  readonly tile: ImageTile
  readonly cells: readonly ImageCell[]
  /** Of models, where they are shown. */
  readonly answers: readonly ImageAnswer[]
}

export interface ImagesView {
  /** All images of the query; undefined until the first answer. */
  readonly total: number | undefined
  /** True while what is shown belongs to an earlier query. */
  readonly isStale: boolean
  readonly error: unknown
  readonly refetch: () => void
  /** The image at a place, if its page has come. */
  readonly at: (index: number) => PlacedImage | undefined
  /** Says which places are in sight. */
  readonly show: (now: Pick<Sight, 'first' | 'last' | 'isFlying'>) => void
  /** Reads a stretch, from the cache where it is there. */
  readonly readRange: (first: number, last: number) => Promise<ImageTile[]>
}

/** The grid shows the part of the newest split on its tiles. */
const gridColumns: readonly ImageColumn[] = ['part']

export const columnsOf = (search: CatalogueSearch): readonly ImageColumn[] =>
  search.view === 'table' ? shownColumns(search) : gridColumns

/** Images by their place: only the pages in sight and those next to come are read; what is flown past is not waited for. */
export function useImages(search: CatalogueSearch): ImagesView {
  const api = useApi()
  const queryClient = useQueryClient()
  const [sight, setSight] = useState(firstSight)
  const ordering = toOrdering(search)
  const columns = [...columnsOf(search)]
  const optionsOf = (page: number) =>
    api.image.window.queryOptions({
      input: { ...ordering, columns, offset: page * pageRows, limit: pageRows },
    })
  const head = useQuery({ ...optionsOf(0), placeholderData: keepPreviousData })
  const total = head.data?.total
  const inSight = pagesInSight(sight, total ?? 0)
  // After a jump what is in sight is asked for alone, so that nothing stands before it.
  const isFilled = inSight.every((page) => queryClient.getQueryData(optionsOf(page).queryKey) !== undefined)
  const pages = (isFilled || sight.isFlying ? pagesOf(sight, total ?? 0) : inSight).filter((page) => page > 0)
  const others = useQueries({ queries: pages.map(optionsOf) })
  const hasAnswers = search.view !== 'table' && search.show?.includes('prediction') === true
  const dataOf = (page: number) => (page === 0 ? head.data : others[pages.indexOf(page)]?.data)
  const answered = useQueries({
    queries: [0, ...pages].map((page) => {
      const images = dataOf(page)?.items.map(({ id }) => id) ?? []
      return api.evaluation.answers.queryOptions({
        input: { images },
        enabled: hasAnswers && images.length > 0,
        placeholderData: keepPreviousData,
      })
    }),
  })

  const failed = [head, ...others].find(({ error }) => error !== null)
  return {
    total,
    isStale: head.isPlaceholderData,
    error: failed?.error ?? null,
    refetch: () => void Promise.all([head, ...others].map((query) => query.refetch())),
    at: (index) => {
      const { page, row } = placeInPage(index)
      const data = dataOf(page)
      const tile = data?.items[row]
      if (tile === undefined) return undefined
      const answers = hasAnswers ? (answered[page === 0 ? 0 : pages.indexOf(page) + 1]?.data ?? []) : []
      return {
        tile,
        cells: data?.cells[row] ?? [],
        answers: answers.filter(({ imageId }) => imageId === tile.id),
      }
    },
    show: (now) => setSight((before) => moveSight(before, now)),
    readRange: async (first, last) => {
      const wanted = Array.from(
        { length: placeInPage(last).page - placeInPage(first).page + 1 },
        (_, index) => placeInPage(first).page + index,
      )
      const read: ImageTile[] = []
      for (const page of wanted) {
        const { items } = await queryClient.fetchQuery({ ...optionsOf(page), staleTime: 60_000 })
        read.push(
          ...items.filter((_, row) => page * pageRows + row >= first && page * pageRows + row <= last),
        )
      }
      return read
    },
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
