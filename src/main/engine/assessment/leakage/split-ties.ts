import { partName } from '#shared/contract/split.contract.ts'
import type { SourceImage, SourceMember } from './leakage-source.repo.ts'

/** Members of a split with all other images that are in use, each with its part. */
export function placeImages(images: readonly SourceImage[], members: readonly SourceMember[]) {
  const partById = new Map(members.map(({ imageId, part }) => [imageId, partName.options.indexOf(part)]))
  const placed = images.filter(({ imageId, status }) => status !== 'removed' || partById.has(imageId))
  return {
    images: placed,
    partOf: Int8Array.from(placed, ({ imageId }) => partById.get(imageId) ?? -1),
  }
}
