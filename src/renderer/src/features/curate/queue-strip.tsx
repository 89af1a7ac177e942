/* oxlint-disable jsx-a11y/prefer-tag-over-role, jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus --
   the listbox pattern with aria-activedescendant: the screen's own keys move and select, a tile takes only the pointer */
import { IconCheck } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef } from 'react'
import { Thumb } from '#renderer/components/thumb.tsx'
import { describeTile } from './stage.tsx'
import type { QueueEntry } from './queue-view.ts'
import styles from './queue-strip.module.css'

const tilePx = 60
const gapPx = 4

export interface QueueStripProps {
  readonly entries: readonly QueueEntry[]
  readonly index: number
  readonly selected: ReadonlySet<number>
  readonly onGo: (index: number) => void
  readonly onSelect: (index: number, kind: 'toggle' | 'range') => void
  readonly onNeed: (index: number) => void
}

/** The queue as a film strip: a click goes there, Ctrl-click selects, Shift-click selects up to there. */
export function QueueStrip({ entries, index, selected, onGo, onSelect, onNeed }: QueueStripProps) {
  const scrollRef = useRef<HTMLDivElement>(null)
  // oxlint-disable-next-line react/incompatible-library
  const tiles = useVirtualizer({
    count: entries.length,
    horizontal: true,
    getScrollElement: () => scrollRef.current,
    estimateSize: () => tilePx + gapPx,
    overscan: 8,
    onChange: (instance) => {
      const last = instance.getVirtualItems().at(-1)
      if (last !== undefined) onNeed(last.index)
    },
  })
  useEffect(() => {
    tiles.scrollToIndex(index, { align: 'center' })
  }, [tiles, index])
  const here = entries[index]
  return (
    <div
      ref={scrollRef}
      className={styles['strip']}
      role="listbox"
      aria-label="Images in the queue"
      aria-orientation="horizontal"
      aria-multiselectable
      aria-activedescendant={here === undefined ? undefined : `queued-${here.finding.tile.id}`}
      tabIndex={0}
    >
      <div role="presentation" className={styles['row']} style={{ width: tiles.getTotalSize() }}>
        {tiles.getVirtualItems().map((item) => {
          const entry = entries[item.index]
          if (entry === undefined) return null
          const { tile } = entry.finding
          return (
            <div
              key={tile.id}
              id={`queued-${tile.id}`}
              role="option"
              aria-selected={selected.has(tile.id)}
              aria-label={`Image ${tile.id}, labelled ${describeTile(tile)}${entry.finding.isDecided ? ', decided' : ''}`}
              aria-posinset={item.index + 1}
              aria-setsize={entries.length}
              data-current={item.index === index || undefined}
              data-decided={entry.finding.isDecided || undefined}
              className={styles['tile']}
              style={{ transform: `translateX(${item.start}px)` }}
              onClick={(event) => {
                if (event.shiftKey) onSelect(item.index, 'range')
                else if (event.ctrlKey || event.metaKey) onSelect(item.index, 'toggle')
                else onGo(item.index)
              }}
            >
              <Thumb imageId={tile.id} version={tile.thumb} alt="" />
              {entry.finding.isDecided && (
                <span className={styles['decided']}>
                  <IconCheck size={12} aria-hidden />
                </span>
              )}
            </div>
          )
        })}
      </div>
    </div>
  )
}
