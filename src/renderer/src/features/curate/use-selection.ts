import { useState } from 'react'
import { selectRange, type QueueEntry } from './queue-view.ts'

export interface Selection {
  /** Only what still stands in the queue. */
  readonly ids: ReadonlySet<number>
  readonly toggle: (index: number) => void
  readonly add: (index: number) => void
  /** Everything from the last one that was chosen up to this one. */
  readonly extendTo: (index: number) => void
  readonly clear: () => void
}

/** Several images of a queue that are to be decided together. */
export function useSelection(entries: readonly QueueEntry[]): Selection {
  const [chosen, setChosen] = useState<{ readonly ids: ReadonlySet<number>; readonly anchor: number | null }>(
    {
      ids: new Set(),
      anchor: null,
    },
  )
  const standing = new Set<number>(entries.map(({ finding }) => finding.tile.id))
  const ids = new Set([...chosen.ids].filter((id) => standing.has(id)))
  const idAt = (index: number) => entries[index]?.finding.tile.id ?? null
  return {
    ids,
    toggle: (index) => {
      const id = idAt(index)
      if (id === null) return
      const next = new Set(ids)
      if (!next.delete(id)) next.add(id)
      setChosen({ ids: next, anchor: id })
    },
    add: (index) => {
      const id = idAt(index)
      if (id !== null) setChosen({ ids: new Set([...ids, id]), anchor: id })
    },
    extendTo: (index) => {
      const from = entries.findIndex(({ finding }) => finding.tile.id === chosen.anchor)
      setChosen({
        ids: new Set([...ids, ...selectRange(entries, from < 0 ? index : from, index)]),
        anchor: chosen.anchor ?? idAt(index),
      })
    },
    clear: () => setChosen({ ids: new Set(), anchor: null }),
  }
}
