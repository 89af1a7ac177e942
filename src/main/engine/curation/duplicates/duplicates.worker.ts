import { serveCatalogueRead } from '#engine/base/db/read-catalogue.ts'
import { DuplicateSourceRepo } from '#engine/curation/duplicates/duplicate-source.repo.ts'
import { findDuplicates, findDuplicatesTask } from '#engine/curation/duplicates/find-duplicates.ts'

/** Looks for copies among all images of the catalogue. */
await serveCatalogueRead(findDuplicatesTask, ({ limit, knownBasis }, db, { throwIfCancelled, report }) => {
  const onProgress = (share: number): void => {
    throwIfCancelled()
    report(share)
  }
  return findDuplicates(new DuplicateSourceRepo(db), { limit, knownBasis, onProgress })
})
