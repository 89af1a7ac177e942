import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import * as z from 'zod'
import { imageId } from '#shared/contract/base.contract.ts'
import type { RestoredCatalogue } from '#shared/contract/project.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { findReturning } from '#engine/base/db/find-returning.ts'
import { readIdentity } from '#engine/base/db/read-identity.ts'
import { syncFolder } from '#engine/base/kernel/atomic-file.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import { hashFile } from '#engine/base/kernel/hash-file.ts'
import { makeFolder } from '#engine/base/kernel/make-folder.ts'
import { mapSystemError } from '#engine/base/kernel/system-error.ts'
import { runWorker } from '#engine/base/threads/run-worker.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import { lockProject } from '#engine/project/folder/project-lock.ts'
import type { ProjectFolder } from '#engine/project/folder/project-folder.ts'
import { readRecord } from './copy-record.ts'
import { copyAnswer } from './copy-task.ts'

interface RestoreOptions {
  readonly folder: ProjectFolder
  readonly file: string
  readonly workers: WorkerLocator
  readonly now: Clock
  /** Closes the project where it is open; called when the copy has been read through. */
  readonly close: () => Promise<void>
}

/**
 * Puts a copy in the place of a project's catalogue. The copy is read through first; the catalogue that it replaces is
 * kept in the backups, as it was, whatever state it was in.
 * @throws AppError naming the copy where it is damaged, changed, no catalogue or that of another project.
 */
export async function restoreCopy({
  folder,
  file: named,
  workers,
  now,
  close,
}: RestoreOptions): Promise<RestoredCatalogue> {
  const file = resolve(named)
  await checkSource(file)
  const prepared = join(folder.path, `.catalogue.${randomUUID()}.restoring`)
  try {
    const copy = await runWorker({
      workers,
      name: 'copy',
      input: { kind: 'copy', source: file, target: prepared },
      result: copyAnswer,
      signal: new AbortController().signal,
    })
    const before = readIdentity(folder.catalogue)
    if (before !== null && copy.uuid !== before.uuid) {
      throw new AppError(
        'CONFLICT',
        `${file} is a copy of another project, and ${folder.catalogue} can be read. To look at the copy, put it as catalogue.sqlite into a folder of its own.`,
        { details: { path: file } },
      )
    }
    const erasedReturned = z
      .array(imageId)
      .parse(findReturning({ catalogue: folder.catalogue, copy: prepared }))
    await close()
    const lock = lockProject(folder, formatTimestamp(now()))
    try {
      const replaced = await putAside(folder, formatTimestamp(now()).replaceAll(':', '-'))
      await rename(prepared, folder.catalogue)
      await syncFolder(folder.path)
      const rows = { before: before?.rows ?? null, after: copy.rows }
      return { folder: folder.path, file, replaced, ...rows, erasedReturned }
    } finally {
      lock.release()
    }
  } catch (error) {
    throw mapSystemError(error, { action: 'restore', path: file })
  } finally {
    await rm(prepared, { force: true })
  }
}

async function checkSource(file: string): Promise<void> {
  try {
    if (!(await stat(file)).isFile()) {
      throw new AppError('INVALID_INPUT', `${file} is no regular file. Name a copy of a catalogue.`, {
        details: { path: file },
      })
    }
    const record = await readRecord(file)
    if (record === null || record.sha256 === (await hashFile(file))) return
  } catch (error) {
    throw mapSystemError(error, { action: 'read', path: file })
  }
  throw new AppError(
    'PRECONDITION',
    `${file} has changed since it was made: its bytes are not those recorded beside it. Choose another copy.`,
    { details: { path: file } },
  )
}

/** The catalogue with what SQLite keeps beside it; the name tells it from copies that are whole. */
async function putAside({ catalogue, backups }: ProjectFolder, stamp: string): Promise<string | null> {
  const aside = join(backups, `replaced-catalogue.${stamp}.sqlite`)
  await makeFolder(backups)
  // What belongs to it goes first: left behind, its log would be played into the copy, and its hash would speak against it.
  for (const suffix of ['-wal', '-shm', '-journal', '.seal', '']) {
    if (existsSync(`${catalogue}${suffix}`)) await rename(`${catalogue}${suffix}`, `${aside}${suffix}`)
  }
  return existsSync(aside) ? aside : null
}
