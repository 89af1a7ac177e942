import { PathEnds } from '#shared/domain/path-ends.ts'
import type { ExchangeRepo, ImageCandidate } from './exchange.repo.ts'
import type { FileDecision } from './file-decision.ts'

export type ImageMatch =
  | {
      readonly kind: 'hash' | 'path' | 'name'
      readonly image: ImageCandidate
      /** False where other paths of the same document may have more right to the image. */
      readonly isSure: boolean
    }
  | { readonly kind: 'none'; readonly message: string }

/** Images by the ends of their paths, each in the folder that its data set is. */
export const indexPathEnds = (images: Iterable<ImageCandidate>): PathEnds<ImageCandidate> =>
  new PathEnds(Array.from(images, (file) => ({ file, folder: file.dataset, path: file.path })))

export interface KnownImages extends Pick<ExchangeRepo, 'byHash' | 'byPath'> {
  /** Made when a file first names an image in no other way. */
  readonly ends: () => PathEnds<ImageCandidate>
}

const refuse = (message: string): ImageMatch => ({ kind: 'none', message })

/** Deeper than folders go. Each end of a path is looked for, so that one of a hundred thousand parts would never end. */
const mostParts = 100

/** The image whose own path this is, alone where no other data set has it, or behind the name of its data set. */
function findExact(images: KnownImages, written: string): ImageCandidate | null {
  const alone = images.byPath(written)
  if (alone.length === 1) return alone[0] ?? null
  const parts = written.split('/').slice(0, mostParts)
  for (let length = 1; length < parts.length; length++) {
    const dataset = parts.slice(0, length).join('/')
    const found = images.byPath(written.slice(dataset.length + 1)).find((one) => one.dataset === dataset)
    if (found !== undefined) return found
  }
  return null
}

const nameOf = ({ dataset, path }: ImageCandidate): string => `${dataset}/${path}`

function matchPath(images: KnownImages, path: string): ImageMatch {
  const exact = findExact(images, path.replaceAll('\\', '/'))
  if (exact !== null) return { kind: 'path', image: exact, isSure: true }
  const found = images.ends().find(path)
  if (found.kind === 'one')
    return { kind: found.isByName ? 'name' : 'path', image: found.file, isSure: found.isSure }
  if (found.kind === 'several') {
    const [first, second] = found.files.map(nameOf)
    const more = found.files.length > 2 ? ` or ${found.files.length - 2} others` : ''
    return refuse(`${path} could mean ${first}, ${second}${more}. Give the whole path or the sha256.`)
  }
  const namesake =
    found.namesake === null ? '' : ` ${nameOf(found.namesake)} has this name in another folder.`
  return refuse(`No image of the catalogue is ${path}.${namesake}`)
}

/**
 * Finds the image of a decision: by the hash of its file, among equal files by their path, else by its path as `PathEnds`
 * reads those from elsewhere.
 */
export function matchImage(
  images: KnownImages,
  { sha256, path }: FileDecision | Pick<FileDecision, 'sha256' | 'path'>,
): ImageMatch {
  const same = sha256 === null ? [] : images.byHash(sha256)
  const [only] = same
  if (only !== undefined && same.length === 1) return { kind: 'hash', image: only, isSure: true }
  if (same.length > 0) {
    const found = path === null ? null : indexPathEnds(same).find(path)
    if (found?.kind === 'one') return { kind: 'hash', image: found.file, isSure: true }
    return refuse(`${same.length} images are this same file. Give the path as well.`)
  }
  // Another file by its hash is not taken for one of the same name.
  if (path === null || sha256 !== null)
    return refuse(`No image of the catalogue is ${path ?? sha256 ?? 'named'}.`)
  return matchPath(images, path)
}
