/* oxlint-disable jsx-a11y/prefer-tag-over-role, jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus --
   the listbox pattern with aria-activedescendant: the list takes the keys, a tile only the pointer */
import { useVirtualizer } from '@tanstack/react-virtual'
import { useRef } from 'react'
import { Thumb } from '#renderer/components/thumb.tsx'
import { useElementWidth } from '#renderer/components/use-element-width.ts'
import type { ImageTile } from '#shared/contract/image.contract.ts'
import styles from './catalogue.module.css'
import { countColumns, describeLabels, moveCursor, tileGapPx } from './grid-view.ts'

export interface ImageGridProps {
  readonly tiles: readonly ImageTile[]
  readonly total: number
  readonly tileSizePx: number
  readonly openImageId: number | null
  readonly cursor: number
  readonly onCursor: (index: number) => void
  readonly onOpen: (imageId: number) => void
  readonly onNeed: (index: number) => void
}

/** Rows of tiles, of which only those in sight exist; one stop for the Tab key, arrows inside. */
export function ImageGrid(props: ImageGridProps) {
  const { tiles, total, tileSizePx, cursor } = props
  const scrollRef = useRef<HTMLDivElement>(null)
  const [widthRef, widthPx] = useElementWidth<HTMLDivElement>()
  const columns = countColumns(widthPx, tileSizePx)
  const rowHeightPx = tileSizePx + tileGapPx
  // oxlint-disable-next-line react/incompatible-library
  const rows = useVirtualizer({
    count: Math.ceil(total / columns),
    getScrollElement: () => scrollRef.current,
    estimateSize: () => rowHeightPx,
    overscan: 4,
    onChange: (instance) => {
      const last = instance.getVirtualItems().at(-1)
      if (last !== undefined) props.onNeed(Math.min(total, (last.index + 1) * columns) - 1)
    },
  })

  const handleKey = (event: React.KeyboardEvent) => {
    const pageRows = Math.max(
      1,
      Math.floor((scrollRef.current?.clientHeight ?? rowHeightPx) / rowHeightPx) - 1,
    )
    const next = moveCursor({ index: cursor, key: event.key, columns, pageRows, count: tiles.length })
    const here = tiles[cursor]
    if (next !== null) {
      event.preventDefault()
      props.onCursor(next)
      rows.scrollToIndex(Math.floor(next / columns))
    } else if ((event.key === 'Enter' || event.key === ' ') && here !== undefined) {
      event.preventDefault()
      props.onOpen(here.id)
    }
  }

  return (
    <div
      ref={scrollRef}
      className={styles['grid']}
      role="listbox"
      aria-label="Images"
      tabIndex={0}
      aria-activedescendant={tiles[cursor] === undefined ? undefined : `tile-${tiles[cursor].id}`}
      onKeyDown={handleKey}
    >
      <div
        ref={widthRef}
        role="presentation"
        className={styles['rows']}
        style={{ height: rows.getTotalSize() }}
      >
        {widthPx > 0 &&
          rows.getVirtualItems().map((row) => (
            <div
              key={row.key}
              role="presentation"
              className={styles['gridRow']}
              style={{
                transform: `translateY(${row.start}px)`,
                height: tileSizePx,
                gridTemplateColumns: `repeat(${columns}, ${tileSizePx}px)`,
              }}
            >
              {Array.from({ length: Math.min(columns, total - row.index * columns) }, (_, column) => {
                const index = row.index * columns + column
                const tile = tiles[index]
                return tile === undefined ? (
                  <div key={index} role="presentation" className={styles['blank']} />
                ) : (
                  <Tile key={tile.id} tile={tile} index={index} {...props} />
                )
              })}
            </div>
          ))}
      </div>
    </div>
  )
}

interface TileProps extends ImageGridProps {
  readonly tile: ImageTile
  readonly index: number
}

function Tile({ tile, index, total, cursor, openImageId, onCursor, onOpen }: TileProps) {
  return (
    <div
      id={`tile-${tile.id}`}
      role="option"
      aria-selected={openImageId === tile.id}
      aria-setsize={total}
      aria-posinset={index + 1}
      aria-label={`Image ${tile.id}, ${describeLabels(tile)}`}
      data-cursor={index === cursor || undefined}
      className={styles['tile']}
      onClick={() => {
        onCursor(index)
        onOpen(tile.id)
      }}
    >
      <Thumb imageId={tile.id} version={tile.thumb} alt="" />
    </div>
  )
}
