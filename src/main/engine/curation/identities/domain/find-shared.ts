import type { SharedKind } from '#shared/contract/identity.contract.ts'

/** An image as far as it may stand elsewhere too. */
export interface PooledImage {
  readonly imageId: number
  readonly dataset: string
  readonly path: string
  readonly fileSha256: string
  readonly pixelSha256: string
  readonly nearGroup: number | null
  readonly personId: number | null
}

/** Where an image is from: its data set, and the part of it that the data set itself makes. */
export interface Origin {
  readonly dataset: string
  readonly part: string | null
}

export interface SharedGroup {
  readonly kind: SharedKind
  readonly images: number[]
  /** Of each image, by number in the list of origins. */
  readonly origins: number[]
}

/** First folders that data sets name their parts by; other folders are people or classes. */
const partFolders: ReadonlySet<string> = new Set([
  'train',
  'training',
  'val',
  'valid',
  'validation',
  'dev',
  'test',
])

function readPart(path: string): string | null {
  const [first = ''] = path.split('/')
  return first !== path && partFolders.has(first.toLowerCase()) ? first : null
}

const keysOf = {
  file: ({ fileSha256 }: PooledImage) => fileSha256,
  pixels: ({ pixelSha256 }: PooledImage) => pixelSha256,
  near: ({ nearGroup }: PooledImage) => nearGroup,
  person: ({ personId }: PooledImage) => personId,
} as const satisfies Record<SharedKind, (image: PooledImage) => string | number | null>

/**
 * What several data sets, or the parts of one, have in common: groups of images of two or more origins with the same file, the same
 * pixels, in one group of near copies, or of one person. A group of a wider kind that is one of a narrower kind too is counted under both.
 */
export function findShared(images: readonly PooledImage[]): {
  origins: (Origin & { images: number })[]
  groups: SharedGroup[]
} {
  const origins: (Origin & { images: number })[] = []
  const numberOf = new Map<string, number>()
  const originOf = images.map(({ dataset, path }) => {
    const part = readPart(path)
    const key = JSON.stringify([dataset, part])
    const known = numberOf.get(key) ?? origins.length
    if (!numberOf.has(key)) {
      numberOf.set(key, known)
      origins.push({ dataset, part, images: 0 })
    }
    const origin = origins[known]
    if (origin !== undefined) origin.images += 1
    return known
  })
  const groups = (Object.keys(keysOf) as SharedKind[]).flatMap((kind) => {
    const members = new Map<string | number, number[]>()
    images.forEach((image, at) => {
      const key = keysOf[kind](image)
      if (key === null) return
      const known = members.get(key)
      if (known === undefined) members.set(key, [at])
      else known.push(at)
    })
    return [...members.values()]
      .filter((group) => group.some((at) => originOf[at] !== originOf[group[0] ?? 0]))
      .map((group) => ({
        kind,
        images: group.map((at) => images[at]?.imageId ?? 0),
        origins: group.map((at) => originOf[at] ?? 0),
      }))
  })
  return { origins, groups }
}
