/* oxlint-disable jsx-a11y/prefer-tag-over-role, jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus --
   the grid pattern with aria-activedescendant: the table takes the keys, a row only the pointer */
import { UnstyledButton, VisuallyHidden } from '@mantine/core'
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useRef } from 'react'
import { Thumb } from '#renderer/components/thumb.tsx'
import { describeColumn, type ImageColumn } from '#shared/domain/image-columns.ts'
import type { ImageView } from '#shared/contract/saved-query.contract.ts'
import { columnSort } from './catalogue-search.ts'
import styles from './image-table.module.css'
import { describeCell, moveCursor } from './grid-view.ts'
import { keysOf, type ImageListProps } from './image-grid.tsx'

const rowHeightPx = 32

export interface ImageTableProps extends ImageListProps {
  readonly columns: readonly ImageColumn[]
  readonly sort: Pick<ImageView, 'filter' | 'sort' | 'direction'>
  readonly onSort: (column: ImageColumn) => void
}

/** The same images as rows with columns of one's own choice. */
export function ImageTable(props: ImageTableProps) {
  const { images, total, columns, cursor, sort, onSort } = props
  const scrollRef = useRef<HTMLDivElement>(null)
  // oxlint-disable-next-line react/incompatible-library
  const rows = useVirtualizer({
    count: total,
    getScrollElement: () => scrollRef.current,
    estimateSize: () => rowHeightPx,
    overscan: 12,
    onChange: (instance) => {
      const shown = instance.getVirtualItems()
      const [first, last] = [shown[0], shown.at(-1)]
      if (first !== undefined && last !== undefined)
        images.show({ first: first.index, last: last.index, isFlying: false })
    },
  })
  const handleKey = (event: React.KeyboardEvent) => {
    const pageRows = Math.max(1, Math.floor((scrollRef.current?.clientHeight ?? 0) / rowHeightPx) - 2)
    const next = moveCursor({ index: cursor, key: event.key, columns: 1, pageRows, count: total })
    const here = images.at(cursor)?.tile
    if (next !== null) {
      event.preventDefault()
      props.onCursor(next)
      rows.scrollToIndex(next)
    } else if (event.key === 'Enter' && here !== undefined) {
      event.preventDefault()
      props.onOpen(here.id)
    } else if (event.key === ' ' && here !== undefined) {
      event.preventDefault()
      props.onPick(cursor, here, { isRange: event.shiftKey, isToggle: true })
    }
  }
  const active = images.at(cursor)?.tile
  const widthsPx = columns.map(widthOf)
  const template = {
    gridTemplateColumns: `48px ${widthsPx.map((widthPx) => `minmax(${widthPx}px, ${widthPx}fr)`).join(' ')}`,
    minWidth: widthsPx.reduce((sum, widthPx) => sum + widthPx, 48),
  }
  return (
    <div
      ref={scrollRef}
      className={styles['table']}
      role="grid"
      aria-label="Images"
      aria-multiselectable
      aria-rowcount={total + 1}
      aria-busy={images.isStale || undefined}
      tabIndex={0}
      aria-activedescendant={active === undefined ? undefined : `row-${active.id}`}
      onKeyDown={handleKey}
    >
      <div role="row" aria-rowindex={1} className={styles['head']} style={template}>
        <span role="columnheader">
          <VisuallyHidden>Picture</VisuallyHidden>
        </span>
        {columns.map((column) => (
          <span
            key={column}
            role="columnheader"
            data-number={isNumber(column) || undefined}
            title={describeColumn(column).title}
            aria-sort={columnSort(sort.filter, column) === sort.sort ? sort.direction : undefined}
          >
            <ColumnTitle column={column} sort={sort} onSort={onSort} />
          </span>
        ))}
      </div>
      <div role="presentation" className={styles['rows']} style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map(({ index, start }) => {
          const image = images.at(index)
          const style = { ...template, transform: `translateY(${start}px)`, height: rowHeightPx }
          if (image === undefined)
            return <div key={index} role="presentation" className={styles['row']} style={style} />
          const { tile, cells } = image
          return (
            <div
              key={tile.id}
              id={`row-${tile.id}`}
              role="row"
              aria-rowindex={index + 2}
              aria-selected={props.isSelected(tile.id)}
              data-cursor={index === cursor || undefined}
              data-status={tile.status}
              className={styles['row']}
              style={style}
              onClick={(event) => props.onPick(index, tile, keysOf(event))}
            >
              <span role="gridcell" aria-label={`Image ${tile.id}`} className={styles['thumb']}>
                <Thumb imageId={tile.id} version={tile.thumb} alt="" />
              </span>
              {columns.map((column, place) => (
                <span key={column} role="gridcell" data-number={isNumber(column) || undefined}>
                  {describeCell(column, cells[place] ?? null)}
                </span>
              ))}
            </div>
          )
        })}
      </div>
    </div>
  )
}

interface ColumnTitleProps extends Pick<ImageTableProps, 'sort' | 'onSort'> {
  readonly column: ImageColumn
}

/** A click sorts by the column, and another one the other way round; not every column is an order. */
function ColumnTitle({ column, sort, onSort }: ColumnTitleProps) {
  const { title } = describeColumn(column)
  const own = columnSort(sort.filter, column)
  if (own === null) return title
  return (
    <UnstyledButton className={styles['sort']} onClick={() => onSort(column)}>
      {title}
      {own === sort.sort &&
        (sort.direction === 'ascending' ? (
          <IconArrowUp size={12} aria-hidden />
        ) : (
          <IconArrowDown size={12} aria-hidden />
        ))}
    </UnstyledButton>
  )
}

const wideColumns: readonly ImageColumn[] = ['path', 'findings', 'imported_at', 'sha256', 'pixel_sha256']

/** Fixed, so that head and rows, of which most do not exist, stand under each other. */
const widthOf = (column: ImageColumn): number =>
  wideColumns.includes(column) ? 200 : isNumber(column) ? 112 : 136

const isNumber = (column: ImageColumn): boolean =>
  describeColumn(column).type === 'integer' || describeColumn(column).type === 'number'
