import type { ExchangeRepo, ImageCandidate } from './exchange.repo.ts'
import type { FileDecision } from './file-decision.ts'

export type ImageMatch =
  | { readonly kind: 'hash' | 'path' | 'name'; readonly imageId: number }
  | { readonly kind: 'none'; readonly message: string }

/** A random prefix that Label Studio puts before the name of an uploaded file. */
const uploadPrefix = /^[0-9a-f]{8}-/

/** Deeper than folders go. Each end of a path is looked for, so that one of a hundred thousand parts would never end. */
const mostParts = 100

/** "a/b/c.jpg" as itself, "b/c.jpg" and "c.jpg", each with the name of the folder before it. */
function listEndings(path: string): { ending: string; folder: string | null }[] {
  const parts = path
    .replaceAll('\\', '/')
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .slice(-mostParts)
  return parts.map((_, index) => ({
    ending: parts.slice(index).join('/'),
    folder: parts[index - 1] ?? null,
  }))
}

function pick(candidates: readonly ImageCandidate[], folder: string | null): ImageCandidate | null {
  if (candidates.length <= 1) return candidates[0] ?? null
  const named = candidates.filter(({ dataset }) => dataset === folder)
  return named.length === 1 ? (named[0] ?? null) : null
}

const readBareName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** Unicode composed, the ending in lower case, and blanks and brackets as Label Studio leaves them in the names of uploads. */
const foldName = (name: string): string =>
  name
    .normalize('NFC')
    .replace(/\.[^.]+$/, (ending) => ending.toLowerCase())
    .replaceAll(/\s/g, '_')
    .replaceAll(/[()[\]{}]/g, '')

/** All images by their names without folders. */
export class NameIndex {
  readonly #byName: ReadonlyMap<string, readonly ImageCandidate[]>

  constructor(images: Iterable<ImageCandidate>) {
    this.#byName = Map.groupBy(images, ({ path }) => foldName(readBareName(path)))
  }

  find(name: string): readonly ImageCandidate[] {
    return this.#byName.get(foldName(name)) ?? []
  }
}

export interface KnownImages extends Pick<ExchangeRepo, 'byHash' | 'byPath'> {
  /** Made when a file first names an image in no other way. */
  readonly names: () => NameIndex
}

const refuse = (message: string): ImageMatch => ({ kind: 'none', message })

/** Uploads and exports lose the folders of their files: a name that one image alone has will do. */
function matchByName(images: KnownImages, path: string): ImageMatch {
  const name = readBareName(path.replaceAll('\\', '/'))
  for (const one of [name, ...(uploadPrefix.test(name) ? [name.replace(uploadPrefix, '')] : [])]) {
    const [only, ...others] = images.names().find(one)
    if (only === undefined) continue
    if (others.length === 0) return { kind: 'name', imageId: only.imageId }
    return refuse(
      `${others.length + 1} images are named ${one}, in several folders. Give the path or the sha256.`,
    )
  }
  return refuse(`No image of the catalogue is ${path}.`)
}

/**
 * Finds the image of a decision: by the hash of its file, among equal files by their path, else by the longest end of the
 * path, else by its bare name where one image alone has it.
 */
export function matchImage(images: KnownImages, { sha256, path }: FileDecision): ImageMatch {
  const same = sha256 === null ? [] : images.byHash(sha256)
  const [only] = same
  if (only !== undefined && same.length === 1) return { kind: 'hash', imageId: only.imageId }
  const endings = path === null ? [] : listEndings(path)
  for (const { ending, folder } of endings) {
    const found = same.length > 0 ? same.filter((one) => one.path === ending) : images.byPath(ending)
    if (found.length === 0) continue
    const chosen = pick(found, folder)
    if (chosen !== null) return { kind: same.length > 0 ? 'hash' : 'path', imageId: chosen.imageId }
    return refuse(`Several images are named ${path ?? ''}. Give the data set or the sha256.`)
  }
  if (same.length > 0) return refuse(`${same.length} images are this same file. Give the path as well.`)
  // Another file by its hash is not taken for one of the same name.
  if (path === null || sha256 !== null)
    return refuse(`No image of the catalogue is ${path ?? sha256 ?? 'named'}.`)
  return matchByName(images, path)
}
