import * as z from 'zod'
import {
  identityKind,
  imageFilter,
  imageSort,
  imageStatus,
  type ImageFilter,
  type FacetName,
  type ImageSort,
} from '#shared/contract/image.contract.ts'
import { captionKinds, type CaptionKind } from '#renderer/components/tile-words.ts'
import { reasonOfCheck } from '#shared/domain/checks.ts'
import type { RemoveReason } from '#shared/domain/decision-words.ts'
import { datasetId, identityId } from '#shared/contract/base.contract.ts'
import type { ImageView } from '#shared/contract/saved-query.contract.ts'
import { partName } from '#shared/contract/split.contract.ts'
import { findingValues, unchecked } from '#shared/domain/image-states.ts'
import {
  checkOfColumn,
  defaultColumns,
  imageColumnSchema,
  type ImageColumn,
} from '#shared/domain/image-columns.ts'

const labels = z.array(z.string().nullable()).optional().catch(undefined)
const part = partName.nullable()
const finding = z.enum(findingValues).nullable()

const captionKind = z.enum(captionKinds)
export const noCaptions: readonly CaptionKind[] = []

const facetValues = {
  datasets: z.array(datasetId).optional().catch(undefined),
  race: labels,
  gender: labels,
  age: labels,
  status: z.array(imageStatus).optional().catch(undefined),
  findings: z.array(finding).optional().catch(undefined),
  parts: z.array(part).optional().catch(undefined),
  people: z.array(identityKind).optional().catch(undefined),
}

/** The whole view of the catalogue as the address holds it. */
export const catalogueSearch = z.object({
  ...facetValues,
  /** Values that were left out by an Alt-click. */
  exclude: z.object(facetValues).optional().catch(undefined),
  identity: identityId.optional().catch(undefined),
  split: z.int().positive().optional().catch(undefined),
  text: z.string().max(200).optional().catch(undefined),
  search: z.string().max(500).optional().catch(undefined),
  sort: imageSort.optional().catch(undefined),
  descending: z.boolean().optional().catch(undefined),
  size: z.int().min(64).max(256).optional().catch(undefined),
  view: z.enum(['grid', 'table']).optional().catch(undefined),
  /** What stands below each picture of the grid. */
  show: z.array(captionKind).optional().catch(undefined),
  columns: z.array(imageColumnSchema).min(1).optional().catch(undefined),
  image: z.int().positive().optional().catch(undefined),
})
export type CatalogueSearch = z.infer<typeof catalogueSearch>

/** Only the filter part of the view, as the engine takes it. */
export function toImageFilter(search: CatalogueSearch): ImageFilter {
  const { exclude, split, parts, people, identity, text, search: query } = search
  const { people: withoutPeople, ...without } = exclude ?? {}
  return imageFilter.parse(
    dropEmpty({
      datasets: search.datasets,
      race: search.race,
      gender: search.gender,
      age: search.age,
      status: search.status,
      findings: search.findings,
      identity: people,
      identities: identity === undefined ? undefined : [identity],
      split: split === undefined ? undefined : { splitId: split, parts: parts ?? [...partName.options] },
      text: text === '' ? undefined : text,
      search: query === '' ? undefined : query,
      exclude: exclude === undefined ? undefined : dropEmpty({ ...without, identity: withoutPeople }),
    }),
  )
}

