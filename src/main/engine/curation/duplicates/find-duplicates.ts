import * as z from 'zod'
import { checks, type CheckDetail, type CheckOf } from '#shared/domain/checks.ts'
import { DisjointSets } from '#engine/curation/duplicates/domain/disjoint-sets.ts'
import { findConflict } from '#engine/curation/checks/conflicting-labels.ts'
import { measureDifference, standardiseGrey } from '#engine/curation/duplicates/domain/grey-likeness.ts'
import { findNearPairs } from '#engine/curation/duplicates/domain/near-pairs.ts'
import type { DuplicateSourceRepo } from './duplicate-source.repo.ts'

/** A change of what is found needs a new number. */
export const duplicateVersion = 2
/** Bits of 64 in which the hashes of near duplicates may differ. */
export const mostBits = 10

export const findDuplicatesTask = z.object({
  catalogue: z.string(),
  knownBasis: z.string().nullable(),
  /** Pictures of 16 x 16 standardised grey levels that differ by less are one; see docs/methods.md for the default. */
  limit: z.number(),
})

export type DuplicateCheck = CheckOf<'duplicates'>

interface GroupedImage<Check extends DuplicateCheck> {
  readonly imageId: number
  readonly score: number
  readonly groupId: number
  readonly detail: CheckDetail<Check>
}
/** The images in groups, by the check that asks for them. */
type DuplicateGroups = { readonly [Check in DuplicateCheck]: GroupedImage<Check>[] }

const grouped = <Check extends DuplicateCheck>(check: Check) =>
  z.array(z.object({ imageId: z.int(), score: z.number(), groupId: z.int(), detail: checks[check].detail }))
export const foundDuplicates = z.object({
  basis: z.string(),
  /** False where nothing has changed since `knownBasis`; the lists are then empty. */
  isNew: z.boolean(),
  /** Every image, ascending. */
  imageIds: z.custom<Float64Array>((value) => value instanceof Float64Array),
  /** Of each image, how far its nearest picture is away that is not equal to it; 1 where no hash is near. */
  differences: z.custom<Float64Array>((value) => value instanceof Float64Array),
  groups: z.object({
    'exact-duplicate': grouped('exact-duplicate'),
    'near-duplicate': grouped('near-duplicate'),
    'conflicting-labels': grouped('conflicting-labels'),
  }),
})
export type FoundDuplicates = z.infer<typeof foundDuplicates>

interface Columns {
  readonly imageIds: Float64Array
  readonly files: readonly string[]
  readonly exact: DisjointSets
  /** Index of each image whose picture is the first with its pixels, and its hash. */
  readonly distinct: readonly number[]
  readonly high: Uint32Array
  readonly low: Uint32Array
}

function readColumns(repo: DuplicateSourceRepo): Columns {
  const images = [...repo.images()]
  const exact = new DisjointSets(images.length)
  const firstWith = new Map<string, number>()
  const distinct: number[] = []
  images.forEach(({ pixelSha256, high }, index) => {
    const first = firstWith.get(pixelSha256)
    if (first !== undefined) exact.union(first, index)
    else firstWith.set(pixelSha256, index)
    if (first === undefined && high !== null) distinct.push(index)
  })
  return {
    imageIds: Float64Array.from(images, ({ imageId }) => imageId),
    files: images.map(({ fileSha256 }) => fileSha256),
    exact,
    distinct,
    high: Uint32Array.from(distinct, (index) => images[index]?.high ?? 0),
    low: Uint32Array.from(distinct, (index) => images[index]?.low ?? 0),
  }
}

/** Pictures as they are compared, read when first asked for. */
function createGreyReader(repo: DuplicateSourceRepo, imageIds: Float64Array) {
  const kept = new Map<number, Float64Array | null>()
  return (index: number): Float64Array | null => {
    const known = kept.get(index)
    if (known !== undefined) return known
    const grey = repo.grey(imageIds[index] ?? 0)
    const standardised = grey === null ? null : standardiseGrey(grey)
    // Enough for the neighbours of one bucket; the rest is read again.
    if (kept.size > 50_000) kept.clear()
    kept.set(index, standardised)
    return standardised
  }
}

interface NearLink {
  readonly a: number
  readonly b: number
  readonly distance: number
  readonly difference: number
}

function findLinks(
  { imageIds, distinct, high, low }: Columns,
  repo: DuplicateSourceRepo,
  onProgress: (share: number) => void,
): NearLink[] {
  const links: NearLink[] = []
  const greyOf = createGreyReader(repo, imageIds)
  findNearPairs({ high, low }, mostBits, {
    onProgress,
    onPair: ({ a, b, distance }) => {
      const [first, second] = [distinct[a] ?? 0, distinct[b] ?? 0]
      const [greyA, greyB] = [greyOf(first), greyOf(second)]
      if (greyA === null || greyB === null) return
      links.push({ a: first, b: second, distance, difference: measureDifference(greyA, greyB) })
    },
  })
  return links
}

