import { AppError } from '#shared/contract/errors.ts'
import type { SavedQuery, SavedQueryId, SavedQueryRequest } from '#shared/contract/saved-query.contract.ts'
import type { Topic } from '#shared/contract/system.contract.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import type { SavedQueryRepo } from './saved-query.repo.ts'

/** Views of the catalogue under names of their own. */
export class SavedQueryService {
  readonly #queries: SavedQueryRepo
  readonly #now: Clock
  readonly #publishChange: (topics: readonly Topic[]) => void

  constructor(deps: {
    queries: SavedQueryRepo
    now: Clock
    publishChange: (topics: readonly Topic[]) => void
  }) {
    this.#queries = deps.queries
    this.#now = deps.now
    this.#publishChange = deps.publishChange
  }

  list(): SavedQuery[] {
    return this.#queries.list()
  }

  /** Throws CONFLICT for a name in use, unless that query is to be replaced. */
  save({ name, view, replace }: SavedQueryRequest): SavedQuery {
    const known = this.#queries.findByName(name)
    const stored = { name, query: JSON.stringify(view), at: formatTimestamp(this.#now()) }
    if (known !== undefined && !replace) this.#refuseName(name)
    if (known !== undefined) this.#queries.update(known.id, stored)
    const id = known?.id ?? this.#queries.insert(stored)
    this.#publishChange(['images'])
    return this.#require(id)
  }

  /** Throws NOT_FOUND, and CONFLICT for a name in use. */
  rename(id: SavedQueryId, name: string): SavedQuery {
    const { view } = this.#require(id)
    const other = this.#queries.findByName(name)
    if (other !== undefined && other.id !== id) this.#refuseName(name)
    this.#queries.update(id, { name, query: JSON.stringify(view), at: formatTimestamp(this.#now()) })
    this.#publishChange(['images'])
    return this.#require(id)
  }

  /** @returns false when it was gone already */
  remove(id: SavedQueryId): boolean {
    const isRemoved = this.#queries.delete(id)
    if (isRemoved) this.#publishChange(['images'])
    return isRemoved
  }

  #require(id: number): SavedQuery {
    const found = this.#queries.find(id)
    if (found !== undefined) return found
    throw new AppError('NOT_FOUND', `There is no saved query ${id}. List the queries again.`, {
      details: { savedQueryId: id },
    })
  }

  #refuseName(name: string): never {
    throw new AppError(
      'CONFLICT',
      `There already is a saved query “${name}”. Choose another name, or replace that query.`,
      { details: { field: 'name' } },
    )
  }
}
