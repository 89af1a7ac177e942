import { readdir, realpath, rm, rmdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { AppError } from '#shared/contract/errors.ts'
import { holdsNoProject } from '#engine/base/db/read-identity.ts'
import { locateSeal } from '#engine/base/db/catalogue-seal.ts'
import { adviseRestore } from '#engine/base/db/catalogue-copies.ts'
import { systemClock } from '#engine/base/kernel/clock.ts'
import { makeFolder } from '#engine/base/kernel/make-folder.ts'
import { mapSystemError, readSystemErrorCode } from '#engine/base/kernel/system-error.ts'

/** Where everything of a project lies; all paths are absolute. */
export interface ProjectFolder {
  readonly path: string
  readonly catalogue: string
  readonly lock: string
  readonly lockHolder: string
  readonly thumbs: string
  readonly runs: string
  readonly models: string
  readonly reports: string
  /** Copies of imported files, for imports that ask for them. */
  readonly originals: string
  /** Copies of the catalogue. */
  readonly backups: string
}

function locateProject(folder: string): ProjectFolder {
  const path = resolve(folder)
  return {
    path,
    catalogue: join(path, 'catalogue.sqlite'),
    lock: join(path, 'project.lock'),
    lockHolder: join(path, 'project.lock.json'),
    thumbs: join(path, 'thumbs'),
    runs: join(path, 'runs'),
    models: join(path, 'models'),
    reports: join(path, 'reports'),
    originals: join(path, 'originals'),
    backups: join(path, 'backups'),
  }
}

type Kind = 'missing' | 'file' | 'folder' | 'other'

async function inspect(path: string): Promise<Kind> {
  try {
    const found = await stat(path)
    if (found.isDirectory()) return 'folder'
    // A named pipe or a device in the place of a file would be waited for without end.
    return found.isFile() ? 'file' : 'other'
  } catch (error) {
    if (readSystemErrorCode(error) === 'ENOENT') return 'missing'
    throw mapSystemError(error, { action: 'open', path })
  }
}

export async function isProjectFolder(folder: string): Promise<boolean> {
  return (await inspect(locateProject(folder).catalogue)) === 'file'
}

/** True also for two ways to one folder, such as a link. */
export async function isSameFolder(a: ProjectFolder, b: ProjectFolder): Promise<boolean> {
  try {
    return a.path === b.path || (await realpath(a.path)) === (await realpath(b.path))
  } catch (error) {
    // A folder that was moved away while it was open is no longer the same as any other.
    if (readSystemErrorCode(error) === 'ENOENT') return false
    throw mapSystemError(error, { action: 'open', path: b.path })
  }
}

/** The folder of a project whose catalogue may be missing or damaged. Throws an AppError when nothing of one is there. */
export async function findRestorableFolder(folder: string): Promise<ProjectFolder> {
  const project = locateProject(folder)
  if ((await inspect(project.path)) !== 'folder') return findProjectFolder(folder)
  const catalogue = await inspect(project.catalogue)
  if (catalogue === 'file' || (catalogue === 'missing' && (await hasRemains(project)))) return project
  return findProjectFolder(folder)
}

/** The folder of an existing project; throws an AppError saying what else it is. */
export async function findProjectFolder(folder: string): Promise<ProjectFolder> {
  const project = locateProject(folder)
  const kind = await inspect(project.path)
  const details = { path: project.path }
  if (kind === 'missing') {
    throw new AppError(
      'NOT_FOUND',
      `There is no folder ${project.path}. Check the path, or make a project there with \`evenhand init <folder>\`.`,
      { details },
    )
  }
  if (kind !== 'folder') {
    throw new AppError(
      'INVALID_INPUT',
      `${project.path} is a file. A project is a folder: name the folder.`,
      { details },
    )
  }
  const catalogue = await inspect(project.catalogue)
  if (catalogue === 'folder' || catalogue === 'other') {
    throw new AppError(
      'PRECONDITION',
      `${project.catalogue} is no regular file. Move it away. ${adviseRestore(project.catalogue, systemClock())}`,
      { details },
    )
  }
  if (catalogue === 'missing' && (await hasRemains(project))) {
    throw new AppError(
      'PRECONDITION',
      `${project.path} holds a project whose catalogue.sqlite is missing; nothing was made in its place. ` +
        `Put the file back if it was moved. ${adviseRestore(project.catalogue, systemClock())}`,
      { details },
    )
  }
  if (catalogue === 'missing') {
    throw new AppError(
      'PRECONDITION',
      `${project.path} is not an Evenhand project: it has no catalogue.sqlite. ` +
        'Choose another folder, or make a project in a new one with `evenhand init <folder>`.',
      { details },
    )
  }
  return project
}

/** Whether something of a project lies in the folder, beside its catalogue. */
async function hasRemains(project: ProjectFolder): Promise<boolean> {
  for (const path of [project.lock, `${project.catalogue}-wal`, ...ownFolders(project), project.backups]) {
    const kind = await inspect(path)
    if (kind === 'file' || (kind === 'folder' && (await readdir(path)).length > 0)) return true
  }
  return false
}

const ownFolders = ({ thumbs, runs, models, reports }: ProjectFolder): string[] => [
  thumbs,
  runs,
  models,
  reports,
]

/** All that Evenhand writes into a project folder, there or not: files first. What else lies in it is the user's own. */
export function listOwnEntries(project: ProjectFolder): readonly string[] {
  const databases = [project.catalogue, project.lock].flatMap((file) =>
    ['', '-wal', '-shm', '-journal'].map((suffix) => `${file}${suffix}`),
  )
  const folders = [...ownFolders(project), project.originals, project.backups]
  const others = ['cache', 'sample'].map((name) => join(project.path, name))
  return [...databases, locateSeal(project.catalogue), project.lockHolder, ...folders, ...others]
}

/**
 * Takes back a folder whose project could not be made, so that trying again finds it empty. Only what making a
 * project writes is removed; anything else stays.
 */
export async function removeUnfinishedProject(project: ProjectFolder): Promise<void> {
  const files = ['', '-wal', '-shm', '-journal'].map((suffix) => `${project.catalogue}${suffix}`)
  for (const file of [...files, locateSeal(project.catalogue), project.lock, project.lockHolder])
    await rm(file, { force: true })
  for (const folder of ownFolders(project)) {
    try {
      await rmdir(folder)
    } catch (error) {
      const code = readSystemErrorCode(error)
      if (code !== 'ENOENT' && code !== 'ENOTEMPTY')
        throw mapSystemError(error, { action: 'remove', path: folder })
    }
  }
}

/**
 * Whether a folder holds nothing but what making a project writes before the project has a name: making it was cut off, and it
 * can be begun again.
 */
async function isUnfinishedProject(project: ProjectFolder): Promise<boolean> {
  const own = new Set(listOwnEntries(project))
  for (const name of await readdir(project.path)) {
    const path = join(project.path, name)
    if (!own.has(path) || ((await inspect(path)) === 'folder' && (await readdir(path)).length > 0))
      return false
  }
  return (await inspect(project.catalogue)) === 'missing' || holdsNoProject(project.catalogue)
}

/** Makes the folder of a new project. Only a missing, an empty or an unfinished one will do, so that nothing gets mixed up. */
export async function createProjectFolder(
  folder: string,
): Promise<{ readonly project: ProjectFolder; readonly isNew: boolean }> {
  const project = locateProject(folder)
  const kind = await inspect(project.path)
  const details = { path: project.path }
  if (kind === 'file' || kind === 'other') {
    throw new AppError('INVALID_INPUT', `${project.path} is a file. Name a new or an empty folder.`, {
      details,
    })
  }
  const entries = kind === 'folder' ? await readdir(project.path) : []
  if (entries.length > 0 && (await isUnfinishedProject(project))) {
    for (const path of ownFolders(project)) await makeFolder(path)
    return { project, isNew: false }
  }
  if (kind === 'folder' && (await isProjectFolder(project.path))) {
    throw new AppError('CONFLICT', `${project.path} already is an Evenhand project. Open it instead.`, {
      details,
    })
  }
  try {
    if (entries.length > 0) {
      throw new AppError(
        'CONFLICT',
        `${project.path} is not empty. A project wants a folder of its own: name a new or an empty one.`,
        { details },
      )
    }
    for (const path of [project.path, ...ownFolders(project)]) await makeFolder(path)
  } catch (error) {
    throw mapSystemError(error, { action: 'make', path: project.path })
  }
  return { project, isNew: true }
}
