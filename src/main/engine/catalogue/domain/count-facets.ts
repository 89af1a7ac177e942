import type { ImageFacets, ImageFilter } from '#shared/contract/image.contract.ts'
import { checkIds, checks } from '#shared/domain/checks.ts'
import { identityKinds, imageStatuses } from '#shared/domain/image-states.ts'
import { ageBinLabels, labelSchemes } from '#shared/domain/label-schemes.ts'
import { findingBit, identityBit } from './image-table.ts'
import { ImageMatcher, partCodes, type FacetName, type MatchInput } from './match-images.ts'

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
  finding: checkIds,
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
      return isIn(checks, value) ? checks[value].title : value
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

/** How many rows carry each value: all of them, and those that pass every other facet's choice. */
interface Tally {
  /** By code, for facets of one value an image. */
  readonly all: Uint32Array
  readonly passing: Uint32Array
}

const makeTally = (values: number): Tally => ({
  all: new Uint32Array(values),
  passing: new Uint32Array(values),
})

/** The last place counts rows without any bit. */
function addBits(tally: Tally, bits: number, passes: boolean): void {
  const none = tally.all.length - 1
  if (bits === 0) {
    tally.all[none] = (tally.all[none] ?? 0) + 1
    if (passes) tally.passing[none] = (tally.passing[none] ?? 0) + 1
    return
  }
  for (let rest = bits; rest !== 0; rest &= rest - 1) {
    const bit = 31 - Math.clz32(rest & -rest)
    tally.all[bit] = (tally.all[bit] ?? 0) + 1
    if (passes) tally.passing[bit] = (tally.passing[bit] ?? 0) + 1
  }
}

function addCode(tally: Tally, code: number, passes: boolean): void {
  tally.all[code] = (tally.all[code] ?? 0) + 1
  if (passes) tally.passing[code] = (tally.passing[code] ?? 0) + 1
}

const bits32 = 33

function countRows(options: FacetOptions): { total: number; tallies: Record<FacetName, Tally> } {
  const { table, parts } = options
  const matcher = new ImageMatcher(options)
  const { vocabularies, codes } = table
  const tallies: Record<FacetName, Tally> = {
    dataset: makeTally(vocabularies.dataset.values.length),
    race: makeTally(vocabularies.race.values.length),
    gender: makeTally(vocabularies.gender.values.length),
    age: makeTally(vocabularies.age.values.length),
    status: makeTally(vocabularies.status.values.length),
    finding: makeTally(bits32),
    part: makeTally(partCodes.length),
    identity: makeTally(bits32),
  }
  let total = 0
  for (let row = 0; row < table.size; row++) {
    const isIn = matcher.isInBase(row)
    const failed = isIn ? matcher.failures(row) : -1
    if (failed === 0) total++
    // A facet counts a row that fails nothing but the facet's own choice.
    const passes = (bit: number): boolean => (failed & ~bit) === 0
    addCode(tallies.dataset, codes.dataset[row] ?? 0, passes(1))
    addCode(tallies.race, codes.race[row] ?? 0, passes(2))
    addCode(tallies.gender, codes.gender[row] ?? 0, passes(4))
    addCode(tallies.age, codes.age[row] ?? 0, passes(8))
    addCode(tallies.status, codes.status[row] ?? 0, passes(16))
    addBits(tallies.finding, table.findings[row] ?? 0, passes(32))
    addCode(tallies.part, parts?.[row] ?? 0, passes(64))
    addBits(tallies.identity, table.identity[row] ?? 0, passes(128))
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
  const noBit = bits32 - 1
  const placeOf = (bit: number): number => 31 - Math.clz32(bit)
  return {
    total,
    dataset: coded('dataset'),
    race: coded('race'),
    gender: coded('gender'),
    age: coded('age'),
    status: coded('status'),
    finding: list('finding', [
      ...checkIds.map((check) => [check, placeOf(findingBit(check))] as const),
      [null, noBit] as const,
    ]),
    part:
      parts === null
        ? []
        : list(
            'part',
            partCodes.map((value, code) => [value, code] as const),
          ),
    identity: list(
      'identity',
      identityKinds.map((kind) => [kind, placeOf(identityBit(kind))] as const),
    ),
  }
}
