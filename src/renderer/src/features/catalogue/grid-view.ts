import { formatCategory } from '#renderer/components/format.ts'
import type { ImageCell } from '#shared/contract/image.contract.ts'
import { checks } from '#shared/domain/checks.ts'
import { formatCount } from '#shared/domain/format.ts'
import type { ImageColumn } from '#shared/domain/image-columns.ts'
import { lookUp } from '#shared/domain/look-up.ts'

export const defaultTileSizePx = 128
export const tileGapPx = 4

/** How many tiles of this size stand in one row; at least one. */
export function countColumns(widthPx: number, tileSizePx: number): number {
  return Math.max(1, Math.floor((widthPx + tileGapPx) / (tileSizePx + tileGapPx)))
}

/** How the view has been moving. */
export interface Flight {
  readonly topPx: number
  readonly atMs: number
  /** Steps in a row that went over most of what was in sight. */
  readonly longSteps: number
}

export const noFlight: Flight = { topPx: 0, atMs: 0, longSteps: 0 }

/** Longer pauses are between jumps, not within a flight. */
const pauseMs = 500

/** What a step of the view adds to how it moves. */
export function trackFlight(
  before: Flight,
  { topPx, atMs, viewPx }: { readonly topPx: number; readonly atMs: number; readonly viewPx: number },
): Flight {
  const isLong = Math.abs(topPx - before.topPx) > 0.6 * viewPx && atMs - before.atMs < pauseMs
  return { topPx, atMs, longSteps: isLong ? before.longSteps + 1 : 0 }
}

/** Whether images go by too fast to be looked at; a single jump is no flight. */
export const isFlight = ({ longSteps }: Flight): boolean => longSteps >= 2

export interface CursorMove {
  readonly index: number
  readonly key: string
  readonly columns: number
  /** Rows that a page key goes over. */
  readonly pageRows: number
  readonly count: number
}

/** Where a key leads from the tile at `index`, or null when the key does not move. */
export function moveCursor({ index, key, columns, pageRows, count }: CursorMove): number | null {
  if (count === 0) return null
  const steps: Readonly<Record<string, number>> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -columns,
    ArrowDown: columns,
    PageUp: -columns * pageRows,
    PageDown: columns * pageRows,
  }
  if (key === 'Home') return 0
  if (key === 'End') return count - 1
  const step = lookUp(steps, key)
  if (step === undefined) return null
  const target = index + step
  if (target < 0) return Math.abs(step) === 1 || index < columns ? index : index % columns
  if (target >= count) return Math.abs(step) === 1 ? index : count - 1
  return target
}

/** A cell for people; empty where there is nothing to say. */
export function describeCell(column: ImageColumn, cell: ImageCell): string {
  if (cell === null) return ''
  if (typeof cell === 'boolean') return cell ? 'yes' : ''
  if (column === 'id') return String(cell)
  if (typeof cell === 'number') return Number.isInteger(cell) ? formatCount(cell) : cell.toFixed(3)
  if (column === 'race' || column === 'gender' || column === 'age_bin') return formatCategory(cell)
  if (column === 'findings') return cell.split(' ').map(titleOfCheck).join(', ')
  return cell
}

const titleOfCheck = (id: string): string => lookUp(checks, id)?.title ?? id
