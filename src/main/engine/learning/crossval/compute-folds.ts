import * as z from 'zod'
import { sha256 } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { groupImages } from '#engine/data/splits/domain/group-images.ts'
import { planSplit } from '#engine/data/splits/domain/plan-split.ts'
import { buildStrata, measureTotalVariation } from '#engine/data/splits/domain/split-strata.ts'
import { compareByContent, hashMembers } from '#engine/data/members/hash-members.ts'
import type { FoldSourceImage } from './fold-source.repo.ts'

/** Goes into every fold hash; a change of the plan that the same input and seed give needs a new number. */
const foldAlgorithm = 'evenhand-folds/1'

export const computeFoldsTask = z.object({
  /** Path of the catalogue's database file. */
  catalogue: z.string(),
  splitId: z.int(),
  splitHash: sha256,
  folds: z.int(),
  seed: z.int(),
})
export type ComputeFoldsTask = z.infer<typeof computeFoldsTask>

/** Columns rather than rows: typed arrays cross between threads at no cost. */
export const computedFolds = z.object({
  hash: sha256,
  /** In the order of the folds. */
  figures: z.array(z.object({ images: z.int(), groups: z.int(), totalVariation: z.number() })),
  /** `[images]` in ascending order */
  imageIds: z.instanceof(Float64Array),
  /** `[images]` one-based */
  foldOf: z.instanceof(Uint8Array),
})
export type ComputedFolds = z.infer<typeof computedFolds>

function checkFeasible(images: number, groups: number, folds: number): void {
  if (groups >= folds) return
  throw new AppError(
    'PRECONDITION',
    `${folds} folds need at least ${folds} groups of images that belong together; the train and validation parts hold ` +
      `${images} images in ${groups} groups. Ask for fewer folds, or use a larger split.`,
    { details: { images, groups, folds } },
  )
}

/**
 * Plans folds of equal size by the method of splits: pure, and the same for any order of the images and any ids in the
 * catalogue. Images stay together that the split held together, or that share a person, a file or all pixels by now.
 */
export function computeFolds(
  sources: readonly FoldSourceImage[],
  { splitHash, folds, seed }: Pick<ComputeFoldsTask, 'splitHash' | 'folds' | 'seed'>,
): ComputedFolds {
  const images = sources
    .map((source) => ({ ...source, image: `${source.dataset}/${source.path}` }))
    .sort(compareByContent)
  const groups = groupImages(images)
  checkFeasible(images.length, groups.count, folds)
  const strata = buildStrata(images)
  const partOf = planSplit(groups, strata, { ratios: Array.from({ length: folds }, () => 1 / folds), seed })

  const hash = hashMembers(
    { algorithm: foldAlgorithm, splitHash, folds, seed },
    images.map(({ fileSha256, image }, index) => [fileSha256, image, (partOf[index] ?? 0) + 1]),
  )
  const counts = Array.from({ length: folds }, () => ({ images: 0, groups: new Set<number>() }))
  images.forEach((_, index) => {
    const part = partOf[index] ?? 0
    const count = counts[part]
    if (count === undefined) throw new RangeError(`Fold ${part} of ${folds}`)
    count.images += 1
    count.groups.add(groups.groupOf[index] ?? 0)
  })
  const variation = measureTotalVariation(strata, partOf, folds)
  const byId = images.map(({ imageId }, index) => ({ imageId, fold: (partOf[index] ?? 0) + 1 }))
  byId.sort((a, b) => a.imageId - b.imageId)
  return {
    hash,
    figures: counts.map((count, fold) => ({
      images: count.images,
      groups: count.groups.size,
      totalVariation: variation[fold] ?? 0,
    })),
    imageIds: Float64Array.from(byId, ({ imageId }) => imageId),
    foldOf: Uint8Array.from(byId, ({ fold }) => fold),
  }
}
