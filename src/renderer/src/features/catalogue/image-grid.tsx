/* oxlint-disable jsx-a11y/prefer-tag-over-role, jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus --
   the listbox pattern with aria-activedescendant: the list takes the keys, a tile only the pointer */
import { IconAlertTriangle, IconCheck, IconTrash } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { memo, useRef, useState } from 'react'
import { Thumb } from '#renderer/components/thumb.tsx'
import { useElementWidth } from '#renderer/components/use-element-width.ts'
import type { ImageId } from '#shared/contract/base.contract.ts'
import type { ImageCell, ImageTile } from '#shared/contract/image.contract.ts'
import {
  describeCaption,
  describeLabels,
  describeTile,
  findingTitles,
  type CaptionKind,
} from '#renderer/components/tile-words.ts'
import styles from './image-grid.module.css'
import { countColumns, isFlight, moveCursor, noFlight, tileGapPx, trackFlight } from './grid-view.ts'
import type { ImagesView } from './use-images.ts'

const captionLinePx = 16

/** What the grid and the table have in common. */
export interface ImageListProps {
  readonly images: ImagesView
  readonly total: number
  readonly openImageId: number | null
  readonly cursor: number
  readonly isSelected: (imageId: ImageId) => boolean
  readonly onCursor: (index: number) => void
  /** A click, with the keys held, or a blank where there is none. */
  readonly onPick: (index: number, tile: ImageTile, keys: PickKeys) => void
  readonly onOpen: (imageId: number) => void
}

export interface PickKeys {
  readonly isRange: boolean
  readonly isToggle: boolean
}

export const keysOf = (event: React.MouseEvent): PickKeys => ({
  isRange: event.shiftKey,
  isToggle: event.ctrlKey || event.metaKey,
})

export interface ImageGridProps extends ImageListProps {
  readonly tileSizePx: number
  /** What stands below each picture. */
  readonly captions: readonly CaptionKind[]
}

/**
 * Rows of tiles, of which only those in sight exist; one stop for the Tab key, arrows inside. While they fly past, tiles
 * carry their labels and no picture: thousands of pictures a second would only keep those at the end waiting.
 */
export function ImageGrid(props: ImageGridProps) {
  const { images, total, tileSizePx, cursor, captions } = props
  const scrollRef = useRef<HTMLDivElement>(null)
  const [widthRef, widthPx] = useElementWidth<HTMLDivElement>()
  const columns = countColumns(widthPx, tileSizePx)
  const tileHeightPx = tileSizePx + captions.length * captionLinePx
  const rowHeightPx = tileHeightPx + tileGapPx
  const flight = useRef(noFlight)
  const [isFlying, setIsFlying] = useState(false)
  // oxlint-disable-next-line react/incompatible-library
  const rows = useVirtualizer({
    count: Math.ceil(total / columns),
    getScrollElement: () => scrollRef.current,
    estimateSize: () => rowHeightPx,
    overscan: 4,
    onChange: (instance) => {
      const shown = instance.getVirtualItems()
      const [first, last] = [shown[0], shown.at(-1)]
      if (first === undefined || last === undefined) return
      flight.current = instance.isScrolling
        ? trackFlight(flight.current, {
            topPx: instance.scrollOffset ?? 0,
            atMs: performance.now(),
            viewPx: instance.scrollRect?.height ?? 0,
          })
        : noFlight
      const isFlyingNow = isFlight(flight.current)
      setIsFlying(isFlyingNow)
      images.show({
        first: first.index * columns,
        last: Math.min(total, (last.index + 1) * columns) - 1,
        isFlying: isFlyingNow,
      })
    },
  })

  const handleKey = (event: React.KeyboardEvent) => {
    const pageRows = Math.max(
      1,
      Math.floor((scrollRef.current?.clientHeight ?? rowHeightPx) / rowHeightPx) - 1,
    )
    const next = moveCursor({ index: cursor, key: event.key, columns, pageRows, count: total })
    const here = images.at(cursor)?.tile
    if (next !== null) {
      event.preventDefault()
      props.onCursor(next)
      rows.scrollToIndex(Math.floor(next / columns))
    } else if (event.key === 'Enter' && here !== undefined) {
      event.preventDefault()
      props.onOpen(here.id)
    } else if (event.key === ' ' && here !== undefined) {
      event.preventDefault()
      props.onPick(cursor, here, { isRange: event.shiftKey, isToggle: true })
    }
  }

  // Here and not in each tile, which would be drawn again whenever the handler changes.
  const handleClick = (event: React.MouseEvent) => {
    const cell = event.target instanceof Element ? event.target.closest('[data-index]') : null
    const index = Number(cell?.getAttribute('data-index') ?? Number.NaN)
    const tile = images.at(index)?.tile
    if (tile !== undefined) props.onPick(index, tile, keysOf(event))
  }

  const active = images.at(cursor)?.tile
  return (
    <div
      ref={scrollRef}
      className={styles['grid']}
      role="listbox"
      aria-label="Images"
      aria-multiselectable
      aria-busy={images.isStale || undefined}
      tabIndex={0}
      aria-activedescendant={active === undefined ? undefined : `tile-${active.id}`}
      onKeyDown={handleKey}
    >
      <div
        ref={widthRef}
        role="presentation"
        className={styles['rows']}
        style={{ height: rows.getTotalSize() }}
        onClick={handleClick}
      >
        {widthPx > 0 &&
          rows.getVirtualItems().map((row) => (
            <div
              key={row.key}
              role="presentation"
              className={styles['row']}
              style={{
                transform: `translateY(${row.start}px)`,
                height: tileHeightPx,
                gridTemplateColumns: `repeat(${columns}, ${tileSizePx}px)`,
              }}
            >
              {Array.from({ length: Math.min(columns, total - row.index * columns) }, (_, column) => {
                const index = row.index * columns + column
                const image = images.at(index)
                return image === undefined ? (
                  <div key={index} role="presentation" className={styles['blank']} />
                ) : (
                  <Tile
                    key={image.tile.id}
                    tile={image.tile}
                    part={image.cells[0] ?? null}
                    index={index}
                    total={total}
                    isAtCursor={index === cursor}
                    isOpen={props.openImageId === image.tile.id}
                    isSelected={props.isSelected(image.tile.id)}
                    isFlying={isFlying}
                    sizePx={tileSizePx}
                    caption={describeCaption(captions, {
                      tile: image.tile,
                      part: typeof image.cells[0] === 'string' ? image.cells[0] : null,
                      answers: image.answers,
                    }).join('\n')}
                  />
                )
              })}
            </div>
          ))}
      </div>
    </div>
  )
}

