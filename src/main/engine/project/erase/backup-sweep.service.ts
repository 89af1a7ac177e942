import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import type { BackupChoice, SettledBackups } from '#shared/contract/erasure.contract.ts'
import type { ProjectFolder, ProjectLent } from '#engine/base/features/lent.ts'
import { mapSystemError, readSystemErrorCode } from '#engine/base/kernel/system-error.ts'
import { readingGraceMs, runWorker } from '#engine/base/threads/run-worker.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import { foundFiles, type EraseTask } from './erase-task.ts'

interface BackupSweepDeps {
  readonly folder: ProjectFolder
  readonly workers: WorkerLocator
  readonly copies: ProjectLent['copies']
  readonly rewriteCatalogue: ProjectLent['rewriteCatalogue']
}

/** What SQLite keeps beside a database, and what is recorded of a copy, go with it. */
const companions = ['-wal', '-shm', '-journal', '.json'] as const
const isCatalogueCopy = (name: string): boolean => /catalogue.*\.sqlite(?:-wal|-journal)?$/.test(name)

/** Copies of the catalogue, which keep what was in it when they were made. */
export class BackupSweepService {
  readonly #deps: BackupSweepDeps

  constructor(deps: BackupSweepDeps) {
    this.#deps = deps
  }

  /** The copies in whose bytes one of these hashes stands. */
  async find(hashes: readonly string[], signal: AbortSignal): Promise<string[]> {
    if (hashes.length === 0) return []
    // One that is being made now was begun before.
    await this.#deps.copies.settle()
    const input: EraseTask = { kind: 'search', files: await this.#list(), hashes: [...hashes] }
    const { workers } = this.#deps
    const found = await runWorker({
      workers,
      name: 'erase',
      input,
      result: foundFiles,
      signal,
      graceMs: readingGraceMs,
    })
    return [...new Set(found.map((file) => file.replace(/-(?:wal|journal)$/, '')))]
  }

  /** Does what was chosen with the copies in which one of these hashes stands. */
  async settle(
    hashes: readonly string[],
    choice: BackupChoice,
    signal: AbortSignal,
  ): Promise<SettledBackups> {
    const found = await this.find(hashes, signal)
    if (choice === 'keep' || found.length === 0) return { kept: found, deleted: [], made: null }
    // The new copy stands before the old ones go.
    const made = choice === 'remake' ? await this.#deps.copies.make() : null
    for (const file of found) await removeCopy(file)
    return { kept: [], deleted: found, made }
  }

  /** Tables in the project's folder that name one of these. */
  async findTables(names: readonly string[], signal: AbortSignal): Promise<string[]> {
    const { workers, folder } = this.#deps
    const input: EraseTask = { kind: 'tables', project: folder.path, names: [...names] }
    const result = foundFiles
    return runWorker({ workers, name: 'erase', input, result, signal, graceMs: readingGraceMs })
  }

  /** Called again it ends in the same state. */
  async deleteTables(names: readonly string[], signal: AbortSignal): Promise<void> {
    for (const file of await this.findTables(names, signal)) await removeOne(file)
  }

  /** Nothing is left in the catalogue, or in the log beside it, of what was deleted. */
  async compact(signal: AbortSignal): Promise<void> {
    const { workers, folder, rewriteCatalogue } = this.#deps
    const input: EraseTask = { kind: 'compact', catalogue: folder.catalogue }
    await rewriteCatalogue(() => runWorker({ workers, name: 'erase', input, result: z.null(), signal }))
  }

  /** In the folder of backups and beside the catalogue, where older versions left theirs; whatever state they are in. */
  async #list(): Promise<string[]> {
    const { folder } = this.#deps
    const own = [folder.catalogue, `${folder.catalogue}-wal`, `${folder.catalogue}-journal`]
    const files = await Promise.all(
      [folder.backups, folder.path].map(async (parent) =>
        (await readNames(parent)).filter(isCatalogueCopy).map((name) => join(parent, name)),
      ),
    )
    return files.flat().filter((file) => !own.includes(file))
  }
}

async function readNames(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name)
  } catch (error) {
    if (readSystemErrorCode(error) === 'ENOENT') return []
    throw mapSystemError(error, { action: 'read', path: folder })
  }
}

async function removeCopy(file: string): Promise<void> {
  for (const companion of companions) await removeOne(`${file}${companion}`)
  await removeOne(file)
}

async function removeOne(file: string): Promise<void> {
  try {
    await rm(file, { force: true })
  } catch (error) {
    throw mapSystemError(error, { action: 'remove', path: file })
  }
}
