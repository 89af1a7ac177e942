import type { NearPairs, WholeDescriptors } from './compare-pairs.ts'
import type { PeopleRules } from './people-rules.ts'

/** One step of the agglomeration: two clusters, named by the first point of each, become one. */
interface Merge {
  readonly kept: number
  readonly taken: number
  /** Squared distance between the two in the mean over all their pairs, Euclidean. */
  readonly squared: number
}

/** All merges up to the radius of the pairs, nearest first: cut at any distance below, they give the clusters there. */
export interface PeopleTree {
  readonly points: number
  /** `[points]` first point of the images that the rules hold together */
  readonly start: Int32Array
  readonly merges: readonly Merge[]
}

/** Pairs of clusters by distance, then by their points: a binary heap over columns. */
class PairHeap {
  #size = 0
  #squared = new Float64Array(1024)
  #one = new Int32Array(1024)
  #other = new Int32Array(1024)

  get size(): number {
    return this.#size
  }

  push(squared: number, one: number, other: number): void {
    if (this.#size === this.#squared.length) this.#grow()
    let at = this.#size++
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#isBefore(squared, one, other, parent)) break
      this.#move(parent, at)
      at = parent
    }
    this.#put(at, squared, one, other)
  }

  pop(): { readonly squared: number; readonly one: number; readonly other: number } {
    const top = { squared: this.#squared[0] ?? 0, one: this.#one[0] ?? 0, other: this.#other[0] ?? 0 }
    const last = --this.#size
    const [squared, one, other] = [this.#squared[last] ?? 0, this.#one[last] ?? 0, this.#other[last] ?? 0]
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= last) break
      if (child + 1 < last && this.#isOrdered(child + 1, child)) child += 1
      if (!this.#isAfter(squared, one, other, child)) break
      this.#move(child, at)
      at = child
    }
    this.#put(at, squared, one, other)
    return top
  }

  #isBefore(squared: number, one: number, other: number, at: number): boolean {
    const there = this.#squared[at] ?? 0
    if (squared !== there) return squared < there
    const thereOne = this.#one[at] ?? 0
    return one !== thereOne ? one < thereOne : other < (this.#other[at] ?? 0)
  }

  #isAfter(squared: number, one: number, other: number, at: number): boolean {
    const there = this.#squared[at] ?? 0
    if (squared !== there) return squared > there
    const thereOne = this.#one[at] ?? 0
    return one !== thereOne ? one > thereOne : other > (this.#other[at] ?? 0)
  }

  #isOrdered(a: number, b: number): boolean {
    return this.#isBefore(this.#squared[a] ?? 0, this.#one[a] ?? 0, this.#other[a] ?? 0, b)
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#squared[from] ?? 0, this.#one[from] ?? 0, this.#other[from] ?? 0)
  }

  #put(at: number, squared: number, one: number, other: number): void {
    this.#squared[at] = squared
    this.#one[at] = one
    this.#other[at] = other
  }

