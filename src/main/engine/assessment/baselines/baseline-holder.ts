import type { ImageHolder } from '#engine/base/holders/image-holder.ts'
import type { BaselineSeals } from './baseline-seals.ts'
import type { BaselineRepo } from './baseline.repo.ts'

/** How stored answers let go of images: what is left is sealed anew; what was counted when they came in stays as it was then. */
export const createBaselineHolder = ({
  repo,
  seals,
}: {
  readonly repo: BaselineRepo
  readonly seals: BaselineSeals
}): ImageHolder => ({
  rows: repo.held,
  describeBuiltOn: (imageIds) => repo.namesOf(imageIds).map((name) => `stored answers of "${name}"`),
  settle: async ({ signal }) => {
    for (const { id, answers: sealed } of repo.listSealed()) {
      const { sha256, answers } = await seals.hashAnswers(id, signal)
      if (answers < sealed) repo.reseal(id, { answers, answersSha256: sha256 })
    }
  },
})
