import { isAbsolute, relative, resolve, sep } from 'node:path'
import type { AppError } from '#shared/contract/errors.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import type { FileHashes } from './file-hashes.ts'
import { refuseChanged } from './refuse-changed.ts'
import type { StoredFileRepo } from './stored-file.repo.ts'

/** Paths within a project are kept relative to it, so that they are found again when its folder moves. */
export function toStoredPath(projectFolder: string, file: string): string {
  const inside = relative(projectFolder, resolve(projectFolder, file))
  return inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)
    ? file
    : inside.split(sep).join('/')
}

/** Remembers what files hashed to when they were written, and refuses them where they are used when they are others by then. */
export class StoredFiles {
  readonly hashes: FileHashes
  readonly #repo: StoredFileRepo
  readonly #projectFolder: string
  readonly #now: Clock

  constructor(deps: { repo: StoredFileRepo; hashes: FileHashes; projectFolder: string; now: Clock }) {
    this.hashes = deps.hashes
    this.#repo = deps.repo
    this.#projectFolder = deps.projectFolder
    this.#now = deps.now
  }

  /** @param basis `vouched` for a file that was shown to be right by something else that was recorded */
  record(file: string, sha256: string, basis: 'written' | 'vouched' = 'written'): void {
    const path = toStoredPath(this.#projectFolder, file)
    this.#repo.put({ path, sha256, basis, recordedAt: formatTimestamp(this.#now()) })
  }

  /** Reads a file that has just been written, and records it. */
  async recordWritten(file: string): Promise<void> {
    this.record(file, await this.hashes.read(file))
  }

  forget(file: string): void {
    this.#repo.remove(toStoredPath(this.#projectFolder, file))
  }

  /** Null for a file of a version that recorded none. */
  find(file: string): string | null {
    return this.#repo.find(toStoredPath(this.#projectFolder, file))?.sha256 ?? null
  }

  /** Absolute paths of what was recorded, with their hashes. */
  list(): { readonly file: string; readonly sha256: string }[] {
    return this.#repo.list().map(({ path, sha256 }) => ({ file: resolve(this.#projectFolder, path), sha256 }))
  }

  /**
   * Throws CONFLICT naming a file that is no longer what was recorded of it; one of which nothing was recorded passes.
   * @param options.expected instead of what was recorded
   */
  async verify(
    file: string,
    { advice, expected = this.find(file) }: { advice: string; expected?: string | null },
  ): Promise<void> {
    const fault = await this.findFault(file, { advice, expected })
    if (fault !== null) throw fault
  }

  /** The same for whoever goes on: the error that would be thrown. */
  async findFault(
    file: string,
    { advice, expected = this.find(file) }: { advice: string; expected?: string | null },
  ): Promise<AppError | null> {
    if (expected === null) return null
    const found = await this.hashes.read(file)
    return found === expected ? null : refuseChanged({ subject: file, expected, found, advice })
  }
}
