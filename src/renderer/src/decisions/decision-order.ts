import type * as z from 'zod'
import type { DecisionOutcome, decisionRequest, HistoryEntry } from '#shared/contract/decision.contract.ts'

export type DecisionOrder = z.input<typeof decisionRequest>
export type DecisionTarget = DecisionOrder['target']
/** What is decided, without the images. */
export type Choice = Pick<DecisionOrder, 'action' | 'reason' | 'note' | 'task' | 'value'>

/** An image as a window shows it; the revision is sent back with a decision. */
export interface SeenImage {
  readonly imageId: number
  readonly revision: number
}

/** The images that an order names; none where it names a query. */
export function imagesOfTarget(target: DecisionTarget): readonly SeenImage[] {
  if ('images' in target) return target.images
  return 'seen' in target ? (target.seen ?? []) : []
}

/** The images that an act changed, as they stand after it; the history tells the first of them. */
export function imagesOfAct({ changes, actId }: HistoryEntry): SeenImage[] {
  const ids = new Set<number>(changes.map(({ imageId }) => imageId))
  return [...ids].map((imageId) => ({ imageId, revision: actId }))
}

/** The images that were left alone and still stand, as they stand. */
export function imagesLeft({ conflicts }: DecisionOutcome): SeenImage[] {
  return conflicts.flatMap(({ imageId, revision }) => (revision === null ? [] : [{ imageId, revision }]))
}

/** The order with the revisions that this window's own acts gave to images since they were read. */
export function withNewest(order: DecisionOrder, newest: ReadonlyMap<number, number>): DecisionOrder {
  const raise = (images: readonly SeenImage[]) =>
    images.map(({ imageId, revision }) => ({
      imageId,
      revision: Math.max(revision, newest.get(imageId) ?? 0),
    }))
  const { target } = order
  if ('images' in target) return { ...order, target: { images: raise(target.images) } }
  if ('seen' in target && target.seen !== undefined) {
    return { ...order, target: { ...target, seen: raise(target.seen) } }
  }
  return order
}
