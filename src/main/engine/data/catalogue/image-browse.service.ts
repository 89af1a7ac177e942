import { unchecked } from '#shared/domain/image-states.ts'
import { setImmediate as yieldToEvents } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import type * as z from 'zod'
import { AppError } from '#shared/contract/errors.ts'
import type {
  ImageCell,
  ImageFacets,
  ImageFilter,
  ImageSort,
  ImageTile,
  imageContract,
} from '#shared/contract/image.contract.ts'
import type { CheckId } from '#shared/domain/checks.ts'
import type { ImageColumn } from '#shared/domain/image-columns.ts'
import type { DatasetRepo } from './dataset.repo.ts'
import { countFacets } from '#engine/data/catalogue/domain/count-facets.ts'
import { ImageMatcher, type MatchInput } from '#engine/data/catalogue/domain/match-images.ts'
import { readCursor, writeCursor } from '#engine/data/catalogue/domain/page-cursor.ts'
import type { ImageCellRepo } from './image-cell.repo.ts'
import type { ImageQueryRepo, OrderBy, PageKey } from './image-query.repo.ts'
import type { ImageSearchService } from './image-search.service.ts'
import type { ImageTableService, TableState } from './image-table.service.ts'

type PageQuery = z.output<NonNullable<(typeof imageContract.query)['~orpc']['inputSchema']>>
type WindowQuery = z.output<NonNullable<(typeof imageContract.window)['~orpc']['inputSchema']>>
type Direction = PageQuery['direction']

interface Ordering {
  readonly filter: ImageFilter
  readonly sort: ImageSort
  readonly direction: Direction
}

const keysAtOnce = 20_000
const keptMatches = 8

/** Images under a filter and in an order: by page, by place, as counts and as numbers. */
export class ImageBrowseService {
  readonly #datasets: DatasetRepo
  readonly #images: ImageQueryRepo
  readonly #cells: ImageCellRepo
  readonly #tables: ImageTableService
  readonly #searches: ImageSearchService
  readonly #orders = new Map<string, { readonly version: string; readonly rows: Uint32Array }>()
  /** The newest matches: the same one is asked for again with every page and every place. */
  readonly #matches = new LRUCache<string, Uint32Array>({ max: keptMatches })

  constructor(deps: {
    datasets: DatasetRepo
    images: ImageQueryRepo
    cells: ImageCellRepo
    tables: ImageTableService
    searches: ImageSearchService
  }) {
    this.#datasets = deps.datasets
    this.#images = deps.images
    this.#cells = deps.cells
    this.#tables = deps.tables
    this.#searches = deps.searches
  }

  /** A page by keyset: what came in or changed meanwhile neither shifts nor repeats images. */
  async queryPage({ cursor, limit, ...ordering }: PageQuery): Promise<{
    items: ImageTile[]
    nextCursor: string | null
  }> {
    const { sort, direction } = ordering
    const by = findOrder(ordering)
    const after = cursor === null ? null : readCursor(cursor, { sort, direction })
    const state = await this.#tables.current()
    const matched = await this.#match(ordering, state)
    const start = after === null ? 0 : await this.#placeAfter({ by, after, ordering, state, matched })
    const rows = matched.subarray(start, start + limit)
    const ids = Array.from(rows, (row) => state.table.ids[row] ?? 0)
    const last = ids.at(-1)
    const isMore = start + rows.length < matched.length && last !== undefined
    const key = isMore ? this.#images.keyOf(by, last) : null
    return {
      items: this.#images.tiles(ids),
      nextCursor: !isMore || key === null ? null : writeCursor({ sort, direction, key, id: last }),
    }
  }

  async readWindow({ offset, limit, columns, ...ordering }: WindowQuery): Promise<{
    total: number
    items: ImageTile[]
    cells: ImageCell[][]
  }> {
    const state = await this.#tables.current()
    const matched = await this.#match(ordering, state)
    const ids = Array.from(matched.subarray(offset, offset + limit), (row) => state.table.ids[row] ?? 0)
    return {
      total: matched.length,
      items: this.#images.tiles(ids),
      cells:
        columns.length === 0
          ? []
          : this.#cells.read(ids, { columns, splitId: this.splitOf(ordering.filter) }),
    }
  }