interface TileProps {
  readonly tile: ImageTile
  readonly part: ImageCell
  readonly index: number
  readonly total: number
  readonly isAtCursor: boolean
  readonly isOpen: boolean
  readonly isSelected: boolean
  readonly isFlying: boolean
  readonly sizePx: number
  /** A line for each kind; one text, so that a tile is drawn anew only where it differs. */
  readonly caption: string
}

/** Kept as it is while the grid only scrolls. */
const Tile = memo(function Tile(props: TileProps) {
  const { tile, part, index, total, isAtCursor, isOpen, isSelected, isFlying, sizePx, caption } = props
  return (
    <div
      id={`tile-${tile.id}`}
      role="option"
      aria-selected={isSelected}
      aria-setsize={total}
      aria-posinset={index + 1}
      aria-label={nameTile(tile, { part, caption })}
      data-cursor={isAtCursor || undefined}
      data-open={isOpen || undefined}
      data-status={tile.status}
      data-index={index}
      data-flying={isFlying || undefined}
      className={styles['tile']}
    >
      {isFlying ? (
        describeLabels(tile)
      ) : (
        <>
          <span className={styles['picture']} style={{ height: sizePx }}>
            <Thumb imageId={tile.id} version={tile.thumb} alt="" />
            <Badges tile={tile} part={part} />
          </span>
          {caption !== '' && <Caption lines={caption.split('\n')} />}
        </>
      )}
    </div>
  )
})

/** With the words below the picture as they stand there, so that who speaks to the window can say what is seen. */
function nameTile(tile: ImageTile, { part, caption }: Pick<TileProps, 'part' | 'caption'>): string {
  const place = typeof part === 'string' ? `, in ${part}` : ''
  const shown = caption === '' ? '' : `, ${caption.replaceAll('\n', ' ')}`
  return `Image ${tile.id}, ${describeTile(tile)}${place}${shown}`
}

function Caption({ lines }: { readonly lines: readonly string[] }) {
  return (
    <span className={styles['caption']}>
      {lines.map((line) => (
        // Words of two lines are two words, also where the tile's text is read as one.
        <span key={line} title={line}>
          {`${line} `}
        </span>
      ))}
    </span>
  )
}

function Badges({ tile, part }: Pick<TileProps, 'tile' | 'part'>) {
  return (
    <span className={styles['badges']}>
      {tile.status === 'kept' && <IconCheck size={12} aria-hidden />}
      {tile.status === 'removed' && <IconTrash size={12} aria-hidden />}
      {tile.findings.length > 0 && (
        <span title={findingTitles(tile)} data-text={tile.findings.length}>
          <IconAlertTriangle size={12} aria-hidden />
        </span>
      )}
      {typeof part === 'string' && <span title={`In the ${part} part`} data-text={part} />}
    </span>
  )
}