/** Without the fields that have no value, which the engine does not take for missing ones. */
function dropEmpty(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

const keyOf = {
  dataset: 'datasets',
  race: 'race',
  gender: 'gender',
  age: 'age',
  status: 'status',
  finding: 'findings',
  part: 'parts',
  identity: 'people',
} as const satisfies Record<FacetName, keyof typeof facetValues>

type Choices = Pick<CatalogueSearch, keyof typeof facetValues>

const readValues = (choices: Choices | undefined, facet: FacetName): (string | null)[] =>
  (choices?.[keyOf[facet]] ?? []).map((value) => (value === null ? null : String(value)))

function writeValues(facet: FacetName, values: readonly (string | null)[]): Choices {
  const key = keyOf[facet]
  if (values.length === 0) return { [key]: undefined }
  const typed = facet === 'dataset' ? values.map(Number) : [...values]
  return { [key]: facetValues[key].parse(typed) }
}

/** What is chosen in one facet, as the facet's own values. */
export const selectedValues = (search: CatalogueSearch, facet: FacetName): readonly (string | null)[] =>
  readValues(search, facet)

/** What is left out of one facet. */
export const excludedValues = (search: CatalogueSearch, facet: FacetName): readonly (string | null)[] =>
  readValues(search.exclude, facet)

const toggle = (values: readonly (string | null)[], value: string | null): (string | null)[] =>
  values.includes(value) ? values.filter((other) => other !== value) : [...values, value]

/** A click chooses a value, or takes it back; one that was left out comes back first. */
export function chooseValue(
  search: CatalogueSearch,
  facet: FacetName,
  value: string | null,
): CatalogueSearch {
  const excluded = excludedValues(search, facet)
  if (excluded.includes(value)) return withExcluded(search, facet, toggle(excluded, value))
  return { ...search, ...writeValues(facet, toggle(selectedValues(search, facet), value)) }
}

/** An Alt-click leaves a value out, or lets it in again; it is then no longer chosen. */
export function excludeValue(
  search: CatalogueSearch,
  facet: FacetName,
  value: string | null,
): CatalogueSearch {
  const chosen = selectedValues(search, facet).filter((other) => other !== value)
  return withExcluded(
    { ...search, ...writeValues(facet, chosen) },
    facet,
    toggle(excludedValues(search, facet), value),
  )
}

function withExcluded(
  search: CatalogueSearch,
  facet: FacetName,
  values: readonly (string | null)[],
): CatalogueSearch {
  const exclude: Choices = { ...search.exclude, ...writeValues(facet, values) }
  const isEmpty = Object.values(exclude).every((list) => list === undefined)
  return { ...search, exclude: isEmpty ? undefined : exclude }
}

/** What stays when every filter is cleared: order, tile size, grid or table. */
export function withoutFilters(search: CatalogueSearch): CatalogueSearch {
  const { sort, descending, size, view, columns, show } = search
  // The order by score wants a finding, which is gone.
  return { sort: sort === 'finding' ? undefined : sort, descending, size, view, columns, show }
}

export function hasFilters(search: CatalogueSearch): boolean {
  return Object.keys(toImageFilter(search)).length > 0
}

/** The order by score is open when one finding is chosen, whose scores they are. */
export const canSortByFinding = ({ findings }: CatalogueSearch): boolean =>
  findings?.length === 1 && findings[0] !== null && findings[0] !== unchecked

/** Why images of this view leave, where the person who removes them says nothing else. */
export function usualReason({ findings }: CatalogueSearch): RemoveReason {
  const [only, ...others] = findings ?? []
  const isOne = others.length === 0 && only !== undefined && only !== null && only !== unchecked
  return isOne ? reasonOfCheck(only) : 'other'
}

export const shownColumns = (search: CatalogueSearch): readonly ImageColumn[] =>
  search.columns ?? defaultColumns

/** The order and filter of the view, as the engine takes them. */
export function toOrdering(search: CatalogueSearch): Pick<ImageView, 'filter' | 'sort' | 'direction'> {
  const sort = search.sort === 'finding' && !canSortByFinding(search) ? 'id' : (search.sort ?? 'id')
  return {
    filter: toImageFilter(search),
    sort,
    direction: search.descending === true ? 'descending' : 'ascending',
  }
}

export function toImageView(search: CatalogueSearch): ImageView {
  const columns = search.view === 'table' ? [...shownColumns(search)] : null
  return { ...toOrdering(search), columns }
}

/** The view of a saved query; tile size and the open image stay as they are. */
export function fromImageView(view: ImageView, search: CatalogueSearch): CatalogueSearch {
  const { filter, sort, direction, columns } = view
  const { identity: people, identities, split, exclude, ...same } = filter
  const { identity: withoutPeople, ...without } = exclude ?? {}
  return catalogueSearch.parse(
    dropEmpty({
      ...same,
      people,
      identity: identities?.[0],
      split: split?.splitId,
      parts: split?.parts,
      exclude: exclude === undefined ? undefined : dropEmpty({ ...without, people: withoutPeople }),
      sort: sort === 'id' ? undefined : sort,
      descending: direction === 'descending' ? true : undefined,
      size: search.size,
      view: columns === null ? undefined : 'table',
      columns: columns ?? undefined,
    }),
  )
}

/** Whether only the look has changed, which makes no step in the history of the window. */
export function isSameView(one: CatalogueSearch, other: CatalogueSearch): boolean {
  const look = { size: undefined, columns: undefined, show: undefined }
  const viewOf = (view: CatalogueSearch) => JSON.stringify(catalogueSearch.parse({ ...view, ...look }))
  return viewOf(one) === viewOf(other)
}

const sortOfColumn: Partial<Record<ImageColumn, ImageSort>> = {
  id: 'id',
  path: 'path',
  age_years: 'age',
  age_bin: 'age',
  bytes: 'bytes',
  imported_at: 'imported',
}

/** The order that a column stands for; null where there is none. */
export function columnSort(
  { findings }: Pick<ImageFilter, 'findings'>,
  column: ImageColumn,
): ImageSort | null {
  const check = checkOfColumn(column)
  if (check === null) return sortOfColumn[column] ?? null
  return findings?.length === 1 && findings[0] === check ? 'finding' : null
}

/** By this column, or the other way round where it is so already. */
export function sortByColumn(search: CatalogueSearch, column: ImageColumn): CatalogueSearch {
  const sort = columnSort(toImageFilter(search), column)
  if (sort === null) return search
  const isSorted = toOrdering(search).sort === sort
  return {
    ...search,
    sort: sort === 'id' ? undefined : sort,
    descending: isSorted && search.descending !== true ? true : undefined,
  }
}
