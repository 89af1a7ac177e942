import type { FieldChange } from './plan-decision.ts'

/** One field of several images that comes to the same value. */
export interface AlikeChanges extends Pick<FieldChange, 'field' | 'checkCode' | 'to'> {
  /** Each once, in the order of the changes. */
  readonly imageIds: readonly number[]
}

/**
 * Changes with those put together that do the same to another image, so that few statements write them all. Where a field of
 * an image changes twice, the later change comes in a later group.
 */
export function groupAlike(changes: readonly FieldChange[]): AlikeChanges[] {
  const groups: (AlikeChanges & { readonly imageIds: number[] })[] = []
  const open = new Map<string, number[]>()
  const changed = new Set<string>()
  for (const { imageId, field, checkCode: madeIn, to } of changes) {
    // The queue that a decision was made in says nothing of what it changes, but for a review, which closes it.
    const checkCode = field === 'review' ? madeIn : null
    const place = `${field} ${checkCode} ${imageId}`
    if (changed.has(place)) {
      open.clear()
      changed.clear()
    }
    changed.add(place)
    const key = `${field} ${checkCode} ${JSON.stringify(to)}`
    const known = open.get(key)
    if (known === undefined) {
      const imageIds = [imageId]
      open.set(key, imageIds)
      groups.push({ field, checkCode, to, imageIds })
    } else known.push(imageId)
  }
  return groups
}
