import type { FacetName, ImageFacets } from '#shared/contract/image.contract.ts'
import { checks } from '#shared/domain/checks.ts'
import { unchecked } from '#shared/domain/image-states.ts'
import { lookUp } from '#shared/domain/look-up.ts'
import { formatCategory } from '#renderer/components/format.ts'
import {
  chooseValue,
  excludedValues,
  excludeValue,
  selectedValues,
  type CatalogueSearch,
} from './catalogue-search.ts'

export interface FilterChip {
  readonly key: string
  readonly text: string
  readonly isExcluded: boolean
  /** The view without this filter. */
  readonly without: CatalogueSearch
}

/** How the values of each facet are told apart in one line. */
const facetWords = {
  dataset: 'data set',
  race: 'race',
  gender: 'gender',
  age: 'age',
  status: 'status',
  finding: 'finding',
  part: 'part',
  identity: 'identity',
} as const satisfies Record<FacetName, string>
const facetNames = Object.keys(facetWords) as FacetName[]

function describeValue(name: FacetName, value: string | null, facets: ImageFacets | undefined): string {
  const counted = facets?.[name].find((one) => one.value === value)?.label
  if (counted !== undefined) return formatCategory(counted)
  if (value === null) return 'none'
  if (name === 'finding') return value === unchecked ? 'Not checked' : (lookUp(checks, value)?.title ?? value)
  return formatCategory(value)
}

/** A chip for each value that is chosen or left out, and for the rest of what narrows the images. */
export function listChips(search: CatalogueSearch, facets: ImageFacets | undefined): FilterChip[] {
  const ofFacet = (name: FacetName): FilterChip[] => [
    ...selectedValues(search, name).map((value) => ({
      key: `${name} ${value}`,
      text: `${facetWords[name]}: ${describeValue(name, value, facets)}`,
      isExcluded: false,
      without: chooseValue(search, name, value),
    })),
    ...excludedValues(search, name).map((value) => ({
      key: `not ${name} ${value}`,
      text: `not ${facetWords[name]}: ${describeValue(name, value, facets)}`,
      isExcluded: true,
      without: excludeValue(search, name, value),
    })),
  ]
  const { identity, split, parts, text, search: query } = search
  const rest: (FilterChip | null)[] = [
    identity === undefined
      ? null
      : {
          key: 'identity',
          text: `identity ${identity}`,
          isExcluded: false,
          without: { ...search, identity: undefined },
        },
    split === undefined || parts !== undefined
      ? null
      : {
          key: 'split',
          text: `in split ${split}`,
          isExcluded: false,
          without: { ...search, split: undefined },
        },
    text === undefined || text === ''
      ? null
      : { key: 'text', text: `“${text}”`, isExcluded: false, without: { ...search, text: undefined } },
    query === undefined || query === ''
      ? null
      : { key: 'search', text: query, isExcluded: false, without: { ...search, search: undefined } },
  ]
  return [...facetNames.flatMap(ofFacet), ...rest.filter((chip) => chip !== null)]
}