  #grow(): void {
    const squared = new Float64Array(this.#size * 2)
    squared.set(this.#squared)
    this.#squared = squared
    const grow = (old: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> => {
      const grown = new Int32Array(this.#size * 2)
      grown.set(old)
      return grown
    }
    this.#one = grow(this.#one)
    this.#other = grow(this.#other)
  }
}

/** Clusters, each named by its first point, as sums of whole numbers, so that the distance in the mean over all pairs comes without looking at each. */
export class Clusters {
  readonly #lanes: number
  readonly #values: Int16Array
  /** Of clusters of more than one point. */
  readonly #sums = new Map<number, Float64Array>()
  readonly sizes: Int32Array
  readonly #squares: Float64Array

  constructor({ points, lanes, values, norms }: WholeDescriptors) {
    this.#lanes = lanes
    this.#values = values
    this.sizes = new Int32Array(points).fill(1)
    this.#squares = Float64Array.from(norms)
  }

  /** Mean over the pairs of one point of each. */
  measure(one: number, other: number): number {
    const [a, startA] = this.#rowOf(one)
    const [b, startB] = this.#rowOf(other)
    let product = 0
    for (let at = 0; at < this.#lanes; at++) product += (a[startA + at] ?? 0) * (b[startB + at] ?? 0)
    const [sizeA, sizeB] = [this.sizes[one] ?? 1, this.sizes[other] ?? 1]
    return (
      (this.#squares[one] ?? 0) / sizeA +
      (this.#squares[other] ?? 0) / sizeB -
      (2 * product) / (sizeA * sizeB)
    )
  }

  join(kept: number, taken: number): void {
    const [b, start] = this.#rowOf(taken)
    const sums = this.#sums.get(kept) ?? this.#copy(kept)
    for (let at = 0; at < this.#lanes; at++) sums[at] = (sums[at] ?? 0) + (b[start + at] ?? 0)
    this.#sums.set(kept, sums)
    this.#sums.delete(taken)
    this.sizes[kept] = (this.sizes[kept] ?? 0) + (this.sizes[taken] ?? 0)
    this.#squares[kept] = (this.#squares[kept] ?? 0) + (this.#squares[taken] ?? 0)
  }

  #rowOf(cluster: number): readonly [numbers: Float64Array | Int16Array, start: number] {
    const sums = this.#sums.get(cluster)
    return sums === undefined ? [this.#values, cluster * this.#lanes] : [sums, 0]
  }

  #copy(cluster: number): Float64Array {
    return Float64Array.from(this.#values.subarray(cluster * this.#lanes, (cluster + 1) * this.#lanes))
  }
}

/**
 * Average linkage over squared distances (UPGMA, Sokal and Michener 1958) under rules of what must and what cannot be one person.
 * Two clusters whose mean is below the radius have a pair below it, so that the list of near pairs is all that it wants: the result
 * is that of looking at every pair, and hangs on no order.
 *
 * @param onMerges told the merges so far; may throw to stop
 */
export function clusterPeople(
  descriptors: WholeDescriptors,
  { pairs, rules, onMerges }: { pairs: NearPairs; rules: PeopleRules; onMerges: (done: number) => void },
): PeopleTree {
  const { points, scale } = descriptors
  const clusters = new Clusters(descriptors)
  const start = rules.listStart()
  start.forEach((first, point) => {
    if (first !== point) clusters.join(first, point)
  })
  const neighbours: (number[] | undefined)[] = Array.from({ length: points })
  const link = (one: number, other: number): void => {
    const list = neighbours[one]
    if (list === undefined) neighbours[one] = [other]
    else list.push(other)
  }
  for (let at = 0; at < pairs.count; at++) {
    const [one, other] = [start[pairs.first[at] ?? 0] ?? 0, start[pairs.second[at] ?? 0] ?? 0]
    if (one === other) continue
    link(one, other)
    link(other, one)
  }
  const limit = (pairs.radius * scale) ** 2
  const heap = new PairHeap()
  const seen = new Int32Array(points).fill(-1)
  const parents = Int32Array.from({ length: points }, (_, point) => point)
  const rootOf = (point: number): number => {
    let root = point
    while (parents[root] !== root) {
      const next = parents[root] ?? root
      parents[root] = parents[next] ?? next
      root = next
    }
    return root
  }
  /** Leaves each neighbour of a cluster once, by its present name, and offers the pairs that are near enough. */
  const offer = (cluster: number, mark: number, isAll: boolean): void => {
    const kept: number[] = []
    for (const named of neighbours[cluster] ?? []) {
      const other = rootOf(named)
      if (other === cluster || seen[other] === mark) continue
      seen[other] = mark
      if (rules.isApart(cluster, other)) continue
      kept.push(other)
      if (!isAll && other < cluster) continue
      const squared = clusters.measure(cluster, other)
      if (squared <= limit) heap.push(squared, Math.min(cluster, other), Math.max(cluster, other))
    }
    neighbours[cluster] = kept
  }
  for (let point = 0; point < points; point++) if (start[point] === point) offer(point, point, false)
  const merges: Merge[] = []
  seen.fill(-1)
  while (heap.size > 0) {
    const { squared, one, other } = heap.pop()
    // Of a pair that has grown since, a newer entry stands in the heap.
    if (parents[one] !== one || parents[other] !== other) continue
    if (clusters.measure(one, other) !== squared || rules.isApart(one, other)) continue
    parents[other] = one
    clusters.join(one, other)
    rules.join(one, other)
    merges.push({ kept: one, taken: other, squared: squared / scale ** 2 })
    const [near, more] = [neighbours[one] ?? [], neighbours[other] ?? []]
    neighbours[one] = near.length >= more.length ? near.concat(more) : more.concat(near)
    neighbours[other] = undefined
    offer(one, merges.length, true)
    if (merges.length % 256 === 0) onMerges(merges.length)
  }
  return { points, start, merges }
}

/** @returns `[points]` first point of the cluster of each, with all merges up to a Euclidean distance */
export function cutTree({ start, merges }: PeopleTree, threshold: number): Int32Array {
  const parents = start.slice()
  for (const { kept, taken, squared } of merges) {
    if (squared > threshold ** 2) break
    parents[taken] = kept
  }
  // Points come after the first of their cluster.
  for (let point = 0; point < parents.length; point++)
    parents[point] = parents[parents[point] ?? point] ?? point
  return parents
}
