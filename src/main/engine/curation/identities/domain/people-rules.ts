import { DisjointSets } from '#engine/curation/duplicates/domain/disjoint-sets.ts'

/** What is known of one image beside its descriptor. */
export interface PersonFacts {
  readonly gender: string | null
  /** First and last year that its label allows. */
  readonly age: { readonly from: number; readonly to: number } | null
  /** The person that its data set names, unlike every other of the same data set. */
  readonly identity: { readonly dataset: number; readonly id: number } | null
}

/** Years between two labels from which on no one person is taken to be in both pictures. */
export const farYears = 25

/**
 * Which images must be, and which cannot be, of one person. Must goes before cannot: two copies with different labels stay one
 * person, and then say nothing about gender.
 */
export class PeopleRules {
  readonly #start: Int32Array
  readonly #genders: (string | null)[]
  readonly #from: Float64Array
  readonly #to: Float64Array
  /** Data sets that name a person of the cluster. */
  readonly #named = new Map<number, ReadonlySet<number>>()
  readonly #barred = new Map<number, readonly number[]>()
  readonly #sets: DisjointSets

  /**
   * @param facts `[points]`
   * @param options.same pairs of points that are one person
   * @param options.apart pairs that are not
   */
  constructor(
    facts: readonly PersonFacts[],
    {
      same,
      apart,
    }: { same: Iterable<readonly [number, number]>; apart: Iterable<readonly [number, number]> },
  ) {
    this.#sets = new DisjointSets(facts.length)
    const firstOf = new Map<number, number>()
    facts.forEach(({ identity }, point) => {
      if (identity === null) return
      const first = firstOf.get(identity.id)
      if (first === undefined) firstOf.set(identity.id, point)
      else this.#sets.union(first, point)
    })
    for (const [one, other] of same) this.#sets.union(one, other)
    this.#start = Int32Array.from(facts, (_, point) => this.#sets.find(point))
    this.#genders = facts.map(({ gender }) => gender)
    // Ages that nobody knows forbid nothing.
    this.#from = Float64Array.from(facts, ({ age }) => age?.from ?? -Infinity)
    this.#to = Float64Array.from(facts, ({ age }) => age?.to ?? Infinity)
    facts.forEach(({ identity }, point) => {
      if (identity !== null) this.#named.set(point, new Set([identity.dataset]))
    })
    for (const [one, other] of apart) {
      const [a, b] = [this.#start[one] ?? one, this.#start[other] ?? other]
      if (a === b) continue
      this.#barred.set(a, [...(this.#barred.get(a) ?? []), b])
      this.#barred.set(b, [...(this.#barred.get(b) ?? []), a])
    }
    this.#start.forEach((first, point) => {
      if (first !== point) this.#joinFacts(first, point)
    })
  }

  /** `[points]` first of the points that must be one person */
  listStart(): Int32Array {
    return this.#start.slice()
  }

  /** @param one first point of a cluster, as `other` */
  isApart(one: number, other: number): boolean {
    return this.explainApart(one, other) !== null
  }

  /** Why two clusters cannot be one person; null where they may. */
  explainApart(one: number, other: number): 'gender' | 'age' | 'named' | 'decided' | null {
    const [a, b] = [this.#genders[one], this.#genders[other]]
    if (this.#isBarred(one, other)) return 'decided'
    const named = this.#named.get(one)
    const namedToo = this.#named.get(other)
    if (named !== undefined && namedToo !== undefined && [...named].some((dataset) => namedToo.has(dataset)))
      return 'named'
    if (a !== null && b !== null && a !== b) return 'gender'
    const gap = Math.max(
      (this.#from[one] ?? 0) - (this.#to[other] ?? 0),
      (this.#from[other] ?? 0) - (this.#to[one] ?? 0),
    )
    return gap >= farYears ? 'age' : null
  }

  /** @param kept its first point comes before that of `taken` */
  join(kept: number, taken: number): void {
    this.#sets.union(kept, taken)
    this.#joinFacts(kept, taken)
    const barred = this.#barred.get(taken)
    if (barred !== undefined) this.#barred.set(kept, [...(this.#barred.get(kept) ?? []), ...barred])
  }

  #isBarred(one: number, other: number): boolean {
    const [few, many] = [this.#barred.get(one), this.#barred.get(other)]
    if (few === undefined || many === undefined) return false
    return few.some((point) => this.#sets.find(point) === this.#sets.find(other))
  }

  #joinFacts(kept: number, taken: number): void {
    const [a, b] = [this.#genders[kept] ?? null, this.#genders[taken] ?? null]
    this.#genders[kept] = a === null || b === null || a === b ? (a ?? b) : null
    // The latest first year and the earliest last year of any picture: what is farthest from another one's.
    this.#from[kept] = Math.max(this.#from[kept] ?? -Infinity, this.#from[taken] ?? -Infinity)
    this.#to[kept] = Math.min(this.#to[kept] ?? Infinity, this.#to[taken] ?? Infinity)
    const named = this.#named.get(taken)
    if (named !== undefined) this.#named.set(kept, new Set([...named, ...(this.#named.get(kept) ?? [])]))
  }
}
