import type { ChangeKind } from '#shared/contract/sensitivity.contract.ts'
import type { Variation } from '#engine/assessment/explanations/domain/vary-picture.ts'

/** Counted up with every change of what is varied or how, so that a job does not go on with answers of an earlier way. */
export const changesVersion = 1

interface Change {
  /** Null for the picture as it is. */
  readonly kind: ChangeKind | null
  readonly variation: Variation
}

/** Small enough that a person would answer the same: what a detector's box, a lamp or a camera turned to the other side do. */
export const changes: readonly Change[] = [
  { kind: null, variation: { kind: 'none', amount: 0 } },
  ...[0.03, 0.06].map((amount) => ({ kind: 'crop', variation: { kind: 'zoom', amount } }) as const),
  ...[-0.06, 0.06].flatMap((amount) => [
    { kind: 'crop', variation: { kind: 'shift-x', amount } } as const,
    { kind: 'crop', variation: { kind: 'shift-y', amount } } as const,
  ]),
  ...[0.8, 1.25].map(
    (amount) => ({ kind: 'brightness', variation: { kind: 'brightness', amount } }) as const,
  ),
  { kind: 'flip', variation: { kind: 'mirror', amount: 0 } },
]

/** What of each kind is done, in words. */
export const changeWords: Readonly<Record<ChangeKind, string>> = {
  crop: '3 and 6 % cut off every side, and the view moved by 6 % of a side, left, right, up and down',
  brightness: 'levels times 0.8 and times 1.25',
  flip: 'mirrored, left to right',
}

export const changesOf = (kind: ChangeKind): number[] =>
  changes.flatMap((change, place) => (change.kind === kind ? [place] : []))
