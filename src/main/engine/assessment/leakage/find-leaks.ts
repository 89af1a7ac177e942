import { checks } from '#shared/domain/checks.ts'
import { imageId } from '#shared/contract/base.contract.ts'
import type { LeakFindings, LeakPair, NearPair, PairVerdict } from '#shared/contract/leakage.contract.ts'
import { partName, type PartName } from '#shared/contract/split.contract.ts'
import type { VectorSource } from '#engine/curation/vectors/vector-source.ts'
import { findFacesAcross } from './domain/faces-across.ts'
import { createJudge, type JudgePair } from './domain/judge-pairs.ts'
import { findNearAcross } from './domain/near-across.ts'
import { countJoins, groupFirmly, listCutNear, shareAcross } from './domain/tied-images.ts'
import { countFacesUnsought, hashInputs, readFaces } from './hash-inputs.ts'
import type { LeakageProgress, Measured, MeasureTask } from './leakage-task.ts'
import type { LeakageSourceRepo, SourceImage } from './leakage-source.repo.ts'
import { placeImages } from './split-ties.ts'

export interface LeakDeps {
  readonly source: LeakageSourceRepo
  readonly vectors: VectorSource
  readonly report: (progress: LeakageProgress) => void
  readonly throwIfCancelled: () => void
}

/** Pairs that are looked at lie within half as much again as a scan takes for a copy, so that those just past it are seen too. */
const nearLimit = checks['near-duplicate'].cut * 1.5
/** Where nobody has been inferred: two pictures of one person are mostly nearer, in the networks' own measurements. */
const defaultThreshold = 0.5
const mostListed = 1000

/** All that leaks, or may leak, between the parts of a split. */
export function findLeaks(task: MeasureTask, deps: LeakDeps): Measured {
  const { source, vectors, report, throwIfCancelled } = deps
  report({ phase: 'Reading the split', done: 0, total: null })
  const members = source.readMembers(task.splitId)
  const all = source.readImages()
  const placed = placeImages(all, members)
  const byId = new Map(all.map((image) => [image.imageId, image]))
  const judge = createJudge(task.said, byId)
  const pictures = source.readPictures(task.splitId)
  const memberIds = new Set<number>(members.map((member) => member.imageId))
  const faces = readFaces(vectors, memberIds)
  const partById = new Map(members.map((member) => [member.imageId, member.part]))
  const place: Placing = { byId, partById, judge }
  const partIndex = (id: number): number => partName.options.indexOf(partById.get(id) ?? 'train')

  const near = findNearAcross(
    pictures.map(({ imageId: id, ...picture }) => ({ ...picture, part: partIndex(id) })),
    {
      limit: nearLimit,
      onProgress: (share) => {
        throwIfCancelled()
        report({ phase: 'Comparing pictures', done: Math.round(share * 100), total: 100 })
      },
    },
  )
  const nearPairs = near.pairs.map(({ a, b, bits, difference, isMirrored }): NearPair => {
    const pair = describePair(place, pictures[a]?.imageId ?? 0, pictures[b]?.imageId ?? 0)
    return { ...pair, distance: bits, difference: round(difference), isMirrored }
  })
  const usualThreshold = task.inferred?.threshold ?? defaultThreshold
  const threshold = task.threshold ?? usualThreshold
  const found = compareFaces(deps, { ...place, placed: placed.images, faces, threshold, partIndex })
  const sizes = partName.options.map((part) => members.filter((member) => member.part === part).length)
  const hasFaces = faces.imageIds.length > 0
  const findings: LeakFindings = {
    joins: countJoins(placed),
    nearGroups: listCutNear(placed).length,
    nearPairs: listSome(nearPairs),
    facePairs: listSome(found.pairs),
    found: { near: nearPairs.length, faces: found.pairs.length, hashPairs: near.hashPairs },
    undecided: { near: countOpen(nearPairs), faces: countOpen(found.pairs) },
    compared: {
      images: members.length,
      pictures: pictures.length,
      faces: faces.imageIds.length,
      facesUnsought: countFacesUnsought(vectors, memberIds),
    },
    inputs: hashInputs({ members, images: byId, pictures, faces }),
    threshold: hasFaces ? threshold : null,
    seenWithin: hasFaces ? found.radius : null,
    usualThreshold,
    thresholdOf: task.threshold !== null ? 'given' : task.inferred === null ? 'default' : 'people',
    ...estimateMissed(task, faces.imageIds.length, shareAcross(sizes)),
  }
  return { splitHash: source.readHash(task.splitId), findings, cutNear: listCutNear(placed) }
}

