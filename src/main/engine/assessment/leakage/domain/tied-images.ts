import type { LeakJoins } from '#shared/contract/leakage.contract.ts'
import { groupImages, type ImageGroups } from '#engine/data/splits/domain/group-images.ts'

/** What ties an image to others. */
export interface TiedImage {
  readonly imageId: number
  readonly fileSha256: string
  readonly pixelSha256: string
  readonly identity: number | null
  readonly person: number | null
  readonly near: number | null
}

interface TiedMembers {
  /** Those of the split and all others that are in use: a group may hang together by way of an image in no part. */
  readonly images: readonly TiedImage[]
  /** `[images]` index of the part, -1 for images that stand in none */
  readonly partOf: Int8Array
}

/** Values that images of more than one part have. */
function countAcross<Key>({ images, partOf }: TiedMembers, keyOf: (image: TiedImage) => Key | null): number {
  const first = new Map<Key, number>()
  const across = new Set<Key>()
  images.forEach((image, index) => {
    const part = partOf[index] ?? -1
    const key = part === -1 ? null : keyOf(image)
    if (key === null) return
    const known = first.get(key)
    if (known === undefined) first.set(key, part)
    else if (known !== part) across.add(key)
  })
  return across.size
}

/** Groups with images in more than one part. */
function countCut({ groupOf, count }: ImageGroups, partOf: Int8Array): number {
  const first = new Int8Array(count).fill(-1)
  const cut = new Set<number>()
  groupOf.forEach((group, index) => {
    const part = partOf[index] ?? -1
    if (part === -1) return
    if (first[group] === -1) first[group] = part
    else if (first[group] !== part) cut.add(group)
  })
  return cut.size
}

/** What hangs together for certain; near copies are no tie here, since people look at them. */
export const groupFirmly = (images: readonly TiedImage[]): ImageGroups =>
  groupImages(images.map((image) => ({ ...image, near: null })))

/** What stands in several parts; near copies are no tie. */
export function countJoins(members: TiedMembers): LeakJoins {
  const { images, partOf } = members
  const firm = groupFirmly(images)
  return {
    identity: countAcross(members, ({ identity }) => identity),
    file: countAcross(members, ({ fileSha256 }) => fileSha256),
    pixel: countAcross(members, ({ pixelSha256 }) => pixelSha256),
    person: countAcross(members, ({ person }) => person),
    group: countCut(firm, partOf),
  }
}

/** Groups of near copies of which images of several parts are, as lists of images of the split. */
export function listCutNear({ images, partOf }: TiedMembers): number[][] {
  const groups = new Map<number, { parts: Set<number>; images: number[] }>()
  images.forEach(({ imageId, near }, index) => {
    const part = partOf[index] ?? -1
    if (part === -1 || near === null) return
    const group = groups.get(near) ?? { parts: new Set<number>(), images: [] }
    group.parts.add(part)
    group.images.push(imageId)
    groups.set(near, group)
  })
  return [...groups.values()].filter(({ parts }) => parts.size > 1).map((group) => group.images)
}

/** Share of all pairs of images that stand in two parts. @param sizes images by part */
export function shareAcross(sizes: readonly number[]): number {
  const all = sizes.reduce((sum, size) => sum + size, 0)
  const pairs = (all * (all - 1)) / 2
  const within = sizes.reduce((sum, size) => sum + (size * (size - 1)) / 2, 0)
  return pairs === 0 ? 0 : (pairs - within) / pairs
}
