import * as z from 'zod'
import { timestamp } from '#shared/contract/base.contract.ts'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder, jsonColumn } from '#engine/base/db/row-decoder.ts'

const decodePoint = createRowDecoder({ imageId: z.int(), x: z.number(), y: z.number() })
export type MapPoint = ReturnType<typeof decodePoint>

const facts = z.object({ seed: z.int(), revision: z.int() })
const decodeRecord = createRowDecoder({ version: z.int(), result: jsonColumn(facts), madeAt: timestamp })
type MapRecord = ReturnType<typeof decodeRecord>

const nameOf = (space: string): string => `map ${space}`

/** Where images stand on the map of an embedding space, and how the map was made. */
export class MapRepo {
  readonly #db: Db
  readonly #points: Query<MapPoint>
  readonly #put: Command
  readonly #clear: Command
  readonly #record: Query<MapRecord>
  readonly #putRecord: Command
  readonly #deleteRecord: Command

  constructor(db: Db) {
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
    this.#record = db.prepareQuery(
      'SELECT version, result, made_at FROM scan_report WHERE name = :name',
      decodeRecord,
    )
    this.#putRecord = db.prepareCommand(
      'INSERT INTO scan_report (name, version, result, made_at) VALUES (:name, :version, :result, :madeAt)',
    )
    this.#deleteRecord = db.prepareCommand('DELETE FROM scan_report WHERE name = :name')
  }

  /** Null while there is no whole map. */
  findRecord(space: string): MapRecord | null {
    return this.#record.get({ name: nameOf(space) }) ?? null
  }

  /** A map without its record does not count: it is being replaced. */
  deleteRecord(space: string): void {
    this.#deleteRecord.run({ name: nameOf(space) })
  }

  /** After the last point. */
  putRecord(space: string, { version, result, madeAt }: MapRecord): void {
    this.#putRecord.run({ name: nameOf(space), version, result: JSON.stringify(result), madeAt })
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
