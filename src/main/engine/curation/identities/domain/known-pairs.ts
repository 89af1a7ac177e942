import type { WholeDescriptors } from './compare-pairs.ts'
import type { PersonFacts } from './people-rules.ts'

interface KnownPair {
  /** One of the people. */
  readonly person: number
  readonly distance: number
}

/** Distances of pairs whose people data sets name. */
export interface KnownPairs {
  /** Of one person; copies of one picture are left out. */
  readonly same: readonly KnownPair[]
  /** Of two people of one data set. */
  readonly different: readonly KnownPair[]
  /** Pairs of copies. */
  readonly copies: number
}

/** Of one person so many pairs, so that one with a thousand pictures does not stand for all. */
const mostOfPerson = 200
const mostDifferent = 500_000

function measure({ lanes, values, scale }: WholeDescriptors, one: number, other: number): number {
  let squared = 0
  for (let at = 0; at < lanes; at++)
    squared += ((values[one * lanes + at] ?? 0) - (values[other * lanes + at] ?? 0)) ** 2
  return Math.sqrt(squared) / scale
}

/**
 * @param copies `[points]` first of the points that are copies of one picture
 */
export function measureKnown(
  descriptors: WholeDescriptors,
  { facts, copies }: { readonly facts: readonly PersonFacts[]; readonly copies: Int32Array },
): KnownPairs {
  const people = new Map<number, number[]>()
  const named: number[] = []
  let copied = 0
  const sizes = new Map<number, number>()
  copies.forEach((first, point) => {
    const size = sizes.get(first) ?? 0
    copied += size
    sizes.set(first, size + 1)
    const identity = facts[point]?.identity ?? null
    if (identity === null || first !== point) return
    named.push(point)
    const known = people.get(identity.id)
    if (known === undefined) people.set(identity.id, [point])
    else known.push(point)
  })
  const same: KnownPair[] = []
  for (const [person, points] of people) {
    let taken = 0
    // Steps between pictures grow, so that every picture is in some of the pairs that are taken.
    for (let gap = 1; gap < points.length && taken < mostOfPerson; gap++) {
      for (let at = 0; at + gap < points.length && taken < mostOfPerson; at++) {
        same.push({ person, distance: measure(descriptors, points[at] ?? 0, points[at + gap] ?? 0) })
        taken += 1
      }
    }
  }
  return { same, different: measureDifferent(descriptors, { facts, named }), copies: copied }
}

function measureDifferent(
  descriptors: WholeDescriptors,
  { facts, named }: { readonly facts: readonly PersonFacts[]; readonly named: readonly number[] },
): KnownPair[] {
  const distances: KnownPair[] = []
  for (let gap = 1; gap < named.length && distances.length < mostDifferent; gap++) {
    for (let at = 0; at + gap < named.length && distances.length < mostDifferent; at++) {
      const [one, other] = [named[at] ?? 0, named[at + gap] ?? 0]
      const [a, b] = [facts[one]?.identity, facts[other]?.identity]
      if (a === undefined || a === null || a.dataset !== b?.dataset || a.id === b.id) continue
      distances.push({ person: a.id, distance: measure(descriptors, one, other) })
    }
  }
  return distances
}
