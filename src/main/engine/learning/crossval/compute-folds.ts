import * as z from 'zod'
import { sha256 } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { groupImages } from '#engine/data/splits/domain/group-images.ts'
import { planSplit } from '#engine/data/splits/domain/plan-split.ts'
import { buildStrata, measureTotalVariation } from '#engine/data/splits/domain/split-strata.ts'
import { compareByContent, hashMembers } from '#engine/data/members/hash-members.ts'
import type { FoldedImage, FoldSourceImage } from './fold-source.repo.ts'

/** Goes into every fold hash; a change of the plan that the same input and seed give needs a new number. */
export const foldAlgorithm = 'evenhand-folds/1'

const computeFoldsTask = z.object({
  kind: z.literal('plan'),
  /** Path of the catalogue's database file. */
  catalogue: z.string(),
  splitId: z.int(),
  splitHash: sha256,
  folds: z.int(),
  seed: z.int(),
})
export type ComputeFoldsTask = z.infer<typeof computeFoldsTask>

export const foldsTask = z.discriminatedUnion('kind', [
  computeFoldsTask,
  computeFoldsTask.extend({ kind: z.literal('restate'), crossvalId: z.int() }),
])
export type FoldsTask = z.infer<typeof foldsTask>

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

/** What stored folds are as they stand. */
export const restatedFolds = computedFolds.pick({ hash: true, figures: true })
export type RestatedFolds = z.infer<typeof restatedFolds>

function checkFeasible(images: number, groups: number, folds: number): void {
  if (groups >= folds) return
  throw new AppError(
    'PRECONDITION',
    `${folds} folds need at least ${folds} groups of images that belong together; the train and validation parts hold ` +
      `${images} images in ${groups} groups. Ask for fewer folds, or use a larger split.`,
    { details: { images, groups, folds } },
  )
}

type FoldRules = Pick<ComputeFoldsTask, 'splitHash' | 'folds' | 'seed'>

const orderByContent = <Image extends FoldSourceImage>(sources: readonly Image[]) =>
  sources.map((source) => ({ ...source, image: `${source.dataset}/${source.path}` })).sort(compareByContent)

/** Hash and figures of folds, by the fold of each image from 0 on. */
function describeFolds(
  images: readonly (FoldSourceImage & { readonly image: string })[],
  partOf: Uint8Array,
  { splitHash, folds, seed }: FoldRules,
): RestatedFolds {
  const groups = groupImages(images)
  const counts = Array.from({ length: folds }, () => ({ images: 0, groups: new Set<number>() }))
  images.forEach((_, index) => {
    const part = partOf[index] ?? 0
    const count = counts[part]
    if (count === undefined) throw new RangeError(`Fold ${part} of ${folds}`)
    count.images += 1
    count.groups.add(groups.groupOf[index] ?? 0)
  })
  const variation = measureTotalVariation(buildStrata(images), partOf, folds)
  return {
    hash: hashMembers(
      { algorithm: foldAlgorithm, splitHash, folds, seed },
      images.map(({ fileSha256, image }, index) => [fileSha256, image, (partOf[index] ?? 0) + 1]),
    ),
    figures: counts.map((count, fold) => ({
      images: count.images,
      groups: count.groups.size,
      totalVariation: variation[fold] ?? 0,
    })),
  }
}

/** Of folds that were stored, after some of their images are gone. */
export function restateFolds(stored: readonly FoldedImage[], rules: FoldRules): RestatedFolds {
  const images = orderByContent(stored)
  return describeFolds(
    images,
    Uint8Array.from(images, ({ fold }) => fold - 1),
    rules,
  )
}

/**
 * Plans folds of equal size by the method of splits: pure, and the same for any order of the images and any ids in the
 * catalogue. Images stay together that the split held together, or that share a person, a file or all pixels by now.
 */
export function computeFolds(sources: readonly FoldSourceImage[], rules: FoldRules): ComputedFolds {
  const { folds, seed } = rules
  const images = orderByContent(sources)
  const groups = groupImages(images)
  checkFeasible(images.length, groups.count, folds)
  const strata = buildStrata(images)
  const partOf = planSplit(groups, strata, { ratios: Array.from({ length: folds }, () => 1 / folds), seed })
  const byId = images.map(({ imageId }, index) => ({ imageId, fold: (partOf[index] ?? 0) + 1 }))
  byId.sort((a, b) => a.imageId - b.imageId)
  return {
    ...describeFolds(images, partOf, rules),
    imageIds: Float64Array.from(byId, ({ imageId }) => imageId),
    foldOf: Uint8Array.from(byId, ({ fold }) => fold),
  }
}
