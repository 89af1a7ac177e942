import { readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readSystemErrorCode } from '#engine/base/kernel/system-error.ts'

export interface CatalogueCopy {
  readonly file: string
  readonly madeAtMs: number
  readonly bytes: number
}

/** Where copies of a catalogue are kept: beside it, so that they move with the project. */
export const locateBackups = (catalogue: string): string => join(dirname(catalogue), 'backups')

/** A catalogue that a restore has put aside is called otherwise: it may be the damaged one. */
const copyName = /^catalogue\..+\.sqlite$/

function readNames(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    const code = readSystemErrorCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return []
    throw error
  }
}

/** A copy may be removed between the listing and the look at it. */
function inspectCopy(file: string): CatalogueCopy | null {
  const found = statSync(file, { throwIfNoEntry: false })
  if (found?.isFile() !== true || found.size === 0) return null
  return { file, madeAtMs: found.mtimeMs, bytes: found.size }
}

/** The copies of a catalogue, newest first; older versions have left theirs beside it. */
export function listCopies(catalogue: string): CatalogueCopy[] {
  return [locateBackups(catalogue), dirname(catalogue)]
    .flatMap((folder) => readNames(folder).map((name) => ({ name, file: join(folder, name) })))
    .filter(({ name }) => copyName.test(name))
    .flatMap(({ file }) => inspectCopy(file) ?? [])
    .sort((a, b) => b.madeAtMs - a.madeAtMs)
}

const quote = (path: string): string => (/^[\w./:\\-]+$/.test(path) ? path : `"${path}"`)

function describeAge(ageMs: number): string {
  const minutes = Math.max(0, Math.floor(ageMs / 60_000))
  const [count, unit] =
    minutes < 120
      ? [minutes, 'minute']
      : minutes < 48 * 60
        ? [Math.floor(minutes / 60), 'hour']
        : [Math.floor(minutes / (24 * 60)), 'day']
  return `${count} ${unit}${count === 1 ? '' : 's'} ago`
}

/** What to do about a catalogue that cannot be used: the newest copy there is, its age and the command. */
export function adviseRestore(catalogue: string, nowMs: number): string {
  const project = quote(dirname(catalogue))
  const [newest] = listCopies(catalogue)
  if (newest === undefined) {
    return `There is no copy of it in ${locateBackups(catalogue)}. With a copy of your own: evenhand restore FILE --project ${project}`
  }
  const madeAt = new Date(newest.madeAtMs).toISOString().slice(0, 16).replace('T', ' ')
  return (
    `The newest copy is of ${madeAt} UTC (${describeAge(nowMs - newest.madeAtMs)}). ` +
    `Bring it back with: evenhand restore ${quote(newest.file)} --project ${project}`
  )
}
