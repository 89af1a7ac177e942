import type { FacetName, ImageFacets, ImageFilter } from '#shared/contract/image.contract.ts'
import { checks } from '#shared/domain/checks.ts'
import { findingValues, identityKinds, imageStatuses, unchecked } from '#shared/domain/image-states.ts'
import { ageBinLabels, labelSchemes } from '#shared/domain/label-schemes.ts'
import type { FlagColumn } from './flag-column.ts'
import { ImageMatcher, partCodes, type MatchInput } from './match-images.ts'

type FacetValue = string | null

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
const statusLabels = { undecided: 'Undecided', kept: 'Kept', removed: 'Removed' } as const
const identityLabels = {
  several: 'Several images',
  single: 'One image',
  none: 'Not known',
  suspect: 'Suspect',
} as const

const order: { readonly [Name in FacetName]: readonly FacetValue[] } = {
  dataset: [],
  race: mergeOrders(Object.values(labelSchemes).map((scheme) => scheme.race)),
  gender: mergeOrders(Object.values(labelSchemes).map((scheme) => scheme.gender)),
  age: ageBinLabels,
  status: imageStatuses,
  finding: findingValues,
  part: ['train', 'val', 'test'],
  identity: identityKinds,
}

/** In their scheme's order, then by number or name; missing last. */
function compareValues(name: FacetName): (a: FacetValue, b: FacetValue) => number {
  const rank = (value: FacetValue): number => {
    if (value === null) return Number.MAX_SAFE_INTEGER
    const index = order[name].indexOf(value)
    return index === -1 ? order[name].length : index
  }
  return (a, b) => {
    const difference = rank(a) - rank(b)
    if (difference !== 0) return difference
    if (name === 'dataset') return Number(a) - Number(b)
    return String(a) < String(b) ? -1 : 1
  }
}

export interface FacetOptions extends MatchInput {
  readonly datasetNames: ReadonlyMap<number, string>
}

function describeValue(name: FacetName, value: FacetValue, names: ReadonlyMap<number, string>): string {
  const isIn = <Labels extends object>(labels: Labels, key: PropertyKey): key is keyof Labels => key in labels
  if (value === null)
    return name === 'part' ? 'Not in the split' : name === 'finding' ? 'No finding' : 'Not labelled'
  switch (name) {
    case 'dataset':
      return names.get(Number(value)) ?? value
    case 'part':
      return isIn(partLabels, value) ? partLabels[value] : value
    case 'status':
      return isIn(statusLabels, value) ? statusLabels[value] : value
    case 'identity':
      return isIn(identityLabels, value) ? identityLabels[value] : value
    case 'finding':
      return isIn(checks, value) ? checks[value].title : value === unchecked ? 'Not checked' : value
    case 'race':
    case 'gender':
    case 'age':
      return value
    default:
      return name satisfies never
  }
}

const chosenBy = (filter: ImageFilter): { readonly [Name in FacetName]: readonly FacetValue[] } => {
  const { exclude = {} } = filter
  const both = <Value>(wanted: readonly Value[] = [], excluded: readonly Value[] = []): Value[] => [
    ...wanted,
    ...excluded,
  ]
  return {
    dataset: both(filter.datasets, exclude.datasets).map(String),
    race: both(filter.race, exclude.race),
    gender: both(filter.gender, exclude.gender),
    age: both(filter.age, exclude.age),
    status: both(filter.status, exclude.status),
    finding: both(filter.findings, exclude.findings),
    part: both(filter.split?.parts, exclude.parts),
    identity: both(filter.identity, exclude.identity),
  }
}

/** By code, or by place for facets of several values an image. */
interface Tally {
  /** Above 0 for each value that some row carries. */
  readonly all: Uint32Array | Uint8Array
  /** How many of the rows that pass every other facet's choice carry each value. */
  readonly passing: Uint32Array
}

const makeTally = (values: number): Tally => ({
  all: new Uint32Array(values),
  passing: new Uint32Array(values),
})

