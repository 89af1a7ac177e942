import { setImmediate as yieldToEvents } from 'node:timers/promises'
import { AppError } from '#shared/contract/errors.ts'
import type { ImageFilter } from '#shared/contract/image.contract.ts'
import { checkIds, checks, type CheckId } from '#shared/domain/checks.ts'
import { readImageSearch, type SearchTerm } from '#shared/domain/image-search.ts'
import type { ImageTable } from '#engine/data/catalogue/domain/image-table.ts'
import { cutWords, maskSearch, type FoundTerm } from '#engine/data/catalogue/domain/search-mask.ts'
import type { ImageSearchRepo, OpenFinding, SearchedText } from './image-search.repo.ts'

export interface SearchedRows {
  /** 1 for each row that the search, the text and the identities let through; null where none is asked for. */
  readonly base: Uint8Array | null
  readonly isStatusSearched: boolean
}

interface SearchInput {
  readonly table: ImageTable
  readonly parts: Uint8Array | null
  readonly datasetNames: ReadonlyMap<number, string>
}

const hitsAtOnce = 20_000

/** Throws INVALID_INPUT with the place of the first mistake, counted from 0. */
function readTerms(search: string): readonly SearchTerm[] {
  const { terms, problem } = readImageSearch(search)
  if (terms !== null) return terms
  throw new AppError(
    'INVALID_INPUT',
    `The search cannot be read at character ${problem.position + 1}: ${problem.message}`,
    { details: { field: 'filter.search', position: problem.position, length: problem.length } },
  )
}

/** Turns the parts of a filter that are no facet into the rows they let through. */
export class ImageSearchService {
  readonly #repo: ImageSearchRepo

  constructor(deps: { repo: ImageSearchRepo }) {
    this.#repo = deps.repo
  }

  /** Throws INVALID_INPUT for a search that cannot be read. */
  async findRows(filter: ImageFilter, input: SearchInput): Promise<SearchedRows> {
    const terms = readTerms(filter.search ?? '')
    const text = filter.text?.trim() ?? ''
    const identities = filter.identities ?? []
    if (terms.length === 0 && text === '' && identities.length === 0)
      return { base: null, isStatusSearched: false }
    const found: FoundTerm[] = []
    for (const term of terms) found.push({ ...term, ...(await this.#find(term)) })
    if (text !== '') found.push(idsTerm(this.#repo.findContaining(text)))
    const base = maskSearch({ ...input, terms: found })
    if (identities.length > 0) keepIdentities(base, input.table, identities)
    return { base, isStatusSearched: terms.some(({ condition }) => condition.kind === 'status') }
  }

  async #find({ condition }: SearchTerm): Promise<Pick<FoundTerm, 'images' | 'identities'>> {
    switch (condition.kind) {
      case 'words':
        return {
          images: [
            ...(await this.#findHits('paths', [condition.text])),
            ...(await this.#findHits('notes', [condition.text])),
          ],
          identities: await this.#findHits('identities', [condition.text]),
        }
      case 'path':
        return { images: await this.#findHits('paths', condition.values), identities: [] }
      case 'note':
        return { images: await this.#findHits('notes', condition.values), identities: [] }
      case 'open':
        return { images: await this.#findOpen(condition.values), identities: [] }
      case 'identity':
        return { images: [], identities: await this.#findHits('identities', condition.names) }
      case 'dataset':
      case 'race':
      case 'gender':
      case 'age':
      case 'status':
      case 'finding':
      case 'part':
      case 'id':
        return { images: [], identities: [] }
      default:
        return condition satisfies never
    }
  }

  async #findOpen(wanted: readonly CheckId[]): Promise<number[]> {
    const ids: number[] = []
    for (const check of wanted.length === 0 ? checkIds : wanted) {
      let after: OpenFinding | null = null
      for (let isMore = true; isMore;) {
        const hits: OpenFinding[] = this.#repo.findOpen(checks[check].code, after, hitsAtOnce)
        for (const { id } of hits) ids.push(id)
        after = hits.at(-1) ?? after
        isMore = hits.length === hitsAtOnce
        if (isMore) await yieldToEvents()
      }
    }
    return ids
  }

  async #findHits(text: SearchedText, values: readonly string[]): Promise<number[]> {
    const ids: number[] = []
    for (const value of values) {
      const words = cutWords(value)
      for (let after = 0, isMore = words.length > 0; isMore;) {
        const hits = this.#repo.findWords(text, words, { after, limit: hitsAtOnce })
        for (const { id } of hits) ids.push(id)
        after = hits.at(-1)?.row ?? after
        isMore = hits.length === hitsAtOnce
        if (isMore) await yieldToEvents()
      }
    }
    return ids
  }
}

const idsTerm = (ids: readonly number[]): FoundTerm => ({
  isExcluded: false,
  condition: { kind: 'id', ids },
  images: [],
  identities: [],
})

function keepIdentities(base: Uint8Array, table: ImageTable, identities: readonly number[]): void {
  const wanted = new Set(identities)
  for (let row = 0; row < table.size; row++) if (!wanted.has(table.identityIds[row] ?? 0)) base[row] = 0
}
