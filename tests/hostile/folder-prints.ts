import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Every file and folder below some, with what changes when it is written to. */
export function printFolder(folder: string, passedOver: readonly string[]): Map<string, string> {
  const prints = new Map<string, string>()
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: false })) {
    const path = join(folder, entry.name)
    if (passedOver.includes(entry.name)) continue
    if (entry.isDirectory())
      for (const [inner, print] of printFolder(path, passedOver)) prints.set(inner, print)
    const { size, mtimeMs, mode } = lstatSync(path)
    prints.set(path, entry.isDirectory() ? 'folder' : `${size} ${mtimeMs} ${mode}`)
  }
  return prints
}

/** Paths that came, went or changed. */
export function comparePrints(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (path) => before.get(path) !== after.get(path),
  )
}
