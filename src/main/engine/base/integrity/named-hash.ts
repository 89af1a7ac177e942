import { basename } from 'node:path'
import { hashFile } from '#engine/base/kernel/hash-file.ts'

/** The SHA-256 that a file of a cache bears in its name, `<what>-<64 digits>.<ending>`; null for any other file. */
export const readNamedHash = (path: string): string | null =>
  /-([0-9a-f]{64})[.]\w+$/.exec(basename(path))?.[1] ?? null

/** Whether a file is still what its name says; false for one whose name says nothing. */
export const isWhatItsNameSays = async (path: string): Promise<boolean> =>
  readNamedHash(path) === (await hashFile(path))
