import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Removes the indexes of all spaces, which hold the vectors themselves; one that is wanted again is built again. */
export async function dropIndexes(cacheFolder: string): Promise<void> {
  const names = existsSync(cacheFolder) ? await readdir(cacheFolder) : []
  const indexes = names.filter((name) => name.startsWith('vectors-'))
  await Promise.all(indexes.map((name) => rm(join(cacheFolder, name), { force: true })))
}
