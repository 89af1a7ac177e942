import type { DoubtReason, IdentityProposal, ProposalKind } from '#shared/contract/identity.contract.ts'
import { Clusters, type PeopleTree } from './cluster-people.ts'
import type { NearPairs, WholeDescriptors } from './compare-pairs.ts'
import { countNeighbours } from './count-neighbours.ts'
import type { PeopleRules } from './people-rules.ts'

/** Around the threshold, Euclidean: what lies nearer to it is asked about. */
export const doubtBand = 0.08
/** Faces of children are much alike: the distance says half as much. */
const childWeight = 0.5
/** A face that is near enough while the labels say otherwise: one of them is wrong. */
const contradiction = 0.75
/** The least doubtful beyond them are left out. */
const mostProposals = 2000

export interface PointProposal {
  readonly kind: ProposalKind
  /** The nearest two points of the two groups. */
  readonly one: number
  readonly other: number
  readonly distance: number
  readonly nearest: number
  readonly doubt: number
  readonly reasons: DoubtReason[]
  readonly neighbours: IdentityProposal['neighbours']
}
type FoundProposal = Omit<PointProposal, 'neighbours'>

interface ProposalInput {
  readonly descriptors: WholeDescriptors
  readonly pairs: NearPairs
  readonly tree: PeopleTree
  /** `[points]` first point of the cluster of each */
  readonly clusterOf: Int32Array
  readonly threshold: number
  /** Joined as far as the clusters are. */
  readonly rules: PeopleRules
  readonly isChild: (point: number) => boolean
}

const contradictions = { gender: 'gender-differs', age: 'age-differs', named: 'named-apart' } as const

/** What lies close to the threshold, or is near enough while labels forbid it; the most doubtful first. */
export function listProposals(input: ProposalInput): PointProposal[] {
  const { pairs, threshold, descriptors } = input
  const found = [...listMerges(input), ...listSplits(input)]
    .toSorted((a, b) => b.doubt - a.doubt || a.one - b.one || a.other - b.other)
    .slice(0, mostProposals)
  return countNeighbours(found, pairs, (threshold * descriptors.scale) ** 2)
}

function weigh(
  { threshold, isChild }: ProposalInput,
  pair: { one: number; other: number; distance: number; reasons: readonly DoubtReason[] },
): Pick<PointProposal, 'doubt' | 'reasons'> {
  const { one, other, distance, reasons } = pair
  const closeness = Math.max(0, 1 - Math.abs(distance - threshold) / doubtBand)
  const doubt = reasons.length > 0 ? Math.max(closeness, contradiction) : closeness
  const why: DoubtReason[] = closeness > 0 ? ['limit', ...reasons] : [...reasons]
  return isChild(one) || isChild(other)
    ? { doubt: 1 - (1 - doubt) * childWeight, reasons: ['children', ...why] }
    : { doubt, reasons: why }
}

function listMerges(input: ProposalInput): FoundProposal[] {
  const { descriptors, pairs, clusterOf, threshold, rules } = input
  const { points, scale } = descriptors
  const clusters = new Clusters(descriptors)
  clusterOf.forEach((first, point) => {
    if (first !== point) clusters.join(first, point)
  })
  const nearest = new Map<number, number>()
  const limit = (threshold * scale) ** 2
  for (let at = 0; at < pairs.count; at++) {
    const squared = pairs.squared[at] ?? 0
    if (squared > limit) continue
    const [a, b] = [clusterOf[pairs.first[at] ?? 0] ?? 0, clusterOf[pairs.second[at] ?? 0] ?? 0]
    if (a === b) continue
    const key = Math.min(a, b) * points + Math.max(a, b)
    const known = nearest.get(key)
    if (known === undefined || isNearer(pairs, at, known)) nearest.set(key, at)
  }
  return [...nearest].flatMap(([key, at]): FoundProposal[] => {
    const [a, b] = [Math.floor(key / points), key % points]
    const why = rules.explainApart(a, b)
    const distance = Math.sqrt(clusters.measure(a, b)) / scale
    if (why === 'decided' || distance > (why === null ? threshold + doubtBand : threshold)) return []
    const [first, second] = [pairs.first[at] ?? 0, pairs.second[at] ?? 0]
    const [one, other] = clusterOf[first] === a ? [first, second] : [second, first]
    const reasons = why === null ? [] : [contradictions[why]]
    return [
      {
        kind: 'merge',
        one,
        other,
        distance,
        nearest: Math.sqrt(pairs.squared[at] ?? 0) / scale,
        ...weigh(input, { one, other, distance, reasons }),
      },
    ]
  })
}

/** Pairs that are as far apart go by their points. */
function isNearer({ first, second, squared }: NearPairs, at: number, known: number): boolean {
  const order =
    (squared[at] ?? 0) - (squared[known] ?? 0) ||
    (first[at] ?? 0) - (first[known] ?? 0) ||
    (second[at] ?? 0) - (second[known] ?? 0)
  return order < 0
}

/** Of a group so many are looked at for the nearest pair. */
const mostCompared = 50

function listSplits(input: ProposalInput): FoundProposal[] {
  const { tree, threshold } = input
  const members = new Map<number, number[]>()
  tree.start.forEach((first, point) => {
    const known = members.get(first)
    if (known === undefined) members.set(first, [point])
    else known.push(point)
  })
  const proposals: FoundProposal[] = []
  for (const { kept, taken, squared } of tree.merges) {
    const distance = Math.sqrt(squared)
    if (distance > threshold) break
    const [staying, coming] = [members.get(kept) ?? [], members.get(taken) ?? []]
    if (distance > threshold - doubtBand) {
      const pair = findNearest(
        input.descriptors,
        staying.slice(0, mostCompared),
        coming.slice(0, mostCompared),
      )
      proposals.push({
        kind: 'split',
        ...pair,
        distance,
        ...weigh(input, { ...pair, distance, reasons: [] }),
      })
    }
    members.set(kept, [...staying, ...coming])
    members.delete(taken)
  }
  return proposals
}

function findNearest(
  { lanes, values, scale }: WholeDescriptors,
  ones: readonly number[],
  others: readonly number[],
): { one: number; other: number; nearest: number } {
  let best = { one: ones[0] ?? 0, other: others[0] ?? 0, nearest: Infinity }
  for (const one of ones) {
    for (const other of others) {
      let squared = 0
      for (let at = 0; at < lanes; at++)
        squared += ((values[one * lanes + at] ?? 0) - (values[other * lanes + at] ?? 0)) ** 2
      if (squared < best.nearest) best = { one, other, nearest: squared }
    }
  }
  return { ...best, nearest: Math.sqrt(best.nearest) / scale }
}
