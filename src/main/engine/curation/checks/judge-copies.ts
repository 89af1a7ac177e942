import type { ImageId } from '#shared/contract/base.contract.ts'
import type { ImageStatus } from '#shared/domain/image-states.ts'
import { findConflict, type LabelConflict, type LabelledCopy } from './conflicting-labels.ts'

/** What is compared to choose among copies. */
export interface Copy extends LabelledCopy {
  readonly imageId: ImageId
  readonly status: ImageStatus
  readonly pixels: number
  /** Null where the image was not measured. */
  readonly sharpness: number | null
  readonly bytes: number
}

export interface KeepSuggestion {
  readonly imageId: ImageId
  readonly reason: string
}

export interface CopyVerdict {
  /** Labels of the copies that are not removed, of the tasks in which they differ; null where they agree. */
  readonly conflict: LabelConflict['labels'] | null
  /** The same with the removed copies, whose labels keep the others in doubt until somebody confirms them. */
  readonly contested: LabelConflict['labels'] | null
  /** Null where the labels differ or no copy carries all of them, and where fewer than two copies are left. */
  readonly suggestedKeep: KeepSuggestion | null
  /** The better picture, whatever its labels; null where none is better. */
  readonly clearest: ImageId | null
}

/** Less than this share of difference in sharpness is no reason. */
const leastSharper = 0.05

interface Criterion {
  readonly reason: string
  /** Higher is better. */
  readonly rank: (copy: Copy) => number
}

const pictureCriteria = (copies: readonly Copy[]): readonly Criterion[] => {
  const sharpest = Math.max(0, ...copies.map(({ sharpness }) => sharpness ?? 0))
  return [
    { reason: 'it has the most pixels', rank: ({ pixels }) => pixels },
    {
      reason: 'it is the sharpest',
      rank: ({ sharpness }) => Number((sharpness ?? 0) >= sharpest * (1 - leastSharper)),
    },
    { reason: 'its file is the largest', rank: ({ bytes }) => bytes },
  ]
}

/** Years say more than the bin they lie in. */
const labelParts = ({ race, gender, ageYears, ageBin }: Copy): readonly boolean[] => [
  race !== null,
  gender !== null,
  ageBin !== null,
  ageYears !== null,
]
const countLabels = (copy: Copy): number => labelParts(copy).filter(Boolean).length

/** The copies that are best by all criteria in turn, and the reason of the first one that decided. */
function pickBest(
  copies: readonly Copy[],
  criteria: readonly Criterion[],
): { readonly best: readonly Copy[]; readonly reason: string | null } {
  let best = copies
  let reason: string | null = null
  for (const { reason: why, rank } of criteria) {
    const highest = Math.max(...best.map(rank))
    const left = best.filter((copy) => rank(copy) === highest)
    if (left.length < best.length) reason ??= why
    best = left
  }
  return { best, reason }
}

/**
 * Which copy stays. Where labels differ nothing is suggested: order of import is the order of file names, and those often
 * begin with the label. Else a copy that was kept before, the one with the most labels, the most pixels, the sharpest, the
 * largest file, the first.
 */
export function judgeCopies(copies: readonly Copy[]): CopyVerdict {
  const present = copies.filter(({ status }) => status !== 'removed')
  const clear = pickBest(present, pictureCriteria(present))
  const clearest = clear.best.length === 1 && present.length > 1 ? (clear.best[0]?.imageId ?? null) : null
  const conflict = findConflict(present)?.labels ?? null
  const contested = findConflict(copies)?.labels ?? null
  const none = { conflict, contested, suggestedKeep: null, clearest }
  if (present.length < 2 || conflict !== null) return none
  const { best, reason } = pickBest(present, [
    { reason: 'it was kept before', rank: ({ status }) => Number(status === 'kept') },
    { reason: 'it carries labels that others lack', rank: countLabels },
    ...pictureCriteria(present),
  ])
  const [first] = best
  // A label that only another copy carries would leave with it.
  const isLost =
    first !== undefined &&
    labelParts(first).some((has, part) => !has && present.some((copy) => labelParts(copy)[part]))
  if (first === undefined || isLost) return none
  const why = reason ?? 'the copies and their labels are equal and it was imported first'
  return { ...none, suggestedKeep: { imageId: first.imageId, reason: why } }
}
