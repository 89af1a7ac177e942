import type { ImageId } from '#shared/contract/base.contract.ts'

/** What is compared to choose among copies. */
export interface Copy {
  readonly imageId: ImageId
  readonly pixels: number
  /** Null where the image was not measured. */
  readonly sharpness: number | null
  readonly bytes: number
  readonly race: string | null
  readonly gender: string | null
  readonly ageBin: string | null
}

export interface KeepSuggestion {
  readonly imageId: ImageId
  readonly reason: string
}

const labelsOf = ({ race, gender, ageBin }: Copy): string => JSON.stringify([race, gender, ageBin])

/** Less than this share of difference in sharpness is no reason. */
const leastSharper = 0.05

interface Criterion {
  readonly reason: string
  /** Higher is better. */
  readonly rank: (copy: Copy) => number
}

/**
 * The copy to keep: the labels that most copies carry, then the most pixels, the sharpest, the largest file, the first.
 * The reason names the first of these that decides.
 */
export function suggestKeep(copies: readonly Copy[]): KeepSuggestion | null {
  const votes = new Map<string, number>()
  for (const copy of copies) votes.set(labelsOf(copy), (votes.get(labelsOf(copy)) ?? 0) + 1)
  const sharpest = Math.max(0, ...copies.map(({ sharpness }) => sharpness ?? 0))
  const criteria: readonly Criterion[] = [
    { reason: 'its labels are those that most copies carry', rank: (copy) => votes.get(labelsOf(copy)) ?? 0 },
    { reason: 'it has the most pixels', rank: ({ pixels }) => pixels },
    {
      reason: 'it is the sharpest',
      rank: ({ sharpness }) => Number((sharpness ?? 0) >= sharpest * (1 - leastSharper)),
    },
    { reason: 'its file is the largest', rank: ({ bytes }) => bytes },
  ]
  let left = copies
  let reason: string | null = null
  for (const criterion of criteria) {
    const best = Math.max(...left.map(criterion.rank))
    const kept = left.filter((copy) => criterion.rank(copy) === best)
    if (kept.length < left.length) reason ??= criterion.reason
    left = kept
  }
  const [first] = left
  if (first === undefined) return null
  return { imageId: first.imageId, reason: reason ?? 'the copies are equal and it was imported first' }
}
