import type { ImageFilter } from '#shared/contract/image.contract.ts'
import type { PartName } from '#shared/contract/split.contract.ts'
import { FlagTest } from './flag-column.ts'
import type { CodedColumn, ImageTable } from './image-table.ts'

/** Part of each row in one split, as an index into this list. */
export const partCodes = [null, 'train', 'val', 'test'] as const

export interface MatchInput {
  readonly table: ImageTable
  readonly filter: ImageFilter
  /** Part of each row in the split that is spoken of; null where there is no split. */
  readonly parts: Uint8Array | null
  /** 1 for rows that the search and every other filter that is no facet lets through; null lets all through. */
  readonly base: Uint8Array | null
  /** True where the search names a status: then removed images are not left out. */
  readonly isStatusSearched: boolean
}

/** Which of a list of values passes: 1 for those wanted (all where none is named) and not excluded. */
function allow<Value>(
  values: readonly Value[],
  wanted: readonly Value[] | undefined,
  excluded: readonly Value[] | undefined,
): Uint8Array {
  const isAll = wanted === undefined || wanted.length === 0
  return Uint8Array.from(values, (value) =>
    (isAll || wanted.includes(value)) && excluded?.includes(value) !== true ? 1 : 0,
  )
}

const notRemoved = ['undecided', 'kept'] as const

/** Says of each row which facets' choices it fails. */
export class ImageMatcher {
  readonly #input: MatchInput
  readonly #allowed: Readonly<Record<CodedColumn, Uint8Array>>
  readonly #allowedParts: Uint8Array
  readonly #finding: FlagTest
  readonly #identity: FlagTest

  constructor(input: MatchInput) {
    const { table, filter, isStatusSearched } = input
    const { exclude = {} } = filter
    const isStatusOpen = isStatusSearched || (filter.status !== undefined && filter.status.length > 0)
    const values = (column: CodedColumn): readonly (string | null)[] => table.vocabularies[column].values
    this.#input = input
    this.#allowed = {
      dataset: allow(values('dataset'), filter.datasets?.map(String), exclude.datasets?.map(String)),
      race: allow(values('race'), filter.race, exclude.race),
      gender: allow(values('gender'), filter.gender, exclude.gender),
      age: allow(values('age'), filter.age, exclude.age),
      status: allow<string | null>(
        values('status'),
        isStatusOpen ? filter.status : notRemoved,
        exclude.status,
      ),
    }
    this.#allowedParts = allow<PartName | null>(partCodes, filter.split?.parts, exclude.parts)
    this.#finding = new FlagTest(table.findings, { wanted: filter.findings, excluded: exclude.findings })
    this.#identity = new FlagTest(table.identity, { wanted: filter.identity, excluded: exclude.identity })
  }

  /** True where the search, and whatever else is no facet, lets the row through. */
  isInBase(row: number): boolean {
    return this.#input.base === null || this.#input.base[row] === 1
  }

  /**
   * A bit for each facet whose choice the row fails: data set 1, race 2, gender 4, age 8, status 16, finding 32, part 64,
   * identity 128.
   */
  failures(row: number): number {
    const { table, parts } = this.#input
    const { codes } = table
    const allowed = this.#allowed
    let failed = 0
    if (allowed.dataset[codes.dataset[row] ?? 0] !== 1) failed |= 1
    if (allowed.race[codes.race[row] ?? 0] !== 1) failed |= 2
    if (allowed.gender[codes.gender[row] ?? 0] !== 1) failed |= 4
    if (allowed.age[codes.age[row] ?? 0] !== 1) failed |= 8
    if (allowed.status[codes.status[row] ?? 0] !== 1) failed |= 16
    if (!this.#finding.passes(row)) failed |= 32
    if (this.#allowedParts[parts?.[row] ?? 0] !== 1) failed |= 64
    if (!this.#identity.passes(row)) failed |= 128
    return failed
  }

  matches(row: number): boolean {
    return this.isInBase(row) && this.failures(row) === 0
  }
}
