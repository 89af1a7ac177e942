import { notifications } from '@mantine/notifications'
import { useCallback, useState } from 'react'
import { showFailure } from '#renderer/components/notices.ts'
import { showDone } from '#renderer/decisions/decision-notices.tsx'
import type { Choice, DecisionTarget } from '#renderer/decisions/decision-order.ts'
import { useDecide, type StepOptions } from '#renderer/decisions/use-decide.ts'
import type { ImageId } from '#shared/contract/base.contract.ts'
import type { ImageTile } from '#shared/contract/image.contract.ts'
import { toImageFilter, toOrdering, type CatalogueSearch } from './catalogue-search.ts'
import type { PickKeys } from './image-grid.tsx'
import {
  addImages,
  countSelected,
  isSelected,
  nothing,
  selectSome,
  toggleImage,
  type Selection,
} from './selection.ts'
import type { ImagesView } from './use-images.ts'

/** The engine takes so many images one by one; larger selections are queries. */
const mostImages = 20_000

interface Start {
  readonly cursor: number
  /** Where a stretch begins. */
  readonly anchor: number
  readonly selection: Selection
}
interface Place extends Start {
  /** The query that it belongs to. */
  readonly query: string
}
const start: Start = { cursor: 0, anchor: 0, selection: nothing }

export interface CatalogueActionsOptions {
  readonly search: CatalogueSearch
  readonly images: ImagesView
  readonly openImage: (imageId: number | undefined) => void
}

/** The cursor, the selection, and what is decided about it; without a selection actions are about the open image. */
export function useCatalogueActions({ search, images, openImage }: CatalogueActionsOptions) {
  const [kept, setKept] = useState<Place>({ query: '', ...start })
  const query = JSON.stringify(toOrdering(search))
  // Another query starts anew: what was selected may no longer be part of it.
  const { cursor, anchor, selection } = kept.query === query ? kept : start
  const change = useCallback(
    (next: (before: Start) => Partial<Start>) =>
      setKept((before) => {
        const here = before.query === query ? before : { query, ...start }
        return { ...here, ...next(here) }
      }),
    [query],
  )
  const clear = useCallback(() => change(() => ({ selection: nothing })), [change])
  const setSelection = (next: (before: Selection) => Selection) =>
    change((before) => ({ selection: next(before.selection) }))
  const deciding = useDecide()
  const undo = (options: Pick<StepOptions, 'actId'> = {}) =>
    deciding.undo({ ...options, onDone: ({ outcome }) => showDone(outcome) })
  const total = images.total ?? 0
  const current = images.at(cursor)?.tile
  const selected = countSelected(selection, total)
  const count = selected > 0 ? selected : current === undefined ? 0 : 1

  /** None where there are too many, or they cannot be read, which is told. */
  const readStretch = async (first: number, last: number) => {
    if (last - first >= mostImages) {
      notifications.show({
        color: 'yellow',
        title: 'This stretch is too long',
        message: `At most ${mostImages} images are selected one by one. Narrow the filters, then select all.`,
      })
      return []
    }
    try {
      return await images.readRange(first, last)
    } catch (error) {
      showFailure(error)
      return []
    }
  }

  const selectRange = async (index: number, isAdded: boolean) => {
    const range = await readStretch(Math.min(anchor, index), Math.max(anchor, index))
    if (range.length > 0) setSelection((before) => (isAdded ? addImages(before, range) : selectSome(range)))
  }

  /** The selected images one by one; none where they are too many, which is told. */
  const readSelected = async (): Promise<readonly ImageId[]> =>
    selection.kind === 'all'
      ? (await readStretch(0, total - 1)).map(({ id }) => id)
      : [...selection.images.keys()]

  const target = (): DecisionTarget | null => {
    if (selection.kind === 'all') return { query: toImageFilter(search), expectedCount: total }
    const seen =
      selection.images.size > 0 ? [...selection.images.values()] : current === undefined ? [] : [current]
    if (seen.length === 0) return null
    return { images: seen.map(({ id, revision }) => ({ imageId: id, revision })) }
  }

  return {
    cursor,
    count,
    selected,
    isBusy: deciding.isBusy,
    currentId: current?.id,
    /** Null where everything, or nothing in particular, is meant. */
    selectedIds:
      selection.kind === 'all' || selection.images.size === 0 ? null : [...selection.images.keys()],
    readSelected,
    isSelected: (imageId: ImageId) => isSelected(selection, imageId),
    selectAll: () => setSelection(() => ({ kind: 'all' })),
    clear,
    moveTo: (index: number) => {
      change(() => ({ cursor: index, anchor: index }))
      const tile = images.at(index)?.tile
      if (search.image !== undefined && tile !== undefined) openImage(tile.id)
    },
    pick: (index: number, tile: ImageTile, { isRange, isToggle }: PickKeys) => {
      change(() => ({ cursor: index }))
      if (isRange) {
        void selectRange(index, isToggle)
        return
      }
      change(() => ({ anchor: index }))
      setSelection((before) => (isToggle ? toggleImage(before, tile) : nothing))
      if (!isToggle) openImage(tile.id)
    },
    decide: (choice: Choice) => {
      const wanted = target()
      if (wanted === null) return
      deciding.decide(
        { ...choice, target: wanted },
        {
          onDone: (outcome) => {
            showDone(outcome, (actId) => undo({ actId }))
            clear()
          },
        },
      )
    },
    undo,
    redo: () => deciding.redo({ onDone: ({ outcome }) => showDone(outcome) }),
  }
}
