import type * as z from 'zod'
import { DisjointSets } from '#engine/curation/duplicates/domain/disjoint-sets.ts'
import { clusterPeople, cutTree } from '#engine/curation/identities/domain/cluster-people.ts'
import { comparePairs, toWholeDescriptors } from '#engine/curation/identities/domain/compare-pairs.ts'
import { measureKnown } from '#engine/curation/identities/domain/known-pairs.ts'
import { kindCount, listKinds } from '#engine/curation/identities/domain/pair-kinds.ts'
import { imageId as imageNumber } from '#shared/contract/base.contract.ts'
import { PeopleRules, type PersonFacts } from '#engine/curation/identities/domain/people-rules.ts'
import { isChild, readFacts } from '#engine/curation/identities/domain/person-facts.ts'
import { chooseThreshold } from '#engine/curation/identities/domain/choose-threshold.ts'
import { listProposals } from '#engine/curation/identities/domain/list-proposals.ts'
import { rateCatalogue } from './rate-catalogue.ts'
import type { StoredVectors, VectorSource } from '#engine/curation/vectors/vector-source.ts'
import type { IdentitySourceRepo, SourceImage } from './identity-source.repo.ts'
import type { InferAnswer, inferProgress, inferTask } from './infer-task.ts'

interface InferDeps {
  readonly images: Pick<IdentitySourceRepo, 'readImages'>
  readonly vectors: VectorSource
  readonly report: (progress: z.infer<typeof inferProgress>) => void
  readonly throwIfCancelled: () => void
}

/** Beyond it nobody would be joined; the pairs below it are kept. */
const widestRadius = 0.65
/** More are not kept: the radius shrinks until they fit. */
const mostPairs = 4_000_000

/** Throws CANCELLED, or an Error when the space is not there. */
export function inferPeople(
  { spaceId, apart, faceless }: z.output<typeof inferTask>,
  { images: source, vectors, report, throwIfCancelled }: InferDeps,
): InferAnswer {
  const space = vectors.listSpaces().find(({ id }) => id === spaceId)
  if (space === undefined) throw new Error(`There is no embedding space ${spaceId}`)
  const isFaceless = new Set(faceless)
  const images = source.readImages().filter(({ imageId }) => !isFaceless.has(imageId))
  const among = new Set(images.map(({ imageId }) => imageId))
  const stored = vectors.read(space, { which: 'all', among })
  return inferFrom({ images, stored, apart }, ({ phase, done, total }) => {
    throwIfCancelled()
    report({ phase, done, total })
  })
}

interface InferInput {
  /** By number. */
  readonly images: readonly SourceImage[]
  readonly stored: StoredVectors
  readonly apart: readonly (readonly [number, number])[]
}

type Progress = z.infer<typeof inferProgress>

/** @param onProgress may throw to stop */
export function inferFrom(
  { images, stored, apart }: InferInput,
  onProgress: (progress: Progress) => void,
): InferAnswer {
  const onPhase = (phase: string, done: number): void =>
    onProgress({ phase, done, total: stored.imageIds.length })
  const places = placePoints(images, stored)
  const { points, facts } = places
  const copies = joinCopies(images)
  const held = joinNamed(images, copies)
  const pointsApart = places.findPairs(apart)
  const createRules = (joined: DisjointSets): PeopleRules =>
    new PeopleRules(facts, { same: listHeld(points, joined), apart: pointsApart })
  const descriptors = toWholeDescriptors(stored.values, stored.dimensions)
  const { counts, pairs } = comparePairs(descriptors, {
    kinds: listKinds(facts, [...stored.imageIds]),
    kindCount,
    radius: widestRadius,
    mostPairs,
    onPoints: (done) => onPhase('Comparing faces', done),
  })
  const blindRules = new PeopleRules(
    facts.map(() => noFacts),
    { same: listHeld(points, copies), apart: [] },
  )
  const known = measureKnown(descriptors, { facts, copies: blindRules.listStart() })
  const blind = clusterPeople(descriptors, {
    pairs,
    rules: blindRules,
    onMerges: (done) => onPhase('Looking for the threshold', done),
  })
  const { apart: toldApart, ...chosen } = chooseThreshold({
    counts,
    known,
    blind,
    facts,
    radius: pairs.radius,
  })
  const tree = clusterPeople(descriptors, {
    pairs,
    rules: createRules(held),
    onMerges: (done) => onPhase('Joining people', done),
  })
  const byGroup = rateCatalogue({
    images: points.flatMap((index) => images[index] ?? []),
    personOf: points.map((index) => held.find(index)),
    pairs,
    squared: (chosen.threshold * descriptors.scale) ** 2,
  })
  const clusterOf = cutTree(tree, chosen.threshold)
  const rules = createRules(held)
  for (const { kept, taken, squared } of tree.merges)
    if (squared <= chosen.threshold ** 2) rules.join(kept, taken)
  const proposals = listProposals({
    descriptors,
    pairs,
    tree,
    clusterOf,
    threshold: chosen.threshold,
    rules,
    isChild: (point) => isChild(facts[point] ?? noFacts),
  })
  const imageOf = (point: number) => imageNumber.parse(stored.imageIds[point])
  clusterOf.forEach((first, point) => held.union(points[first] ?? 0, points[point] ?? 0))
  return {
    ...listRows(images, held, new Set(points)),
    proposals: proposals.map(({ one, other, ...proposal }) => ({
      ...proposal,
      images: [imageOf(one), imageOf(other)],
    })),
    facts: {
      ...chosen,
      byGroup,
      described: points.length,
      pairs: { copies: known.copies, known: known.same.length, apart: toldApart },
    },
  }
}

