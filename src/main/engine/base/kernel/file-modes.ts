import { chmodSync, lstatSync, mkdirSync, readdirSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { isMainThread } from 'node:worker_threads'
import { mapSystemError, readSystemErrorCode } from './system-error.ts'

/** Who may read what Evenhand writes: the user alone, or also the group that the folder belongs to. */
export type FileAudience = 'owner' | 'group'

/** For what stays the user's own whoever may read a project: secrets, and the folder they lie in. */
export const ownerOnly = { folder: 0o700, file: 0o600 } as const

/** What is taken from the mode that a file would get. */
const masks: Readonly<Record<FileAudience, number>> = { owner: 0o077, group: 0o007 }

/** Files written into a folder with this bit get the group of the folder. */
const inheritGroup = 0o2000
/** A folder in which everybody may make files, such as /tmp. */
const sticky = 0o1000

/** Windows keeps no such modes: there the folders that a file lies in decide. */
const hasModes = process.platform !== 'win32'

let usersMask: number | null = null
let kept: FileAudience = 'owner'

/**
 * From here on every file of this process, of its threads and of the programs it starts is closed to others, whatever
 * writes it: SQLite, a codec and a library know of no mode of ours. A thread cannot set this; it has what its process has.
 */
export function keepFilesTo(audience: FileAudience): void {
  if (!isMainThread) return
  kept = audience
  const before = process.umask(masks[audience])
  usersMask ??= before
}

/** Starts what is not ours with the mask that the user chose. `start` must have started it when it returns. */
export function withUsersMask<Result>(start: () => Result): Result {
  if (usersMask === null || !isMainThread) return start()
  const ours = process.umask(usersMask)
  try {
    return start()
  } finally {
    process.umask(ours)
  }
}

function wantedMode(found: Stats, audience: FileAudience): number {
  const own = found.mode & 0o700
  if (audience === 'owner') return own
  return own | (own >> 3) | (found.isDirectory() ? inheritGroup : 0)
}

/** Whether a file or folder is there and others may use it than are meant to, or fewer. */
export function isAjar(path: string, audience: FileAudience): boolean {
  const found = hasModes ? lstatSync(path, { throwIfNoEntry: false }) : undefined
  if (found === undefined || found.isSymbolicLink()) return false
  if (audience === 'owner') return (found.mode & 0o077) !== 0
  // The bit that hands the group on is not to be had of every disk.
  return (found.mode & 0o777) !== (wantedMode(found, audience) & 0o777)
}

/**
 * For a file that SQLite made, which gives its files less than a group wants (0640). On the main thread alone, which knows who
 * is meant.
 */
export function completeMode(path: string): void {
  setAudience(path, kept)
}

/** What setting the mode of a file or folder came to; `refused` by the disk, or because it is somebody else's. */
export type Setting = 'kept' | 'set' | 'refused'

/** Gives one file or folder the mode that its audience wants; what is no file or folder, and what is gone, stays. */
export function setAudience(path: string, audience: FileAudience): Setting {
  if (!isAjar(path, audience)) return 'kept'
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found === undefined || !(found.isFile() || found.isDirectory())) return 'kept'
  try {
    chmodSync(path, wantedMode(found, audience))
    // Disks without modes take the call and keep what they had.
    return isAjar(path, audience) ? 'refused' : 'set'
  } catch (error) {
    const code = readSystemErrorCode(error)
    if (code === 'ENOENT') return 'kept'
    if (code === 'EPERM' || code === 'EROFS' || code === 'ENOTSUP') return 'refused'
    throw mapSystemError(error, { action: 'close to others', path })
  }
}

/** How many files are looked at before others get their turn: a few milliseconds' work. */
const filesInTurn = 250

/**
 * The same for a folder with all that lies in it, the folder itself last, so that one that was left half done is known by
 * its mode. Links are not followed.
 * @returns how many were set and how many refused
 */
export async function setAudienceWithin(
  path: string,
  audience: FileAudience,
  signal: AbortSignal,
): Promise<{ set: number; refused: number }> {
  const counts = { set: 0, refused: 0 }
  let looked = 0
  const visit = async (at: string): Promise<void> => {
    if (++looked % filesInTurn === 0) await setImmediate()
    if (signal.aborted) return
    if (lstatSync(at, { throwIfNoEntry: false })?.isDirectory() === true) {
      for (const name of listNames(at)) await visit(join(at, name))
    }
    if (signal.aborted) return
    const setting = setAudience(at, audience)
    if (setting !== 'kept') counts[setting]++
  }
  await visit(path)
  return counts
}

/** A folder that may not be entered, or is gone by now, counts as empty. */
function listNames(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    const code = readSystemErrorCode(error)
    if (code === 'ENOENT' || code === 'EACCES') return []
    throw mapSystemError(error, { action: 'list', path: folder })
  }
}

/** Makes the user's own folder where it is missing, and closes it to others; one that everybody shares stays as it is. */
export function closeUserFolder(folder: string): Setting {
  mkdirSync(folder, { recursive: true, mode: ownerOnly.folder })
  const isShared = ((lstatSync(folder, { throwIfNoEntry: false })?.mode ?? 0) & sticky) !== 0
  return isShared ? 'kept' : setAudience(folder, 'owner')
}
