import type { IdentityProposal } from '#shared/contract/identity.contract.ts'
import type { NearPairs } from './compare-pairs.ts'

interface PairOfPoints {
  readonly one: number
  readonly other: number
}

/**
 * How many other points are nearer than a distance to each point of a pair, and to both: pictures of one person mostly share
 * their neighbours, while two people who look alike in one picture each do not.
 *
 * @param squared in whole numbers, at most that of the radius of the near pairs
 */
export function countNeighbours<Pair extends PairOfPoints>(
  found: readonly Pair[],
  pairs: NearPairs,
  squared: number,
): (Pair & { readonly neighbours: NonNullable<IdentityProposal['neighbours']> })[] {
  const near = new Map(
    found.flatMap(({ one, other }) => [one, other]).map((point) => [point, new Set<number>()]),
  )
  for (let at = 0; at < pairs.count; at++) {
    if ((pairs.squared[at] ?? 0) > squared) continue
    const [one, other] = [pairs.first[at] ?? 0, pairs.second[at] ?? 0]
    near.get(one)?.add(other)
    near.get(other)?.add(one)
  }
  return found.map((pair) => {
    const beside = (point: number, without: number): Set<number> => {
      const all = new Set(near.get(point))
      all.delete(without)
      return all
    }
    const [one, other] = [beside(pair.one, pair.other), beside(pair.other, pair.one)]
    return {
      ...pair,
      neighbours: {
        one: one.size,
        other: other.size,
        both: [...one].filter((point) => other.has(point)).length,
      },
    }
  })
}
