import { hashCanonical } from '#engine/base/kernel/hash.ts'

/** What people say that the clustering itself heeds. */
interface Said {
  readonly apart: readonly (readonly [number, number])[]
  readonly faceless: readonly number[]
}

/** SHA-256: equal for equal content, whatever was said first or twice. */
export function hashSaid({ apart, faceless }: Said): string {
  const pairs = apart.map(([one, other]) => `${Math.min(one, other)}-${Math.max(one, other)}`)
  return hashCanonical({
    apart: [...new Set(pairs)].toSorted(),
    faceless: [...new Set(faceless)].toSorted((a, b) => a - b),
  })
}
