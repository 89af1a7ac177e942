import { readdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { mapSystemError } from '#engine/base/kernel/system-error.ts'
import { isProjectFolder } from './project-folder.ts'

export interface FolderListing {
  readonly path: string
  readonly parent: string | null
  readonly folders: { name: string; path: string; isProject: boolean }[]
  /** Number of files directly inside. */
  readonly files: number
}

/** Visible folders directly below a folder, by name; the home folder when none is named. */
export async function listFolders(folder: string = homedir()): Promise<FolderListing> {
  const path = resolve(folder)
  try {
    const entries = await readdir(path, { withFileTypes: true })
    const names = entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name)
    names.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    const folders = await Promise.all(
      names.map(async (name) => ({
        name,
        path: join(path, name),
        isProject: await looksLikeProject(join(path, name)),
      })),
    )
    const parent = dirname(path)
    return {
      path,
      parent: parent === path ? null : parent,
      folders,
      files: entries.filter((entry) => entry.isFile()).length,
    }
  } catch (error) {
    throw mapSystemError(error, { action: 'list', path })
  }
}

/** A folder that may not be entered is listed all the same. */
async function looksLikeProject(folder: string): Promise<boolean> {
  try {
    return await isProjectFolder(folder)
  } catch {
    return false
  }
}
