import { globSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'

export const repository = fileURLToPath(new URL('../..', import.meta.url))

const config = z.object({ forbidden: z.array(z.object({ name: z.string() })) })

/** Throws what the configuration says of a house that it refuses. */
export function readRuleNames(folder: string): string[] {
  const path = join(folder, '.dependency-cruiser.cjs')
  return config.parse(createRequire(path)(path)).forbidden.map(({ name }) => name)
}

const floorRule = 'no-import-above-'

/** From the ground up. */
export const wings: readonly string[] = readRuleNames(repository)
  .filter((name) => name.startsWith(floorRule))
  .map((name) => name.slice(floorRule.length))

const listFolders = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)

/** The folders in the wings that are there, as `wing/room`. */
export const rooms: readonly string[] = wings
  .filter((wing) => listFolders(join(repository, 'src/main/engine')).includes(wing))
  .flatMap((wing) => listFolders(join(repository, 'src/main/engine', wing)).map((room) => `${wing}/${room}`))

/** What a file of the engine belongs to: its room, its wing where it lies beside the rooms, or null outside the wings. */
export function findRoom(path: string): string | null {
  const [wing, ...rest] = path.split('src/main/engine/')[1]?.split('/') ?? []
  if (wing === undefined || rest.length === 0) return null
  return rest.length === 1 ? wing : `${wing}/${rest[0]}`
}

/** As `findRoom`, and outside the engine the folder below the side that a file belongs to; null outside all sides. */
export function findFolder(path: string): string | null {
  const [, folder] = path.match(/^src\/((?:shared|main\/hosts|renderer\/src)\/[^/]+)\/(?:.*\/)?[^/]+$/) ?? []
  return findRoom(path) ?? folder ?? null
}

export const listSources = (pattern: string): string[] =>
  globSync(pattern, { cwd: repository }).map((path) => path.replaceAll('\\', '/'))
