import * as z from 'zod'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { HeldRows } from '#engine/base/db/held-rows.ts'
import { createRowDecoder, decodeCount } from '#engine/base/db/row-decoder.ts'
import { decodeSpace, type EmbeddingSpace, type NewSpace, type NewVector } from './embedding-space.ts'
import { packVector } from '#engine/base/kernel/vector-bytes.ts'
import { decodePendingImage, type ImagePage, type PendingImage } from './image-pages.ts'

const decodeVector = createRowDecoder({ vector: z.instanceof(Uint8Array).nullable() })

/** Vectors of images, by space. */
export class EmbeddingRepo {
  readonly held: HeldRows
  readonly #db: Db
  readonly #find: Query<EmbeddingSpace>
  readonly #list: Query<EmbeddingSpace>
  readonly #putSpace: Command
  readonly #raise: Command
  readonly #clear: Command
  readonly #raiseAll: Command
  readonly #pending: Query<PendingImage>
  readonly #put: Command
  readonly #vector: Query<{ vector: Uint8Array | null }>
  readonly #count: Query<number>
  readonly #newestImage: Query<number>

  constructor(db: Db) {
    this.held = new HeldRows(db, [
      { table: 'embedding', within: 'space_id IN (SELECT id FROM embedding_space)' },
    ])
    this.#db = db
    this.#find = db.prepareQuery('SELECT * FROM embedding_space WHERE name = :name', decodeSpace)
    this.#list = db.prepareQuery('SELECT * FROM embedding_space ORDER BY id', decodeSpace)
    this.#putSpace = db.prepareCommand(
      `INSERT INTO embedding_space (name, model_id, dimensions, version, source_sha256)
       VALUES (:name, :modelId, :dimensions, :version, :sourceSha256)
       ON CONFLICT (name) DO UPDATE
       SET model_id = excluded.model_id, dimensions = excluded.dimensions, version = excluded.version,
         source_sha256 = excluded.source_sha256, revision = revision + 1`,
    )
    this.#raise = db.prepareCommand('UPDATE embedding_space SET revision = revision + 1 WHERE id = :spaceId')
    this.#raiseAll = db.prepareCommand('UPDATE embedding_space SET revision = revision + 1')
    this.#clear = db.prepareCommand(
      `DELETE FROM embedding WHERE space_id = :spaceId AND image_id IN (
         SELECT image_id FROM embedding WHERE space_id = :spaceId ORDER BY image_id LIMIT :limit)`,
    )
    this.#pending = db.prepareQuery(
      `SELECT i.id AS image_id, i.path, i.file_sha256, i.pixel_sha256, r.path AS root_path, r.is_inside_project
       FROM image i
       JOIN dataset d ON d.id = i.dataset_id
       JOIN root r ON r.id = d.root_id
       LEFT JOIN embedding e ON e.space_id = :spaceId AND e.image_id = i.id
       WHERE i.id > :after AND i.id <= :upTo AND (e.image_id IS NULL OR e.pixel_sha256 <> i.pixel_sha256)
       ORDER BY i.id`,
      decodePendingImage,
    )
    this.#put = db.prepareCommand(
      `INSERT INTO embedding (space_id, image_id, pixel_sha256, vector)
       VALUES (:spaceId, :imageId, :pixelSha256, :vector)
       ON CONFLICT (space_id, image_id) DO UPDATE
       SET pixel_sha256 = excluded.pixel_sha256, vector = excluded.vector`,
    )
    this.#vector = db.prepareQuery(
      'SELECT vector FROM embedding WHERE space_id = :spaceId AND image_id = :imageId',
      decodeVector,
    )
    this.#count = db.prepareQuery(
      'SELECT count(*) AS count FROM embedding WHERE space_id = :spaceId',
      decodeCount,
    )
    this.#newestImage = db.prepareQuery('SELECT coalesce(max(id), 0) AS count FROM image', decodeCount)
  }

  find(name: string): EmbeddingSpace | undefined {
    return this.#find.get({ name })
  }

  list(): EmbeddingSpace[] {
    return this.#list.all()
  }

  /** Names what makes the space's vectors from now on; vectors of another making have to be cleared before. */
  putSpace(space: NewSpace): void {
    this.#putSpace.run({ ...space })
  }

  /** Deletes up to `limit` vectors; false when there were none. */
  clearSome(spaceId: number, limit: number): boolean {
    return this.#clear.run({ spaceId, limit }).changes > 0
  }

  /** Images without a vector of their present pixels. */
  listPending(spaceId: number, page: ImagePage): PendingImage[] {
    return this.#pending.all({ spaceId, ...page })
  }

  put(spaceId: number, vectors: readonly NewVector[]): void {
    this.#db.transact(() => {
      for (const { imageId, pixelSha256, vector } of vectors) {
        const packed = vector === null ? null : packVector(vector)
        this.#put.run({ spaceId, imageId, pixelSha256, vector: packed })
      }
      this.#raise.run({ spaceId })
    })
  }

  /** Whatever was made of any space is old from now on. */
  raiseRevisions(): void {
    this.#raiseAll.run()
  }

  /** Undefined where the image was not embedded, null where it has no vector, as without a face. */
  findVector(spaceId: number, imageId: number): Uint8Array | null | undefined {
    return this.#vector.get({ spaceId, imageId })?.vector
  }

  /** Images worked out, those without a vector among them. */
  countImages(spaceId: number): number {
    return this.#count.get({ spaceId }) ?? 0
  }

  newestImage(): number {
    return this.#newestImage.get() ?? 0
  }
}
