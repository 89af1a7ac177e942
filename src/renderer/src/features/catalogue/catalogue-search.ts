import * as z from 'zod'
import { imageSort, type ImageFilter } from '#shared/contract/image.contract.ts'
import { datasetId, identityId } from '#shared/contract/base.contract.ts'
import { partName } from '#shared/contract/split.contract.ts'

const labels = z.array(z.string().nullable()).optional().catch(undefined)

/** The whole view of the catalogue as the address holds it. */
export const catalogueSearch = z.object({
  datasets: z.array(datasetId).optional().catch(undefined),
  race: labels,
  gender: labels,
  age: labels,
  identity: identityId.optional().catch(undefined),
  split: z.int().positive().optional().catch(undefined),
  parts: z.array(partName).optional().catch(undefined),
  text: z.string().max(200).optional().catch(undefined),
  sort: imageSort.optional().catch(undefined),
  descending: z.boolean().optional().catch(undefined),
  size: z.int().min(64).max(256).optional().catch(undefined),
  image: z.int().positive().optional().catch(undefined),
})
export type CatalogueSearch = z.infer<typeof catalogueSearch>

/** Only the filter part of the view, as the engine takes it. */
export function toImageFilter(search: CatalogueSearch): ImageFilter {
  return {
    ...(search.datasets === undefined ? {} : { datasets: search.datasets }),
    ...(search.race === undefined ? {} : { race: search.race }),
    ...(search.gender === undefined ? {} : { gender: search.gender }),
    ...(search.age === undefined ? {} : { age: search.age }),
    ...(search.identity === undefined ? {} : { identities: [search.identity] }),
    ...(search.split === undefined
      ? {}
      : { split: { splitId: search.split, parts: search.parts ?? [...partName.options] } }),
    ...(search.text === undefined || search.text === '' ? {} : { text: search.text }),
  }
}

export type FacetName = 'dataset' | 'race' | 'gender' | 'age' | 'part'

/** What is chosen in one facet, as the facet's own values. */
export function selectedValues(search: CatalogueSearch, facet: FacetName): readonly (string | null)[] {
  switch (facet) {
    case 'dataset':
      return (search.datasets ?? []).map(String)
    case 'part':
      return search.parts ?? []
    case 'race':
    case 'gender':
    case 'age':
      return search[facet] ?? []
    default:
      return facet satisfies never
  }
}

/** A click adds a value to the chosen ones or takes it away. */
export function toggleValue(selected: readonly (string | null)[], value: string | null): (string | null)[] {
  return selected.includes(value) ? selected.filter((other) => other !== value) : [...selected, value]
}

/** An Alt-click leaves the value out: of what is chosen, or of everything when nothing is. */
export function excludeValue(
  all: readonly (string | null)[],
  selected: readonly (string | null)[],
  value: string | null,
): (string | null)[] {
  return (selected.length === 0 ? all : selected).filter((other) => other !== value)
}

/** The address after one facet's choice changed; an empty choice takes the facet out. */
export function withFacet(
  search: CatalogueSearch,
  facet: FacetName,
  values: readonly (string | null)[],
): CatalogueSearch {
  const chosen = values.length === 0 ? undefined : [...values]
  switch (facet) {
    case 'dataset':
      return { ...search, datasets: chosen?.map((value) => datasetId.parse(Number(value))) }
    case 'part':
      return { ...search, parts: chosen?.map((value) => partName.parse(value)) }
    case 'race':
    case 'gender':
    case 'age':
      return { ...search, [facet]: chosen }
    default:
      return facet satisfies never
  }
}

/** What stays when every filter is cleared: order, tile size, the split whose parts are counted. */
export function withoutFilters(search: CatalogueSearch): CatalogueSearch {
  return { sort: search.sort, descending: search.descending, size: search.size }
}

export function hasFilters(search: CatalogueSearch): boolean {
  return Object.keys(toImageFilter(search)).length > 0
}
