import type { DatasetAudit } from '#shared/contract/audit.contract.ts'
import { wantedImages } from '#shared/domain/audit-measures.ts'
import { findMedian } from '#engine/base/kernel/quantiles.ts'
import type { AuditedDataset } from './audited-image.ts'

/** How large a data set is, in images and in people. */
export function measureScale({ images, people, isKnown, known }: AuditedDataset): DatasetAudit['scale'] {
  const sizes = new Map<number, number>()
  people.forEach((person, image) => {
    if (isKnown[image] === true) sizes.set(person, (sizes.get(person) ?? 0) + 1)
  })
  const counts = [...sizes.values()]
  return {
    images: images.length,
    isLarge: images.length > wantedImages,
    people: new Set(people).size,
    known,
    imagesPerPerson:
      counts.length === 0
        ? null
        : {
            median: findMedian(counts),
            people: counts.length,
            most: counts.reduce((most, count) => Math.max(most, count), 0),
          },
  }
}
