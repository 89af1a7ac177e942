import * as z from 'zod'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { HeldRows } from '#engine/base/db/held-rows.ts'
import { createRowDecoder, decodeCount, jsonColumn } from '#engine/base/db/row-decoder.ts'
import { foundFaces, type FoundFaces } from '#engine/networks/faces/domain/stored-faces.ts'
import {
  decodePendingImage,
  type ImagePage,
  type PendingImage,
} from '#engine/curation/vectors/image-pages.ts'

const decodeFaces = createRowDecoder({ imageId: z.int(), faces: jsonColumn(foundFaces) })
export type FacesRow = ReturnType<typeof decodeFaces>

interface NewFaces {
  readonly imageId: number
  readonly pixelSha256: string
  readonly faces: FoundFaces
}

/** What looked for the faces. */
export interface FaceMaker {
  /** Its kind and the hash of its weights. */
  readonly detector: string
  readonly version: number
}

/** The faces found in each image. */
export class FaceRepo {
  readonly held: HeldRows
  readonly #db: Db
  readonly #pending: Query<PendingImage>
  readonly #put: Command
  readonly #forget: Command
  readonly #unscored: Query<FacesRow>
  readonly #count: Query<number>
  readonly #newest: Query<number>

  constructor(db: Db) {
    this.held = new HeldRows(db, [{ table: 'image_faces' }])
    this.#db = db
    this.#pending = db.prepareQuery(
      `SELECT i.id AS image_id, i.path, i.file_sha256, i.pixel_sha256, r.path AS root_path, r.is_inside_project
       FROM image i
       JOIN dataset d ON d.id = i.dataset_id
       JOIN root r ON r.id = d.root_id
       LEFT JOIN image_faces f ON f.image_id = i.id
       WHERE i.id > :after AND i.id <= :upTo
         AND (f.image_id IS NULL OR f.pixel_sha256 <> i.pixel_sha256 OR f.detector <> :detector
           OR f.version <> :version)
       ORDER BY i.id`,
      decodePendingImage,
    )
    this.#put = db.prepareCommand(
      `INSERT INTO image_faces (image_id, pixel_sha256, detector, version, faces)
       VALUES (:imageId, :pixelSha256, :detector, :version, :faces)
       ON CONFLICT (image_id) DO UPDATE
       SET pixel_sha256 = excluded.pixel_sha256, detector = excluded.detector, version = excluded.version,
         faces = excluded.faces`,
    )
    this.#forget = db.prepareCommand(
      'UPDATE image_faces SET version = 0 WHERE image_id > :after AND image_id <= :upTo',
    )
    this.#unscored = db.prepareQuery(
      `SELECT f.image_id, f.faces
       FROM image_faces f LEFT JOIN check_score s ON s.check_id = :code AND s.image_id = f.image_id
       WHERE f.image_id > :after AND f.image_id <= :upTo AND s.image_id IS NULL
       ORDER BY f.image_id`,
      decodeFaces,
    )
    this.#count = db.prepareQuery('SELECT count(*) AS count FROM image_faces', decodeCount)
    this.#newest = db.prepareQuery('SELECT coalesce(max(id), 0) AS count FROM image', decodeCount)
  }

  /** Images whose faces have not been looked for by this maker in their present pixels. */
  listPending(page: ImagePage, { detector, version }: FaceMaker): PendingImage[] {
    return this.#pending.all({ ...page, detector, version })
  }

  /** @param also runs in the same transaction: faces and what describes them stand together */
  put(found: readonly NewFaces[], { detector, version }: FaceMaker, also: () => void): void {
    this.#db.transact(() => {
      for (const { imageId, pixelSha256, faces } of found)
        this.#put.run({ imageId, pixelSha256, detector, version, faces: JSON.stringify(faces) })
      also()
    })
  }

  /** Has these images looked at again by the next scan. */
  forget(page: ImagePage): void {
    this.#forget.run({ ...page })
  }

  /** Images with faces worked out that a check, by its code, has no score of. */
  listUnscored(code: number, page: ImagePage): FacesRow[] {
    return this.#unscored.all({ ...page, code })
  }

  countImages(): number {
    return this.#count.get() ?? 0
  }

  newestImage(): number {
    return this.#newest.get() ?? 0
  }
}
