import * as z from 'zod'
import type { Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder } from '#engine/base/db/row-decoder.ts'

const decodeSpace = createRowDecoder({
  id: z.int(),
  name: z.string(),
  modelId: z.int().nullable(),
  dimensions: z.int(),
  revision: z.int(),
  images: z.int(),
})
export type VectorSpace = ReturnType<typeof decodeSpace>

const decodeImage = createRowDecoder({ imageId: z.int() })

const decodeVector = createRowDecoder({ imageId: z.int(), vector: z.instanceof(Uint8Array) })

export interface StoredVectors {
  /** `[images]` ascending */
  readonly imageIds: Float64Array
  readonly dimensions: number
  /** `[images, dimensions]` row by row */
  readonly values: Float32Array
}

/** Stored embeddings, read as one matrix; for workers. */
export class VectorSourceRepo {
  readonly #spaces: Query<VectorSpace>
  readonly #vectors: Query<ReturnType<typeof decodeVector>>
  readonly #unsealed: Query<ReturnType<typeof decodeVector>>
  readonly #lookedAt: Query<ReturnType<typeof decodeImage>>
  readonly #unseen: Query<ReturnType<typeof decodeVector>>

  constructor(db: Db) {
    this.#spaces = db.prepareQuery(
      `SELECT s.id, s.name, s.model_id, s.dimensions, s.revision,
              (SELECT count(*) FROM embedding e WHERE e.space_id = s.id AND e.vector IS NOT NULL) AS images
       FROM embedding_space s ORDER BY s.model_id IS NOT NULL, s.model_id DESC`,
      decodeSpace,
    )
    this.#vectors = db.prepareQuery(
      'SELECT image_id, vector FROM embedding WHERE space_id = :spaceId AND vector IS NOT NULL ORDER BY image_id',
      decodeVector,
    )
    this.#lookedAt = db.prepareQuery('SELECT image_id FROM embedding WHERE space_id = :spaceId', decodeImage)
    // What a model makes of the pictures of its split's test part stays sealed.
    const notSealed = `NOT EXISTS (SELECT 1 FROM split_member t
                         WHERE t.split_id = r.split_id AND t.image_id = e.image_id AND t.part = 'test')`
    this.#unsealed = db.prepareQuery(
      `SELECT e.image_id, e.vector
       FROM embedding e
       JOIN embedding_space s ON s.id = e.space_id
       LEFT JOIN model m ON m.id = s.model_id
       LEFT JOIN run r ON r.id = m.run_id
       WHERE e.space_id = :spaceId AND e.vector IS NOT NULL AND ${notSealed}
       ORDER BY e.image_id`,
      decodeVector,
    )
    // A run of a fold learned from the other folds, any other run from its split's training part.
    this.#unseen = db.prepareQuery(
      `SELECT e.image_id, e.vector
       FROM embedding e
       JOIN embedding_space s ON s.id = e.space_id
       JOIN model m ON m.id = s.model_id
       JOIN run r ON r.id = m.run_id
       WHERE e.space_id = :spaceId AND e.vector IS NOT NULL
         AND ${notSealed}
         AND CASE WHEN r.crossval_id IS NULL
           THEN NOT EXISTS (SELECT 1 FROM split_member p
                            WHERE p.split_id = r.split_id AND p.image_id = e.image_id AND p.part = 'train')
           ELSE NOT EXISTS (SELECT 1 FROM crossval_member c
                            WHERE c.crossval_id = r.crossval_id AND c.image_id = e.image_id AND c.fold <> r.fold)
           END
       ORDER BY e.image_id`,
      decodeVector,
    )
  }

  /** Faces first, then models, the newest first. */
  listSpaces(): VectorSpace[] {
    return this.#spaces.all()
  }

  /** How many of these images the space was filled from, those in which nothing was found with them. */
  countLookedAt({ id }: Pick<VectorSpace, 'id'>, among: { has(imageId: number): boolean }): number {
    return this.#lookedAt.all({ spaceId: id }).filter(({ imageId }) => among.has(imageId)).length
  }

  /**
   * @param options.which of a model's space those that are not sealed to it, or of these those that it did not learn from; a space
   *   of no model saw none, and nothing is sealed to it
   * @param options.among only images that it has
   */
  read(
    space: VectorSpace,
    { which, among }: { which: 'all' | 'unsealed' | 'unseen'; among?: { has(imageId: number): boolean } },
  ): StoredVectors {
    const queries = { all: this.#vectors, unsealed: this.#unsealed, unseen: this.#unseen }
    const query = queries[space.modelId === null ? 'all' : which]
    const rows = query
      .all({ spaceId: space.id })
      .filter(({ imageId }) => among === undefined || among.has(imageId))
    const values = new Float32Array(rows.length * space.dimensions)
    const bytes = new Uint8Array(values.buffer)
    const bytesPerRow = space.dimensions * Float32Array.BYTES_PER_ELEMENT
    rows.forEach(({ imageId, vector }, at) => {
      if (vector.byteLength !== bytesPerRow)
        throw new Error(`Embedding of image ${imageId} has ${vector.byteLength} bytes`)
      bytes.set(vector, at * bytesPerRow)
    })
    const imageIds = Float64Array.from(rows, ({ imageId }) => imageId)
    return { imageIds, dimensions: space.dimensions, values }
  }
}
