import { createHash } from 'node:crypto'
import { faceSpace } from '#engine/networks/faces/face-detection.ts'
import type { StoredVectors, VectorSource } from '#engine/curation/vectors/vector-source.ts'
import type { LeakFindings } from '#shared/contract/leakage.contract.ts'
import type { SourceImage, SourceMember, SourcePicture } from './leakage-source.repo.ts'

interface Inputs {
  readonly members: readonly SourceMember[]
  readonly images: ReadonlyMap<number, SourceImage>
  readonly pictures: readonly SourcePicture[]
  readonly faces: StoredVectors
}

/** Descriptors of the images of a split; none where no face is described. */
export function readFaces(vectors: VectorSource, among: ReadonlySet<number>): StoredVectors {
  const space = vectors.listSpaces().find(({ name }) => name === faceSpace)
  if (space === undefined) return { imageIds: new Float64Array(), dimensions: 0, values: new Float32Array() }
  return vectors.read(space, { which: 'all', among })
}

/** Images of a split whose faces no scan has looked for. */
export function countFacesUnsought(vectors: VectorSource, among: ReadonlySet<number>): number {
  const space = vectors.listSpaces().find(({ name }) => name === faceSpace)
  return among.size - (space === undefined ? 0 : vectors.countLookedAt(space, among))
}

/**
 * SHA-256 of what is compared, over images by what they hold and not by their numbers: who stands where, the pictures' hashes and grey
 * levels, the descriptors.
 */
export function hashInputs({ members, images, pictures, faces }: Inputs): LeakFindings['inputs'] {
  const nameOf = (imageId: number): string => images.get(imageId)?.pixelSha256 ?? ''
  const memberHash = createHash('sha256')
  for (const line of members
    .map(({ imageId, part }) => `${images.get(imageId)?.fileSha256 ?? ''} ${nameOf(imageId)} ${part}\n`)
    .toSorted())
    memberHash.update(line)
  const pictureHash = createHash('sha256')
  for (const { imageId, high, low, grey } of pictures.toSorted((a, b) =>
    compare(nameOf(a.imageId), nameOf(b.imageId)),
  ))
    pictureHash.update(`${nameOf(imageId)} ${high} ${low}\n`).update(grey)
  const faceHash = createHash('sha256')
  const order = Array.from(faces.imageIds, (imageId, at) => ({ name: nameOf(imageId), at }))
  for (const { name, at } of order.toSorted((a, b) => compare(a.name, b.name)))
    faceHash
      .update(`${name}\n`)
      .update(
        new Uint8Array(
          faces.values.buffer,
          faces.values.byteOffset + at * faces.dimensions * 4,
          faces.dimensions * 4,
        ),
      )
  return {
    members: memberHash.digest('hex'),
    pictures: pictureHash.digest('hex'),
    faces: faceHash.digest('hex'),
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
