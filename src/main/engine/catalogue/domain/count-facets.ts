import type { ImageFacets, ImageFilter } from '#shared/contract/image.contract.ts'
import { ageBinLabels, labelSchemes } from '#shared/domain/label-schemes.ts'

export interface FacetCell {
  readonly datasetId: number
  readonly race: string | null
  readonly gender: string | null
  readonly ageBin: string | null
  readonly part: 'train' | 'val' | 'test' | null
  readonly count: number
}

type FacetName = Exclude<keyof ImageFacets, 'total'>
type FacetValue = string | number | null

const valueOf: { readonly [Name in FacetName]: (cell: FacetCell) => FacetValue } = {
  dataset: (cell) => cell.datasetId,
  race: (cell) => cell.race,
  gender: (cell) => cell.gender,
  age: (cell) => cell.ageBin,
  part: (cell) => cell.part,
}

const wantedBy = (filter: ImageFilter): { readonly [Name in FacetName]: readonly FacetValue[] } => ({
  dataset: filter.datasets ?? [],
  race: filter.race ?? [],
  gender: filter.gender ?? [],
  age: filter.age ?? [],
  part: filter.split?.parts ?? [],
})

const facetNames = ['dataset', 'race', 'gender', 'age', 'part'] as const

/** One list in which the values of every scheme keep their scheme's order, however many they share. */
function mergeOrders(orders: readonly (readonly string[])[]): string[] {
  const merged: string[] = []
  for (const values of orders) {
    let before = merged.length
    for (const value of values.toReversed()) {
      const known = merged.indexOf(value)
      if (known === -1) merged.splice(before, 0, value)
      else before = known
    }
  }
  return merged
}

const partLabels = { train: 'Train', val: 'Validation', test: 'Test' } as const
const order: { readonly [Name in FacetName]: readonly FacetValue[] } = {
  dataset: [],
  race: mergeOrders(Object.values(labelSchemes).map((scheme) => scheme.race)),
  gender: mergeOrders(Object.values(labelSchemes).map((scheme) => scheme.gender)),
  age: ageBinLabels,
  part: ['train', 'val', 'test'],
}

/** In their scheme's order, then by name or number; missing last. */
function compareValues(name: FacetName): (a: FacetValue, b: FacetValue) => number {
  const rank = (value: FacetValue): number => {
    if (value === null) return Number.MAX_SAFE_INTEGER
    const index = order[name].indexOf(value)
    return index === -1 ? order[name].length : index
  }
  return (a, b) => {
    const difference = rank(a) - rank(b)
    if (difference !== 0) return difference
    if (typeof a === 'number' && typeof b === 'number') return a - b
    return String(a) < String(b) ? -1 : 1
  }
}

export interface FacetOptions {
  readonly filter: ImageFilter
  readonly datasetNames: ReadonlyMap<number, string>
  /** False where no split exists: the part facet is then empty. */
  readonly hasSplit: boolean
}

const describeValue = (name: FacetName, value: FacetValue, names: ReadonlyMap<number, string>): string => {
  if (value === null) return name === 'part' ? 'Not in the split' : 'Not labelled'
  if (name === 'dataset' && typeof value === 'number') return names.get(value) ?? String(value)
  if (name === 'part')
    return value === 'train' || value === 'val' || value === 'test' ? partLabels[value] : String(value)
  return String(value)
}

/** Counts of every value under all filters but the facet's own; values that nothing carries now count 0. */
export function countFacets(
  cells: readonly FacetCell[],
  { filter, datasetNames, hasSplit }: FacetOptions,
): ImageFacets {
  const wanted = wantedBy(filter)
  const passes = (cell: FacetCell, except: FacetName | null): boolean =>
    facetNames.every(
      (name) => name === except || wanted[name].length === 0 || wanted[name].includes(valueOf[name](cell)),
    )
  const count = (name: FacetName): ImageFacets['race'] => {
    if (name === 'part' && !hasSplit) return []
    const counts = new Map<FacetValue, number>(wanted[name].map((value) => [value, 0]))
    for (const cell of cells) {
      const value = valueOf[name](cell)
      counts.set(value, (counts.get(value) ?? 0) + (passes(cell, name) ? cell.count : 0))
    }
    const compare = compareValues(name)
    return [...counts]
      .sort(([a], [b]) => compare(a, b))
      .map(([value, images]) => ({
        value: value === null ? null : String(value),
        label: describeValue(name, value, datasetNames),
        count: images,
      }))
  }
  const total = cells.reduce((sum, cell) => sum + (passes(cell, null) ? cell.count : 0), 0)
  return {
    total,
    dataset: count('dataset'),
    race: count('race'),
    gender: count('gender'),
    age: count('age'),
    part: count('part'),
  }
}