const round = (value: number): number => Number(value.toPrecision(4))

interface Placing {
  readonly byId: ReadonlyMap<number, SourceImage>
  readonly partById: ReadonlyMap<number, PartName>
  readonly judge: JudgePair
}

function describePair({ byId, partById, judge }: Placing, a: number, b: number): Omit<LeakPair, 'distance'> {
  const [one, other] = [byId.get(Math.min(a, b)), byId.get(Math.max(a, b))]
  if (one === undefined || other === undefined)
    throw new Error(`Images ${a} and ${b} are not in the catalogue`)
  return {
    a: imageId.parse(one.imageId),
    b: imageId.parse(other.imageId),
    partA: partById.get(one.imageId) ?? 'train',
    partB: partById.get(other.imageId) ?? 'train',
    verdict: judge(one, other),
  }
}

interface FaceInput extends Placing {
  readonly placed: readonly SourceImage[]
  readonly faces: ReturnType<typeof readFaces>
  readonly threshold: number
  readonly partIndex: (imageId: number) => number
}

function compareFaces(
  { report, throwIfCancelled }: LeakDeps,
  { placed, faces, threshold, partIndex, ...place }: FaceInput,
): { pairs: LeakPair[]; radius: number } {
  const ids = [...faces.imageIds]
  if (ids.length === 0) return { pairs: [], radius: threshold }
  const { groupOf } = groupFirmly(placed)
  const groups = new Map(placed.map((image, index) => [image.imageId, groupOf[index] ?? 0]))
  const { pairs, radius } = findFacesAcross(
    {
      ...faces,
      partOf: Uint8Array.from(ids, partIndex),
      groupOf: Int32Array.from(ids, (id) => groups.get(id) ?? 0),
    },
    {
      threshold,
      onPoints: (done) => {
        throwIfCancelled()
        report({ phase: 'Comparing faces', done, total: ids.length })
      },
    },
  )
  return {
    pairs: pairs.map(({ a, b, distance }) => ({
      ...describePair(place, ids[a] ?? 0, ids[b] ?? 0),
      distance: round(distance),
    })),
    radius,
  }
}

const isOpen = ({ verdict }: { readonly verdict: PairVerdict | null }): boolean => verdict === null
const countOpen = (pairs: readonly LeakPair[]): number => pairs.filter(isOpen).length

/** What wants a person comes first, and what is known to leak before what is said to be apart; within each the nearest. */
function listSome<Pair extends LeakPair>(pairs: readonly Pair[]): Pair[] {
  const rank = ({ verdict }: Pair): number => (verdict === null ? 0 : verdict === 'same' ? 1 : 2)
  return pairs
    .toSorted(
      (one, other) =>
        rank(one) - rank(other) || one.distance - other.distance || one.a - other.a || one.b - other.b,
    )
    .slice(0, mostListed)
}

/**
 * A pair of one person that lies beyond the threshold is not seen, and nothing keeps it in one part: as many as there are pairs of one
 * person, times the share that is missed, times the share of pairs that stand in two parts.
 */
function estimateMissed(
  { inferred, threshold }: MeasureTask,
  described: number,
  crossShare: number,
): Pick<LeakFindings, 'missed' | 'missedPairs' | 'crossShare'> {
  const none = { missed: { value: null, low: null, high: null, n: 0 }, missedPairs: null, crossShare }
  if (inferred === null || threshold !== null || described === 0) return none
  const { miss } = inferred
  const { value, low, high } = miss
  if (!inferred.isEstimated || value === null || low === null || high === null)
    return { ...none, missed: miss }
  const share = (described * (described - 1)) / Math.max(1, inferred.described * (inferred.described - 1))
  const pairs = miss.n * Math.min(1, share) * crossShare
  return {
    missed: miss,
    missedPairs: { value: pairs * value, low: pairs * low, high: pairs * high },
    crossShare,
  }
}
