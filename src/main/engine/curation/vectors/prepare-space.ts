import { repeatInTurns, rowsPerTransaction } from '#engine/base/kernel/in-turns.ts'
import type { EmbeddingRepo, EmbeddingSpace, NewSpace } from './embedding.repo.ts'

/**
 * Finds or makes a space. Vectors of another making are cleared away before the space names its new one, so that a process
 * killed in between begins to clear again.
 */
export async function prepareSpace(
  space: NewSpace,
  embeddings: EmbeddingRepo,
  signal: AbortSignal,
): Promise<EmbeddingSpace> {
  const known = embeddings.find(space.name)
  if (known?.sourceSha256 === space.sourceSha256) return known
  if (known !== undefined) {
    await repeatInTurns(() => embeddings.clearSome(known.id, rowsPerTransaction), signal)
  }
  embeddings.putSpace(space)
  const made = embeddings.find(space.name)
  if (made === undefined) throw new Error(`The space ${space.name} was not stored`)
  return made
}