const noFacts: PersonFacts = { gender: null, age: null, identity: null }

interface PlacedPoints {
  /** `[points]` index of the image of each */
  readonly points: readonly number[]
  readonly facts: readonly PersonFacts[]
  /** Pairs of images as pairs of points, where both have a descriptor. */
  readonly findPairs: (pairs: InferInput['apart']) => [number, number][]
}

function placePoints(images: readonly SourceImage[], { imageIds }: StoredVectors): PlacedPoints {
  const indexOf = new Map(images.map((image, index) => [image.imageId, index]))
  const pointOf = new Map(Array.from(imageIds, (id, point) => [id, point]))
  const points = Array.from(imageIds, (id) => indexOf.get(id) ?? 0)
  return {
    points,
    facts: points.map((index) => {
      const image = images[index]
      return image === undefined ? noFacts : readFacts(image)
    }),
    findPairs: (pairs) =>
      pairs.flatMap(([one, other]): [number, number][] => {
        const [a, b] = [pointOf.get(one), pointOf.get(other)]
        return a === undefined || b === undefined ? [] : [[a, b]]
      }),
  }
}

/** Images with the same pixels, and near copies. */
function joinCopies(images: readonly SourceImage[]): DisjointSets {
  const sets = new DisjointSets(images.length)
  const first = new Map<string, number>()
  images.forEach(({ pixelSha256, nearGroup }, index) => {
    for (const key of [pixelSha256, ...(nearGroup === null ? [] : [`near ${nearGroup}`])]) {
      const known = first.get(key)
      if (known === undefined) first.set(key, index)
      else sets.union(known, index)
    }
  })
  return sets
}

/** Copies, and images of one named person. */
function joinNamed(images: readonly SourceImage[], copies: DisjointSets): DisjointSets {
  const sets = new DisjointSets(images.length)
  const named = new Map<number, number>()
  images.forEach(({ identityId }, index) => {
    sets.union(copies.find(index), index)
    if (identityId === null) return
    const known = named.get(identityId)
    if (known === undefined) named.set(identityId, index)
    else sets.union(known, index)
  })
  return sets
}

/** Pairs of points whose images are in one set. */
function listHeld(points: readonly number[], sets: DisjointSets): [number, number][] {
  const first = new Map<number, number>()
  return points.flatMap((index, point): [number, number][] => {
    const set = sets.find(index)
    const known = first.get(set)
    if (known !== undefined) return [[known, point]]
    first.set(set, point)
    return []
  })
}

/** A row for each image that is described, named or one of several of its person. */
function listRows(
  images: readonly SourceImage[],
  sets: DisjointSets,
  described: ReadonlySet<number>,
): Pick<InferAnswer, 'imageIds' | 'clusterIds'> {
  const isOfSeveral = new Set(sets.listGroups().flat())
  const rows = images.flatMap(({ identityId }, index) =>
    identityId !== null || described.has(index) || isOfSeveral.has(index) ? [index] : [],
  )
  return {
    imageIds: Float64Array.from(rows, (index) => images[index]?.imageId ?? 0),
    // Images come by number, and a set is named by its first.
    clusterIds: Float64Array.from(rows, (index) => images[sets.find(index)]?.imageId ?? 0),
  }
}
