import type { SplitPlan } from '#shared/contract/split.contract.ts'
import { mapRace, type LabelScheme } from '#shared/domain/label-schemes.ts'
import type { GroupableImage, ImageGroups } from './group-images.ts'

interface DescribedImage extends GroupableImage {
  readonly race: string | null
  readonly gender: string | null
  readonly ageBin: string | null
}

/** How many images share a value with another one. */
function countTied<Key>(
  images: readonly DescribedImage[],
  keyOf: (image: DescribedImage) => Key | null,
): number {
  const counts = new Map<Key, number>()
  for (const image of images) {
    const key = keyOf(image)
    if (key !== null) counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  let tied = 0
  for (const count of counts.values()) if (count > 1) tied += count
  return tied
}

export const countTies = (images: readonly DescribedImage[]): SplitPlan['tied'] => ({
  identity: countTied(images, ({ identity }) => identity),
  file: countTied(images, ({ fileSha256 }) => fileSha256),
  pixel: countTied(images, ({ pixelSha256 }) => pixelSha256),
  near: countTied(images, ({ near }) => near ?? null),
  person: countTied(images, ({ person }) => person ?? null),
})

/** Cells with fewer groups than there are parts to fill, the largest first. */
export function findInfeasible(
  images: readonly DescribedImage[],
  { groupOf }: ImageGroups,
  parts: number,
): SplitPlan['infeasible'] {
  const cells = new Map<string, { image: DescribedImage; images: number; groups: Set<number> }>()
  images.forEach((image, index) => {
    const key = JSON.stringify([image.race, image.gender, image.ageBin])
    const cell = cells.get(key) ?? { image, images: 0, groups: new Set<number>() }
    cell.images += 1
    cell.groups.add(groupOf[index] ?? 0)
    cells.set(key, cell)
  })
  return [...cells.entries()]
    .filter(([, { groups }]) => groups.size < parts)
    .sort(([a, { images: moreA }], [b, { images: moreB }]) => moreB - moreA || (a < b ? -1 : 1))
    .map(([, { image, images: count, groups }]) => ({
      race: image.race,
      gender: image.gender,
      age: image.ageBin,
      images: count,
      groups: groups.size,
    }))
}

/** Races that a data set's scheme has and the split's has no word for, the most frequent first. */
export function countLostLabels(
  images: readonly { readonly dataset: string; readonly scheme: LabelScheme; readonly race: string | null }[],
  scheme: LabelScheme,
): SplitPlan['lostLabels'] {
  const lost = new Map<string, SplitPlan['lostLabels'][number]>()
  for (const { dataset, scheme: own, race } of images) {
    if (race === null || mapRace(race, own, scheme) !== null) continue
    const key = JSON.stringify([dataset, race])
    lost.set(key, { dataset, label: race, images: (lost.get(key)?.images ?? 0) + 1 })
  }
  return [...lost.entries()]
    .sort(([a, { images: moreA }], [b, { images: moreB }]) => moreB - moreA || (a < b ? -1 : 1))
    .map(([, row]) => row)
}

export const countMissing = (images: readonly DescribedImage[]): SplitPlan['missing'] => ({
  race: images.filter(({ race }) => race === null).length,
  gender: images.filter(({ gender }) => gender === null).length,
  age: images.filter(({ ageBin }) => ageBin === null).length,
})
