import { checkIds, checks } from '#shared/domain/checks.ts'
import type { ImageHolder } from '#engine/base/holders/image-holder.ts'
import type { CheckScoreRepo } from './check-score.repo.ts'

/** What a check of these sources says of an image hangs on the others too. */
const comparing = checkIds.filter((check) =>
  ['duplicates', 'embeddings', 'labels'].includes(checks[check].source),
)
const reason = 'Pictures are gone since. Scan again to compare the others anew.'

/** How checks let go of images. */
export const createCheckHolder = (scores: CheckScoreRepo): ImageHolder => ({
  rows: scores.held,
  settle: async ({ images }) => {
    if (images.length === 0) return
    scores.mendGroups()
    scores.followHistory()
    scores.outdate(comparing, reason)
    for (const check of checkIds) if (!comparing.includes(check)) scores.raiseRevision(check)
  },
})
