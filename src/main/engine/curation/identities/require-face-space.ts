import { AppError } from '#shared/contract/errors.ts'
import type { VectorSource, VectorSpace } from '#engine/curation/vectors/vector-source.ts'
import { faceSpace } from '#engine/networks/faces/face-detection.ts'

/** Throws PRECONDITION where no face is described. */
export function requireFaceSpace(vectors: Pick<VectorSource, 'listSpaces'>): VectorSpace {
  const space = vectors.listSpaces().find(({ name, images }) => name === faceSpace && images > 0)
  if (space !== undefined) return space
  throw new AppError(
    'PRECONDITION',
    'No face is described yet, so that nobody can be compared. Scan the faces first: evenhand scan',
  )
}
