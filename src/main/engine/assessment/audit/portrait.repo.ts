import * as z from 'zod'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { HeldRows } from '#engine/base/db/held-rows.ts'
import { booleanColumn, createRowDecoder, decodeCount, jsonColumn } from '#engine/base/db/row-decoder.ts'
import type { ImagePage } from '#engine/curation/vectors/image-pages.ts'
import { foundFaces } from '#engine/networks/faces/domain/stored-faces.ts'
import { portraitVersion, type PortraitMeasures } from './domain/measure-portrait.ts'

const decodePending = createRowDecoder({
  imageId: z.int(),
  path: z.string(),
  rootPath: z.string(),
  isInsideProject: booleanColumn,
  fileSha256: z.string(),
  pixelSha256: z.string(),
  detector: z.string(),
  facesVersion: z.int(),
  faces: jsonColumn(foundFaces),
})
/** An image in whose present pixels faces were looked for, and whose faces and background are still to be measured. */
export type PendingPortrait = ReturnType<typeof decodePending>

interface NewPortrait {
  readonly imageId: number
  readonly pixelSha256: string
  readonly detector: string
  readonly facesVersion: number
  readonly measures: PortraitMeasures | null
  readonly problem: string | null
}

/** Measures of the main face of each image and of what surrounds its faces. */
export class PortraitRepo {
  readonly held: HeldRows
  readonly #db: Db
  readonly #pending: Query<PendingPortrait>
  readonly #put: Command
  readonly #countLookedAt: Query<number>
  readonly #countUnreadable: Query<number>
  readonly #newest: Query<number>

  constructor(db: Db) {
    this.held = new HeldRows(db, [{ table: 'image_portrait' }])
    this.#db = db
    this.#pending = db.prepareQuery(
      `SELECT i.id AS image_id, i.path, i.file_sha256, i.pixel_sha256, r.path AS root_path, r.is_inside_project,
         f.detector, f.version AS faces_version, f.faces
       FROM image i
       JOIN dataset d ON d.id = i.dataset_id
       JOIN root r ON r.id = d.root_id
       JOIN image_faces f ON f.image_id = i.id AND f.pixel_sha256 = i.pixel_sha256
       LEFT JOIN image_portrait p ON p.image_id = i.id
       WHERE i.id > :after AND i.id <= :upTo AND i.status <> 'removed'
         AND (p.image_id IS NULL OR p.pixel_sha256 <> i.pixel_sha256 OR p.version <> :version
           OR p.detector <> f.detector OR p.faces_version <> f.version OR p.problem IS NOT NULL)
       ORDER BY i.id`,
      decodePending,
    )
    this.#put = db.prepareCommand(
      `INSERT INTO image_portrait (image_id, pixel_sha256, detector, faces_version, version, measures, problem)
       VALUES (:imageId, :pixelSha256, :detector, :facesVersion, :version, :measures, :problem)
       ON CONFLICT (image_id) DO UPDATE
       SET pixel_sha256 = excluded.pixel_sha256, detector = excluded.detector, faces_version = excluded.faces_version,
         version = excluded.version, measures = excluded.measures, problem = excluded.problem`,
    )
    this.#countLookedAt = db.prepareQuery('SELECT count(*) AS count FROM image_faces', decodeCount)
    this.#countUnreadable = db.prepareQuery(
      'SELECT count(*) AS count FROM image_portrait WHERE problem IS NOT NULL',
      decodeCount,
    )
    this.#newest = db.prepareQuery('SELECT coalesce(max(id), 0) AS count FROM image', decodeCount)
  }

  /** Those of a page that are new, changed, looked at by another detector, or could not be read last time. */
  listPending(page: ImagePage): PendingPortrait[] {
    return this.#pending.all({ ...page, version: portraitVersion })
  }

  put(portraits: readonly NewPortrait[]): void {
    this.#db.transact(() => {
      for (const { measures, ...row } of portraits)
        this.#put.run({
          ...row,
          version: portraitVersion,
          measures: measures === null ? null : JSON.stringify(measures),
        })
    })
  }

  /** Images in which a scan has looked for faces. */
  countLookedAt(): number {
    return this.#countLookedAt.get() ?? 0
  }

  countUnreadable(): number {
    return this.#countUnreadable.get() ?? 0
  }

  newestImage(): number {
    return this.#newest.get() ?? 0
  }
}
