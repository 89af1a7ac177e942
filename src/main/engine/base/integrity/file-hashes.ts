import { stat } from 'node:fs/promises'
import { LRUCache } from 'lru-cache'
import { hashFile } from '#engine/base/kernel/hash-file.ts'
import { mapSystemError } from '#engine/base/kernel/system-error.ts'

/** Files whose hashes are remembered, far more than a command uses. */
const remembered = 10_000

/** What changes when a file's content does: size, both times to the nanosecond, and which file it is. */
export async function readFileIdentity(path: string): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true })
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ')
}

/** SHA-256 of files, read again only when the file is another by its identity. */
export class FileHashes {
  readonly #known = new LRUCache<string, { readonly identity: string; readonly sha256: string }>({
    max: remembered,
  })

  /** Throws an AppError that names the file, as NOT_FOUND where it is not there. */
  async read(path: string, signal?: AbortSignal): Promise<string> {
    try {
      const identity = await readFileIdentity(path)
      const known = this.#known.get(path)
      if (known?.identity === identity) return known.sha256
      const sha256 = await hashFile(path, signal)
      // A file that was written meanwhile has another identity by now, and is read again next time.
      this.#known.set(path, { identity, sha256 })
      return sha256
    } catch (error) {
      signal?.throwIfAborted()
      throw mapSystemError(error, { action: 'read', path })
    }
  }
}
