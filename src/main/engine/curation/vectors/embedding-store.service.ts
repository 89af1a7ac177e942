import { repeatInTurns, rowsPerTransaction } from '#engine/base/kernel/in-turns.ts'
import { unpackVector } from '#engine/base/kernel/vector-bytes.ts'
import type { EmbeddingSpace, NewSpace, NewVector } from './embedding-space.ts'
import type { EmbeddingRepo } from './embedding.repo.ts'
import type { ImagePage, PendingImage } from './image-pages.ts'

/** How those who work embeddings out store them. */
export class EmbeddingStoreService {
  readonly #embeddings: EmbeddingRepo

  constructor(deps: { embeddings: EmbeddingRepo }) {
    this.#embeddings = deps.embeddings
  }

  /**
   * Finds or makes a space. Vectors of another making are cleared away before the space names its new one, so that a process
   * killed in between begins to clear again.
   */
  async prepare(space: NewSpace, signal: AbortSignal): Promise<EmbeddingSpace> {
    const embeddings = this.#embeddings
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

  /** The vector of an image in a space, by its name; null where it has none. */
  findVector(name: string, imageId: number): Float32Array | null {
    const space = this.#embeddings.find(name)
    const vector = space === undefined ? null : this.#embeddings.findVector(space.id, imageId)
    if (space === undefined || vector === undefined || vector === null) return null
    return unpackVector(vector, new Float32Array(space.dimensions))
  }

  newestImage(): number {
    return this.#embeddings.newestImage()
  }

  /** Images without a vector of their present pixels. */
  listPending(spaceId: number, page: ImagePage): PendingImage[] {
    return this.#embeddings.listPending(spaceId, page)
  }

  /** Whatever was made of the space is old from now on. */
  put(spaceId: number, vectors: readonly NewVector[]): void {
    if (vectors.length > 0) this.#embeddings.put(spaceId, vectors)
  }
}
