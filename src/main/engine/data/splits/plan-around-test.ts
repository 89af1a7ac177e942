import { AppError } from '#shared/contract/errors.ts'
import type { SplitPlan } from '#shared/contract/split.contract.ts'
import type { ImageGroups } from '#engine/data/splits/domain/group-images.ts'
import { planSplit, splitMethod } from '#engine/data/splits/domain/plan-split.ts'
import { buildStrata, type StratifiedImage } from '#engine/data/splits/domain/split-strata.ts'

/** An earlier test part. */
export interface KeptTest {
  readonly hash: string
  readonly imageIds: ReadonlySet<number>
}

interface Planned {
  readonly images: readonly { readonly imageId: number }[]
  readonly groups: ImageGroups
  /** The images as their strata see them. */
  readonly masked: readonly StratifiedImage[]
}

interface AroundRules {
  readonly ratios: { readonly train: number; readonly val: number }
  readonly seed: number
  readonly keepTest: KeptTest
}

/** Index of the test part among train, val and test. */
const test = 2

/**
 * Keeps an earlier test part and plans the rest as train and validation, in the proportion asked for. An image whose
 * group has one of the kept images goes with it: elsewhere it would leak.
 *
 * @throws AppError PRECONDITION where nothing of the test part is left, or fewer than two groups beside it
 */
export function planAroundTest(
  { images, groups, masked }: Planned,
  { ratios, seed, keepTest }: AroundRules,
): { partOf: Uint8Array; keptTest: NonNullable<SplitPlan['keptTest']> } {
  const isTestGroup = new Uint8Array(groups.count)
  let kept = 0
  images.forEach(({ imageId }, index) => {
    if (!keepTest.imageIds.has(imageId)) return
    isTestGroup[groups.groupOf[index] ?? 0] = 1
    kept += 1
  })
  const numbers = new Int32Array(groups.count).fill(-1)
  let count = 0
  const rest: number[] = []
  groups.groupOf.forEach((group, index) => {
    if (isTestGroup[group] === 1) return
    if (numbers[group] === -1) numbers[group] = count++
    rest.push(index)
  })
  if (kept === 0 || count < 2) {
    throw new AppError(
      'PRECONDITION',
      kept === 0
        ? 'None of the images of the test part that shall be kept is among those to split. Choose the data sets it is of.'
        : `Beside the kept test part there are ${rest.length} images in ${count} groups; train and validation need at least two groups. Import more images.`,
    )
  }
  const groupOf = Int32Array.from(rest, (index) => numbers[groups.groupOf[index] ?? 0] ?? 0)
  const strata = buildStrata(rest.flatMap((index) => masked[index] ?? []))
  const sum = ratios.train + ratios.val
  const planned = planSplit({ groupOf, count }, strata, {
    ratios: [ratios.train / sum, ratios.val / sum],
    seed,
    method: splitMethod,
  })
  const partOf = new Uint8Array(images.length).fill(test)
  rest.forEach((index, at) => {
    partOf[index] = planned[at] ?? 0
  })
  const { hash, imageIds } = keepTest
  const joined = images.length - rest.length - kept
  return { partOf, keptTest: { hash, kept, gone: imageIds.size - kept, joined } }
}
