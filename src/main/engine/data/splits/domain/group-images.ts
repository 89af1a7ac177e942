/** What decides which images must stay together; the order of the array is the order of every index below. */
export interface GroupableImage {
  readonly fileSha256: string
  readonly pixelSha256: string
  /** Any value that is equal for images of one person, or null when unknown. */
  readonly identity: number | null
  /** Any value that is equal for near copies, or null when none are known. */
  readonly near?: number | null
  /** Any value that is equal for images of one inferred person, or null when unknown. */
  readonly person?: number | null
  /** Images that were held together before stay together. */
  readonly groupKey?: string
}

export interface ImageGroups {
  /** `[images]` group of each image, numbered by first appearance. */
  readonly groupOf: Int32Array
  readonly count: number
}

function findRoot(parents: Int32Array, image: number): number {
  let root = image
  while (parents[root] !== root) root = parents[root] ?? root
  let step = image
  while (parents[step] !== root) {
    const next = parents[step] ?? root
    parents[step] = root
    step = next
  }
  return root
}

/** Joins images that share an identity, an inferred person, a file or all pixels, or are near copies, directly or through other images (union-find). */
export function groupImages(images: readonly GroupableImage[]): ImageGroups {
  const parents = Int32Array.from(images, (_, index) => index)
  const first = {
    file: new Map<string, number>(),
    pixels: new Map<string, number>(),
    identity: new Map<number, number>(),
    group: new Map<string, number>(),
    near: new Map<number, number>(),
    person: new Map<number, number>(),
  }
  const join = <Key>(seen: Map<Key, number>, key: Key, image: number): void => {
    const other = seen.get(key)
    if (other === undefined) seen.set(key, image)
    else {
      const [a, b] = [findRoot(parents, other), findRoot(parents, image)]
      parents[Math.max(a, b)] = Math.min(a, b)
    }
  }
  images.forEach(({ fileSha256, pixelSha256, identity, groupKey, near, person }, image) => {
    join(first.file, fileSha256, image)
    join(first.pixels, pixelSha256, image)
    if (identity !== null) join(first.identity, identity, image)
    if (near !== null && near !== undefined) join(first.near, near, image)
    if (person !== null && person !== undefined) join(first.person, person, image)
    if (groupKey !== undefined) join(first.group, groupKey, image)
  })
  const groupOf = new Int32Array(images.length)
  let count = 0
  // Roots are the smallest index of their set, so each is numbered before any of its members asks for it.
  for (let image = 0; image < images.length; image++) {
    const root = findRoot(parents, image)
    groupOf[image] = root === image ? count++ : (groupOf[root] ?? 0)
  }
  return { groupOf, count }
}
