import * as z from 'zod'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { HeldRows } from '#engine/base/db/held-rows.ts'
import { createRowDecoder } from '#engine/base/db/row-decoder.ts'

const decodePoint = createRowDecoder({ imageId: z.int(), x: z.number(), y: z.number() })
export type MapPoint = ReturnType<typeof decodePoint>

/** Where images stand on the map of an embedding space. */
export class MapRepo {
  readonly held: HeldRows
  readonly #db: Db
  readonly #points: Query<MapPoint>
  readonly #put: Command
  readonly #clear: Command

  constructor(db: Db) {
    this.held = new HeldRows(db, [
      { table: 'map_point', within: 'space_id IN (SELECT id FROM embedding_space)' },
    ])
    this.#db = db
    this.#points = db.prepareQuery(
      `SELECT image_id, x, y FROM map_point
       WHERE space_id = :spaceId AND image_id > :after ORDER BY image_id LIMIT :limit`,
      decodePoint,
    )
    this.#put = db.prepareCommand(
      'INSERT INTO map_point (space_id, image_id, x, y) VALUES (:spaceId, :imageId, :x, :y)',
    )
    this.#clear = db.prepareCommand(
      `DELETE FROM map_point WHERE space_id = :spaceId AND image_id IN
         (SELECT image_id FROM map_point WHERE space_id = :spaceId ORDER BY image_id LIMIT :limit)`,
    )
  }

  /** Deletes some points; false when there were none. */
  clearSome(spaceId: number, limit: number): boolean {
    return this.#clear.run({ spaceId, limit }).changes > 0
  }

  insert(spaceId: number, points: readonly MapPoint[]): void {
    this.#db.transact(() => {
      for (const { imageId, x, y } of points) this.#put.run({ spaceId, imageId, x, y })
    })
  }

  /** In ascending order of the images. */
  readPoints(spaceId: number, page: { readonly after: number; readonly limit: number }): MapPoint[] {
    return this.#points.all({ spaceId, ...page })
  }
}
