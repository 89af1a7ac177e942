import { DuplicateSourceRepo } from '#engine/curation/duplicate-source.repo.ts'
import { findDuplicates, findDuplicatesTask } from '#engine/curation/find-duplicates.ts'
import { openReader } from '#engine/db/open-reader.ts'
import { serveWorkerRun } from './worker-run.ts'

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