/** Groups of equal pixels, grown by links. */
function joinLinks({ exact, imageIds }: Columns, links: readonly NearLink[]): DisjointSets {
  const joined = new DisjointSets(imageIds.length)
  for (const group of exact.listGroups()) {
    for (const member of group) joined.union(group[0] ?? member, member)
  }
  for (const { a, b } of links) joined.union(a, b)
  return joined
}

const noGroups: DuplicateGroups = { 'exact-duplicate': [], 'near-duplicate': [], 'conflicting-labels': [] }

const round = (value: number): number => Number(value.toPrecision(4))

/** Groups in the order of their scores keep their members side by side, since no two have the same. */
function spreadScore(score: number, place: number, groups: number): number {
  return score + (place / Math.max(1, groups)) * 1e-6
}

/**
 * Exact duplicates (equal pixels), near ones (hashes within 10 bits, small grey pictures that differ by less than `limit`) and groups whose
 * labels differ. Groups are connected components, named by their smallest image.
 */
export function findDuplicates(
  repo: DuplicateSourceRepo,
  {
    limit,
    knownBasis,
    onProgress,
  }: { limit: number; knownBasis: string | null; onProgress: (share: number) => void },
): FoundDuplicates {
  const basis = repo.basis()
  const nothing = { imageIds: new Float64Array(), differences: new Float64Array(), groups: noGroups }
  if (basis === knownBasis) return { basis, isNew: false, ...nothing }
  const columns = readColumns(repo)
  const { imageIds } = columns
  const near = findLinks(columns, repo, onProgress)
  const differences = measureNearest(columns, near)
  const links = near.filter(({ difference }) => difference < limit)
  const joined = joinLinks(columns, links)
  const groups = joined.listGroups()
  const linksOf = Map.groupBy(links, ({ a }) => joined.find(a))
  const described: DuplicateGroups = {
    'exact-duplicate': describeExact(columns),
    'near-duplicate': groups.flatMap((group) =>
      describeNear(group, { imageIds, differences, links: linksOf.get(group[0] ?? 0) ?? [] }),
    ),
    'conflicting-labels': groups.flatMap((group, place) =>
      describeConflict(group, { imageIds, repo, place, groups: groups.length }),
    ),
  }
  return { basis, isNew: true, imageIds, differences, groups: described }
}

/** Copies of equal pixels are as far from the others as the first of them. */
function measureNearest({ exact, imageIds }: Columns, links: readonly NearLink[]): Float64Array {
  const differences = new Float64Array(imageIds.length).fill(1)
  const lower = (image: number, difference: number): void => {
    differences[image] = Math.min(differences[image] ?? 1, difference)
  }
  for (const { a, b, difference } of links) {
    lower(a, difference)
    lower(b, difference)
  }
  return differences.map((_, image) => differences[exact.find(image)] ?? 1)
}

/** Largest groups first. */
function describeExact({ exact, imageIds, files }: Columns): GroupedImage<'exact-duplicate'>[] {
  const groups = exact.listGroups()
  return groups.flatMap((group, place) => {
    const isSameFile = new Set(group.map((member) => files[member])).size === 1
    const kind = isSameFile ? 'same bytes' : 'same pixels'
    const score = spreadScore(0.5 / group.length, place, groups.length)
    const groupId = imageIds[group[0] ?? 0] ?? 0
    return group.map((member) => ({
      imageId: imageIds[member] ?? 0,
      score,
      groupId,
      detail: { kind, copies: group.length },
    }))
  })
}

interface GroupPlace {
  readonly imageIds: Float64Array
  readonly place: number
  readonly groups: number
}

/** The likest first. None where the group is one of equal pixels alone. */
function describeNear(
  group: readonly number[],
  {
    imageIds,
    differences,
    links,
  }: {
    readonly imageIds: Float64Array
    readonly differences: Float64Array
    readonly links: readonly NearLink[]
  },
): GroupedImage<'near-duplicate'>[] {
  if (links.length === 0) return []
  const difference = Math.min(...links.map((link) => link.difference))
  const distance = Math.min(...links.map((link) => link.distance))
  const detail = { copies: group.length, hashBits: distance, difference: round(difference) }
  return group.map((member) => ({
    imageId: imageIds[member] ?? 0,
    // Its own nearest, so that it says by itself at which limits it is flagged.
    score: differences[member] ?? 1,
    groupId: imageIds[group[0] ?? 0] ?? 0,
    detail,
  }))
}

/** The widest differences first. Removed copies count: what they were labelled leaves the label of the one that stays in doubt. */
function describeConflict(
  group: readonly number[],
  { imageIds, repo, place, groups }: GroupPlace & { readonly repo: DuplicateSourceRepo },
): GroupedImage<'conflicting-labels'>[] {
  const copies = group.map((member) => ({
    imageId: imageIds[member] ?? 0,
    ...repo.labels(imageIds[member] ?? 0),
  }))
  if (copies.every(({ status }) => status === 'removed')) return []
  const conflict = findConflict(copies)
  if (conflict === null) return []
  const score = spreadScore(0.5 / (1 + conflict.weight), place, groups)
  const detail = { copies: copies.length, ...conflict.labels }
  return copies.map(({ imageId }) => ({ imageId, score, groupId: imageIds[group[0] ?? 0] ?? 0, detail }))
}
