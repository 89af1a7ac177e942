import type { DecisionRequest } from '#shared/contract/decision.contract.ts'
import { formatCount } from '#shared/domain/format.ts'

export const countImages = (images: number): string =>
  images === 1 ? '1 image' : `${formatCount(images)} images`

/** "Removed 12 images": what undo and the history call an act. */
export function describeAct({ action, task, value }: DecisionRequest, images: number): string {
  const count = countImages(images)
  switch (action) {
    case 'keep':
      return `Kept ${count}`
    case 'remove':
      return `Removed ${count}`
    case 'relabel':
      return value === null || value === undefined
        ? `Took the ${task} label of ${count} away`
        : `Relabelled ${task} of ${count} to ${value}`
    case 'suspect':
      return `Marked the identity of ${count} as doubtful`
    case 'clear-suspect':
      return `Cleared the doubt about the identity of ${count}`
    case 'restore':
      return `Reopened ${count}`
    default:
      return action satisfies never
  }
}
