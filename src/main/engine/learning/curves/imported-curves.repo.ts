import * as z from 'zod'
import { sha256, timestamp } from '#shared/contract/base.contract.ts'
import { curvesId, type CurvesId } from '#shared/contract/curves.contract.ts'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder, jsonColumn } from '#engine/base/db/row-decoder.ts'
import type { CollectedCurve } from '#engine/networks/tensorboard/curve-collector.ts'

const decodeCurves = createRowDecoder({
  id: curvesId,
  name: z.string(),
  source: z.string(),
  sourceSha256: sha256,
  notes: jsonColumn(z.array(z.string())),
  createdAt: timestamp,
})
export type ImportedCurvesRow = ReturnType<typeof decodeCurves>

/** Steps and values in turn, 64-bit floats; rows are as little-endian as every platform Evenhand runs on. */
const pairs = z.instanceof(Uint8Array).transform((bytes) => new Float64Array(bytes.slice().buffer))

const decodeTag = createRowDecoder({ curvesId, tag: z.string(), points: z.int(), first: pairs, last: pairs })
const decodeCurve = createRowDecoder({ tag: z.string(), points: pairs })

interface NewCurves {
  readonly name: string
  readonly source: string
  readonly sourceSha256: string
  readonly notes: readonly string[]
  readonly createdAt: string
}

export class ImportedCurvesRepo {
  readonly #db: Db
  readonly #insert: Command
  readonly #insertCurve: Command
  readonly #selectAll: Query<ImportedCurvesRow>
  readonly #select: Query<ImportedCurvesRow>
  readonly #selectTags: Query<ReturnType<typeof decodeTag>>
  readonly #selectCurves: Query<CollectedCurve>

  constructor(db: Db) {
    this.#db = db
    this.#insert = db.prepareCommand(
      `INSERT INTO imported_curves (name, source, source_sha256, notes, created_at)
       VALUES (:name, :source, :sourceSha256, :notes, :createdAt)`,
    )
    this.#insertCurve = db.prepareCommand(
      'INSERT INTO imported_curve (curves_id, tag, points) VALUES (:curvesId, :tag, :points)',
    )
    this.#selectAll = db.prepareQuery('SELECT * FROM imported_curves ORDER BY id DESC', decodeCurves)
    this.#select = db.prepareQuery('SELECT * FROM imported_curves WHERE id = :curvesId', decodeCurves)
    this.#selectTags = db.prepareQuery(
      `SELECT curves_id, tag, length(points) / 16 AS points, substr(points, 1, 8) AS first,
              substr(points, -16, 8) AS last
       FROM imported_curve WHERE curves_id = :curvesId ORDER BY tag`,
      decodeTag,
    )
    this.#selectCurves = db.prepareQuery(
      'SELECT tag, points FROM imported_curve WHERE curves_id = :curvesId ORDER BY tag',
      decodeCurve,
    )
  }

  insert({ notes, ...row }: NewCurves, curves: readonly CollectedCurve[]): CurvesId {
    return this.#db.transact(() => {
      const id = curvesId.parse(this.#insert.run({ ...row, notes: JSON.stringify(notes) }).lastId)
      for (const { tag, points } of curves) {
        const { buffer, byteOffset, byteLength } = points
        this.#insertCurve.run({ curvesId: id, tag, points: new Uint8Array(buffer, byteOffset, byteLength) })
      }
      return id
    })
  }

  find(id: CurvesId): ImportedCurvesRow | undefined {
    return this.#select.get({ curvesId: id })
  }

  /** Newest first. */
  list(): ImportedCurvesRow[] {
    return this.#selectAll.all()
  }

  tags(id: CurvesId): { tag: string; points: number; firstStep: number; lastStep: number }[] {
    return this.#selectTags.all({ curvesId: id }).map(({ tag, points, first, last }) => ({
      tag,
      points,
      firstStep: first[0] ?? 0,
      lastStep: last[0] ?? 0,
    }))
  }

  curves(id: CurvesId): CollectedCurve[] {
    return this.#selectCurves.all({ curvesId: id })
  }
}