/** The last place stands for rows without any flag. */
const makeFlagTally = (column: FlagColumn, rows: number): Tally => ({
  all: column.findUsed(rows),
  passing: new Uint32Array(column.names.length + 1),
})

/** One walk over all rows: a facet counts those that fail nothing but the facet's own choice. */
function countRows(options: FacetOptions): { total: number; tallies: Record<FacetName, Tally> } {
  const { table, parts, base } = options
  const matcher = new ImageMatcher(options)
  const { vocabularies } = table
  const { dataset, race, gender, age, status } = table.codes
  const tallies: Record<FacetName, Tally> = {
    dataset: makeTally(vocabularies.dataset.values.length),
    race: makeTally(vocabularies.race.values.length),
    gender: makeTally(vocabularies.gender.values.length),
    age: makeTally(vocabularies.age.values.length),
    status: makeTally(vocabularies.status.values.length),
    finding: makeFlagTally(table.findings, table.size),
    part: makeTally(partCodes.length),
    identity: makeFlagTally(table.identity, table.size),
  }
  let total = 0
  for (let row = 0; row < table.size; row++) {
    tallies.dataset.all[dataset[row]!]!++
    tallies.race.all[race[row]!]!++
    tallies.gender.all[gender[row]!]!++
    tallies.age.all[age[row]!]!++
    tallies.status.all[status[row]!]!++
    tallies.part.all[parts?.[row] ?? 0]!++
    if (base !== null && base[row] !== 1) continue
    const failed = matcher.failures(row)
    if (failed === 0) total++
    // With two failures or more the row is in nobody's count.
    if ((failed & (failed - 1)) !== 0) continue
    if ((failed & ~1) === 0) tallies.dataset.passing[dataset[row]!]!++
    if ((failed & ~2) === 0) tallies.race.passing[race[row]!]!++
    if ((failed & ~4) === 0) tallies.gender.passing[gender[row]!]!++
    if ((failed & ~8) === 0) tallies.age.passing[age[row]!]!++
    if ((failed & ~16) === 0) tallies.status.passing[status[row]!]!++
    if ((failed & ~32) === 0) table.findings.count(row, tallies.finding.passing)
    if ((failed & ~64) === 0) tallies.part.passing[parts?.[row] ?? 0]!++
    if ((failed & ~128) === 0) table.identity.count(row, tallies.identity.passing)
  }
  return { total, tallies }
}

/** Counts of every value under all filters but the facet's own; values that nothing carries under them count 0. */
export function countFacets(options: FacetOptions): ImageFacets {
  const { table, filter, parts, datasetNames } = options
  const { total, tallies } = countRows(options)
  const chosen = chosenBy(filter)
  const list = (name: FacetName, values: readonly (readonly [FacetValue, number])[]): ImageFacets['race'] => {
    const tally = tallies[name]
    const counts = new Map<FacetValue, number>(chosen[name].map((value) => [value, 0]))
    for (const [value, place] of values)
      if ((tally.all[place] ?? 0) > 0) counts.set(value, tally.passing[place] ?? 0)
    const compare = compareValues(name)
    return [...counts]
      .sort(([a], [b]) => compare(a, b))
      .map(([value, count]) => ({ value, label: describeValue(name, value, datasetNames), count }))
  }
  const coded = (name: 'dataset' | 'race' | 'gender' | 'age' | 'status') =>
    list(
      name,
      table.vocabularies[name].values.map((value, code) => [value, code] as const),
    )
  const flagged = (name: 'finding' | 'identity', values: readonly FacetValue[]) =>
    list(
      name,
      values.map((value, place) => [value, place] as const),
    )
  return {
    total,
    dataset: coded('dataset'),
    race: coded('race'),
    gender: coded('gender'),
    age: coded('age'),
    status: coded('status'),
    finding: flagged('finding', [...table.findings.names, null]),
    part:
      parts === null
        ? []
        : list(
            'part',
            partCodes.map((value, code) => [value, code] as const),
          ),
    identity: flagged('identity', table.identity.names),
  }
}
