import type { Db } from '#engine/base/db/db.ts'
import type { Clock } from '#engine/base/kernel/clock.ts'
import { DataVersionRepo } from './data-version.repo.ts'
import { FileHashes } from './file-hashes.ts'
import { StoredFileRepo } from './stored-file.repo.ts'
import { StoredFiles } from './stored-files.ts'
import { VerifiedOnce } from './verified-once.ts'

interface StoredFilesLent {
  readonly db: Db
  readonly folder: { readonly path: string }
  readonly now: Clock
}

export function openStoredFiles({ db, folder, now }: StoredFilesLent) {
  const storedFiles = new StoredFiles({
    repo: new StoredFileRepo(db),
    hashes: new FileHashes(),
    projectFolder: folder.path,
    now,
  })
  const verifiedOnce = new VerifiedOnce(new DataVersionRepo(db))
  return { services: { storedFiles, verifiedOnce }, jobs: [], handlers: {} }
}
