import { DuplicateSourceRepo } from '#engine/curation/duplicates/duplicate-source.repo.ts'
import { findDuplicates, findDuplicatesTask } from '#engine/curation/duplicates/find-duplicates.ts'
import { openReader } from '#engine/base/db/open-reader.ts'
import { serveWorkerRun } from '#engine/base/threads/worker-run.ts'

/** Looks for copies among all images of the catalogue. */
await serveWorkerRun(findDuplicatesTask, ({ catalogue, knownBasis }, { throwIfCancelled, report }) => {
  const db = openReader(catalogue)
  try {
    const onProgress = (share: number): void => {
      throwIfCancelled()
      report(share)
    }
    return Promise.resolve(findDuplicates(new DuplicateSourceRepo(db), { knownBasis, onProgress }))
  } finally {
    db.close()
  }
})
