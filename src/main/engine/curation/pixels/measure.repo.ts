import * as z from 'zod'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { HeldRows } from '#engine/base/db/held-rows.ts'
import { booleanColumn, createRowDecoder, decodeCount, jsonColumn } from '#engine/base/db/row-decoder.ts'
import { measureVersion, pixelMeasures } from '#engine/curation/pixels/domain/measure-pixels.ts'

const decodeStanding = createRowDecoder({
  imageId: z.int(),
  path: z.string(),
  rootPath: z.string(),
  isInsideProject: booleanColumn,
  bytes: z.int(),
  mtimeMs: z.int(),
  fileSha256: z.string(),
  pixelSha256: z.string(),
  problem: z.string().nullable(),
  isKnown: booleanColumn,
  isDue: booleanColumn,
})
/** An image, whether it has ever been measured, and whether its pixels are still to be measured as they are now. */
export type StandingImage = ReturnType<typeof decodeStanding>

const decodeMeasured = createRowDecoder({
  imageId: z.int(),
  datasetId: z.int(),
  width: z.int(),
  height: z.int(),
  measures: jsonColumn(pixelMeasures).nullable(),
  problem: z.string().nullable(),
})
export type MeasuredRow = ReturnType<typeof decodeMeasured>

const decodeSize = createRowDecoder({ datasetId: z.int(), pixels: z.int(), count: z.int() })
type SizeCount = ReturnType<typeof decodeSize>

const decodeRoot = createRowDecoder({
  rootPath: z.string(),
  isInsideProject: booleanColumn,
  datasets: z.string(),
})
/** A folder of images, and the names of the data sets that lie in it. */
export type ImageRoot = ReturnType<typeof decodeRoot>

export interface NewMeasure {
  readonly imageId: number
  readonly pixelSha256: string
  readonly version: number
  readonly phash: bigint | null
  readonly grey: Uint8Array | null
  readonly measures: unknown
  readonly problem: string | null
}

/** A page of images by their numbers: after `after`, up to and with `upTo`. */
interface ImagePage {
  readonly after: number
  readonly upTo: number
}

/** Raw measures of pixels, by image. */
export class MeasureRepo {
  readonly held: HeldRows
  readonly #db: Db
  readonly #roots: Query<ImageRoot>
  readonly #standing: Query<StandingImage>
  readonly #put: Command
  readonly #forgetVersion: Command
  readonly #unscored: Query<MeasuredRow>
  readonly #countSizes: Query<SizeCount>
  readonly #countScored: Query<number>
  readonly #countImages: Query<number>
  readonly #countMeasures: Query<number>
  readonly #countProblems: Query<number>
  readonly #newest: Query<number>

  constructor(db: Db) {
    this.held = new HeldRows(db, [{ table: 'image_measure' }])
    this.#db = db
    this.#roots = db.prepareQuery(
      `SELECT r.path AS root_path, r.is_inside_project, group_concat(d.name, ', ') AS datasets
       FROM root r JOIN dataset d ON d.root_id = r.id
       GROUP BY r.id ORDER BY r.id`,
      decodeRoot,
    )
    this.#standing = db.prepareQuery(
      `SELECT i.id AS image_id, i.path, i.bytes, i.mtime_ms, i.file_sha256, i.pixel_sha256, r.path AS root_path,
         r.is_inside_project, m.problem, m.image_id IS NOT NULL AS is_known,
         m.image_id IS NULL OR m.version <> :version OR m.pixel_sha256 <> i.pixel_sha256 OR m.problem IS NOT NULL
           AS is_due
       FROM image i
       JOIN dataset d ON d.id = i.dataset_id
       JOIN root r ON r.id = d.root_id
       LEFT JOIN image_measure m ON m.image_id = i.id
       WHERE i.id > :after AND i.id <= :upTo
       ORDER BY i.id`,
      decodeStanding,
    )
    this.#put = db.prepareCommand(
      `INSERT INTO image_measure (image_id, pixel_sha256, version, phash, grey, measures, problem)
       VALUES (:imageId, :pixelSha256, :version, :phash, :grey, :measures, :problem)
       ON CONFLICT (image_id) DO UPDATE
       SET pixel_sha256 = excluded.pixel_sha256, version = excluded.version, phash = excluded.phash,
         grey = excluded.grey, measures = excluded.measures, problem = excluded.problem`,
    )
    this.#forgetVersion = db.prepareCommand(
      'UPDATE image_measure SET version = 0 WHERE image_id > :after AND image_id <= :upTo',
    )
    this.#unscored = db.prepareQuery(
      // What an older version measured, of a folder that is away, has other names and meanings.
      `SELECT m.image_id, i.dataset_id, i.width, i.height, m.problem,
         CASE WHEN m.version = :version THEN m.measures END AS measures
       FROM image_measure m JOIN image i ON i.id = m.image_id
       LEFT JOIN check_score s ON s.check_id = :code AND s.image_id = m.image_id
       WHERE m.image_id > :after AND m.image_id <= :upTo AND s.image_id IS NULL
       ORDER BY m.image_id`,
      decodeMeasured,
    )
    this.#countSizes = db.prepareQuery(
      `SELECT dataset_id, pixels, count(*) AS count FROM image
       WHERE id > :after AND id <= :upTo
       GROUP BY dataset_id, pixels`,
      decodeSize,
    )
    this.#countScored = db.prepareQuery(
      'SELECT count(*) AS count FROM check_score WHERE check_id = :code',
      decodeCount,
    )
    this.#countImages = db.prepareQuery('SELECT count(*) AS count FROM image', decodeCount)
    this.#countMeasures = db.prepareQuery('SELECT count(*) AS count FROM image_measure', decodeCount)
    this.#countProblems = db.prepareQuery(
      'SELECT count(*) AS count FROM image_measure WHERE problem IS NOT NULL',
      decodeCount,
    )
    this.#newest = db.prepareQuery('SELECT coalesce(max(id), 0) AS count FROM image', decodeCount)
  }

  listRoots(): ImageRoot[] {
    return this.#roots.all()
  }

  /** All images of a page; due are the new and changed ones and those that could not be read last time. */
  listStanding(page: ImagePage, version: number): StandingImage[] {
    return this.#standing.all({ ...page, version })
  }

  /** @param before runs in the same transaction: what stood on the old measures goes with them */
  replace(measures: readonly NewMeasure[], before: () => void): void {
    this.#db.transact(() => {
      before()
      for (const { measures: values, ...row } of measures)
        this.#put.run({ ...row, measures: values === null ? null : JSON.stringify(values) })
    })
  }

  /** Has these images measured again by the next scan. */
  forget(page: ImagePage): void {
    this.#forgetVersion.run({ ...page })
  }

  /** Measured images that a check, by its code, has no score of. */
  listUnscored(code: number, page: ImagePage): MeasuredRow[] {
    return this.#unscored.all({ ...page, code, version: measureVersion })
  }

  /** How many images of a page have which size, by data set. */
  countSizes(page: ImagePage): SizeCount[] {
    return this.#countSizes.all({ ...page })
  }

  countScored(code: number): number {
    return this.#countScored.get({ code }) ?? 0
  }

  countImages(): number {
    return this.#countImages.get() ?? 0
  }

  countMeasures(): number {
    return this.#countMeasures.get() ?? 0
  }

  countProblems(): number {
    return this.#countProblems.get() ?? 0
  }

  newestImage(): number {
    return this.#newest.get() ?? 0
  }
}
