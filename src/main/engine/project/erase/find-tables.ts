import { readdir, readFile, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { holdsName } from '#engine/base/kernel/redact-texts.ts'

/** What a person may have exported or put there; everything else in the folder is Evenhand's own or a picture. */
const texts = ['.csv', '.json', '.jsonl', '.md', '.tsv', '.txt']
/** Compressed, so that nobody can tell by their bytes what they name. */
const packed = ['.parquet', '.gz', '.xlsx', '.zip']
/** Evenhand's own, which erasing looks after by itself. */
const ownFolders = ['backups', 'cache', 'models', 'originals', 'runs', 'thumbs']
const largestTextBytes = 256 * 1024 * 1024

/** Tables and other texts below a project's folder in which one of these names stands as a whole, or might. */
export async function findTables(
  { project, names }: { readonly project: string; readonly names: readonly string[] },
  throwIfCancelled: () => void,
): Promise<string[]> {
  if (names.length === 0) return []
  const found: string[] = []
  for await (const file of listCandidates(project, ownFolders)) {
    throwIfCancelled()
    if (await mayName(file, names)) found.push(file)
  }
  return found.toSorted()
}

async function* listCandidates(folder: string, passedOver: readonly string[]): AsyncGenerator<string> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      if (!passedOver.includes(entry.name)) yield* listCandidates(path, [])
    } else if (entry.isFile() && [...texts, ...packed].includes(extname(entry.name).toLowerCase())) yield path
  }
}

async function mayName(file: string, names: readonly string[]): Promise<boolean> {
  if (packed.includes(extname(file).toLowerCase())) return true
  if ((await stat(file)).size > largestTextBytes) return true
  const text = await readFile(file, 'utf8')
  return names.some((name) => holdsName(text, name))
}
