import * as z from 'zod'
import type { Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder, decodeCount } from '#engine/base/db/row-decoder.ts'
import { unpackVector } from '#engine/base/kernel/vector-bytes.ts'

// Checked by hand: a schema per row would take longer than the search itself.
const decodeRow = (row: unknown): { imageId: number; vector: Uint8Array } => {
  if (typeof row !== 'object' || row === null) throw new TypeError('A row must be an object')
  const imageId: unknown = Reflect.get(row, 'image_id')
  const vector: unknown = Reflect.get(row, 'vector')
  if (typeof imageId !== 'number' || !(vector instanceof Uint8Array))
    throw new TypeError('No row of a vector')
  return { imageId, vector }
}

const decodeSpace = createRowDecoder({ dimensions: z.int(), revision: z.int() })

/** Reads the vectors of one space, in a worker on a connection of its own. */
export class VectorRepo {
  readonly #space: Query<{ dimensions: number; revision: number }>
  readonly #vectors: Query<{ imageId: number; vector: Uint8Array }>
  readonly #count: Query<number>

  constructor(db: Db) {
    this.#space = db.prepareQuery(
      'SELECT dimensions, revision FROM embedding_space WHERE id = :spaceId',
      decodeSpace,
    )
    this.#vectors = db.prepareQuery(
      `SELECT image_id, vector FROM embedding WHERE space_id = :spaceId AND vector IS NOT NULL ORDER BY image_id`,
      decodeRow,
    )
    this.#count = db.prepareQuery(
      'SELECT count(*) AS count FROM embedding WHERE space_id = :spaceId AND vector IS NOT NULL',
      decodeCount,
    )
  }

  find(spaceId: number): { dimensions: number; revision: number } | undefined {
    return this.#space.get({ spaceId })
  }

  count(spaceId: number): number {
    return this.#count.get({ spaceId }) ?? 0
  }

  /** In the order of images. The same array is given each time: copy what is to be kept. */
  *iterate(spaceId: number, dimensions: number): Generator<readonly [imageId: number, vector: Float32Array]> {
    const numbers = new Float32Array(dimensions)
    for (const { imageId, vector } of this.#vectors.iterate({ spaceId })) {
      yield [imageId, unpackVector(vector, numbers)]
    }
  }
}
