import type { ExchangeRepo, ImageCandidate } from './exchange.repo.ts'
import type { FileDecision } from './file-decision.ts'

export type ImageMatch =
  | { readonly kind: 'hash' | 'path'; readonly imageId: number }
  | { readonly kind: 'none'; readonly message: string }

/** A random prefix that Label Studio puts before the name of an uploaded file. */
const uploadPrefix = /^[0-9a-f]{8}-/

/** "a/b/c.jpg" as itself, "b/c.jpg" and "c.jpg", each with the name of the folder before it. */
function listEndings(path: string): { ending: string; folder: string | null }[] {
  const parts = path
    .replaceAll('\\', '/')
    .split('/')
    .filter((part) => part !== '' && part !== '.')
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

/** Finds the image of a decision: by the hash of its file, among equal files by their path, else by the longest end of the path. */
export function matchImage(images: ExchangeRepo, { sha256, path }: FileDecision): ImageMatch {
  const same = sha256 === null ? [] : images.byHash(sha256)
  const [only] = same
  if (only !== undefined && same.length === 1) return { kind: 'hash', imageId: only.imageId }
  const endings = path === null ? [] : listEndings(path)
  const last = endings.at(-1)
  const uploaded =
    last !== undefined && uploadPrefix.test(last.ending)
      ? [{ ending: last.ending.replace(uploadPrefix, ''), folder: null }]
      : []
  for (const { ending, folder } of [...endings, ...uploaded]) {
    const found = same.length > 0 ? same.filter((one) => one.path === ending) : images.byPath(ending)
    if (found.length === 0) continue
    const chosen = pick(found, folder)
    if (chosen !== null) return { kind: same.length > 0 ? 'hash' : 'path', imageId: chosen.imageId }
    return {
      kind: 'none',
      message: `Several images are named ${path ?? ''}. Give the data set or the sha256.`,
    }
  }
  if (same.length > 0)
    return { kind: 'none', message: `${same.length} images are this same file. Give the path as well.` }
  return { kind: 'none', message: `No image of the catalogue is ${path ?? sha256 ?? 'named'}.` }
}