  async countFacets(filter: ImageFilter): Promise<ImageFacets> {
    const state = await this.#tables.current()
    return countFacets({ ...(await this.#prepare(filter, state)), datasetNames: this.#datasets.names() })
  }

  /** Numbers of the images that match, ascending unless an order is given. */
  async matchIds(
    filter: ImageFilter,
    { sort = 'id', direction = 'ascending' }: Partial<Omit<Ordering, 'filter'>> = {},
  ): Promise<Uint32Array> {
    const state = await this.#tables.current()
    const matched = await this.#match({ filter, sort, direction }, state)
    return matched.map((row) => state.table.ids[row] ?? 0)
  }

  /** Tiles in the order given; an image that does not exist is left out. At most some thousand at once. */
  readTiles(ids: readonly number[]): ImageTile[] {
    return this.#images.tiles(ids)
  }

  /** Rows of cells in the order given; an image that does not exist is left out. */
  readCells(
    ids: readonly number[],
    options: { readonly columns: readonly ImageColumn[]; readonly splitId: number | null },
  ): ImageCell[][] {
    return this.#cells.read(ids, options)
  }

  /** The split whose parts a filter speaks of: its own, else the newest. */
  splitOf(filter: ImageFilter): number | null {
    return filter.split?.splitId ?? this.#cells.newestSplit()
  }

  async #prepare(filter: ImageFilter, { table }: TableState): Promise<MatchInput> {
    const splitId = this.splitOf(filter)
    const parts = splitId === null ? null : await this.#tables.readParts(table, splitId)
    const datasetNames = this.#datasets.names()
    return {
      table,
      filter,
      parts,
      ...(await this.#searches.findRows(filter, { table, parts, datasetNames })),
    }
  }

  /** Rows that match, in order. */
  async #match(ordering: Ordering, state: TableState): Promise<Uint32Array> {
    const key = JSON.stringify([ordering, this.splitOf(ordering.filter), state.version])
    const known = this.#matches.get(key)
    if (known !== undefined) return known
    const matcher = new ImageMatcher(await this.#prepare(ordering.filter, state))
    const matched = keepMatches(await this.#order(findOrder(ordering), state), matcher)
    if (ordering.direction === 'descending') matched.reverse()
    this.#matches.set(key, matched)
    return matched
  }

  /** All rows by their key and then their id, ascending; a check's scores name only the images that have one. */
  async #order(by: OrderBy, state: TableState): Promise<Uint32Array> {
    const { table } = state
    const name = `${by.sort}/${by.check}`
    const version = orderVersion(by, state)
    const known = this.#orders.get(name)
    if (known?.version === version) return known.rows
    const rows = new Uint32Array(table.size)
    // The table stands in the order of ids.
    for (let row = 0; by.sort === 'id' && row < rows.length; row++) rows[row] = row
    let size = by.sort === 'id' ? rows.length : 0
    let after: PageKey | null = null
    for (let isMore = by.sort !== 'id'; isMore;) {
      const keys = this.#images.order(by, after, keysAtOnce)
      for (const { id } of keys) {
        const row = table.rowOf(id)
        // An image that came in after the table was read is not part of this answer.
        if (row !== -1 && size < rows.length) rows[size++] = row
      }
      after = keys.at(-1) ?? null
      isMore = keys.length === keysAtOnce
      if (isMore) await yieldToEvents()
    }
    const ordered = rows.subarray(0, size)
    this.#orders.set(name, { version, rows: ordered })
    return ordered
  }

  /** How many of the matched rows come before what follows the cursor's place. */
  async #placeAfter({ by, after, ordering, state, matched }: PlaceInput): Promise<number> {
    const next = this.#findKnown({ by, after, direction: ordering.direction, state })
    if (next === -1) return matched.length
    const order = await this.#order(by, state)
    const ranks = new Uint32Array(state.table.size)
    order.forEach((row, rank) => (ranks[row] = rank))
    const isUp = ordering.direction === 'ascending'
    const wanted = ranks[next] ?? 0
    let [low, high] = [0, matched.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      const rank = ranks[matched[middle] ?? 0] ?? 0
      if (isUp ? rank < wanted : rank > wanted) low = middle + 1
      else high = middle
    }
    return low
  }

  /** The row after a place, or -1 at the end; images that came in after the table was read are passed over. */
  #findKnown({
    by,
    after,
    direction,
    state,
  }: Omit<PlaceInput, 'ordering' | 'matched'> & Pick<Ordering, 'direction'>): number {
    for (let place: PageKey | null = after; place !== null;) {
      place = this.#images.neighbour(by, place, direction)
      const row = place === null ? -1 : state.table.rowOf(place.id)
      if (row !== -1) return row
    }
    return -1
  }
}

function keepMatches(order: Uint32Array, matcher: ImageMatcher): Uint32Array {
  const matched = new Uint32Array(order.length)
  let size = 0
  for (const row of order) if (matcher.matches(row)) matched[size++] = row
  return matched.slice(0, size)
}

interface PlaceInput {
  readonly by: OrderBy
  readonly after: PageKey
  readonly ordering: Ordering
  readonly state: TableState
  readonly matched: Uint32Array
}

/** Throws INVALID_INPUT when an order by score does not say by which check's. */
function findOrder({ filter, sort }: Pick<Ordering, 'filter' | 'sort'>): OrderBy {
  if (sort !== 'finding') return { sort, check: null }
  const check = sortedCheck(filter)
  if (check !== null) return { sort, check }
  throw new AppError(
    'INVALID_INPUT',
    'The order by score wants one finding in the filter, since every check has scores of its own. Choose one finding.',
    { details: { field: 'sort' } },
  )
}

function sortedCheck(filter: ImageFilter): CheckId | null {
  const [check, ...others] = filter.findings ?? []
  return others.length > 0 || check === undefined || check === unchecked ? null : check
}

/** What an order depends on: labels move ages, scans move scores, and files never change. */
function orderVersion({ sort, check }: OrderBy, state: TableState): string {
  switch (sort) {
    case 'id':
    case 'path':
    case 'pixels':
    case 'bytes':
    case 'imported':
      return String(state.table.size)
    case 'age':
      return state.labelVersion
    case 'finding':
      return `${state.table.size}/${check === null ? '' : state.checkVersion(check)}`
    default:
      return sort satisfies never
  }
}
