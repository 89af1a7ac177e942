import { setImmediate as yieldToEvents } from 'node:timers/promises'
import type { EmbeddingRepo, EmbeddingSpace, NewSpace } from './embedding.repo.ts'

/** Keeps one transaction below 20 ms. */
const clearedAtOnce = 500

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
    while (embeddings.clearSome(known.id, clearedAtOnce)) {
      signal.throwIfAborted()
      await yieldToEvents()
    }
  }
  embeddings.putSpace(space)
  const made = embeddings.find(space.name)
  if (made === undefined) throw new Error(`The space ${space.name} was not stored`)
  return made
}
