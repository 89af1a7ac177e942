import * as z from 'zod'
import { timestamp } from '#shared/contract/base.contract.ts'
import type { Db, Query } from '#engine/base/db/db.ts'
import { booleanColumn, createRowDecoder } from '#engine/base/db/row-decoder.ts'
import { locateFile } from '#engine/data/catalogue/locate-file.ts'

const decodeId = createRowDecoder({ imageId: z.int() })
const decodeMade = createRowDecoder({
  imageId: z.int(),
  dataset: z.string(),
  path: z.string(),
  rootPath: z.string(),
  isInsideProject: booleanColumn,
  fileSha256: z.string(),
  field: z.enum(['status', 'suspect', 'race', 'gender', 'age']),
  oldValue: z.string().nullable(),
  newValue: z.string().nullable(),
  reason: z.string().nullable(),
  note: z.string().nullable(),
  actor: z.string(),
  at: timestamp,
})
/** One decision with the image that it is about; `file` is absolute. */
export type MadeDecision = Omit<ReturnType<typeof decodeMade>, 'rootPath' | 'isInsideProject'> & {
  readonly file: string
}

const decodeCandidate = createRowDecoder({ imageId: z.int(), dataset: z.string(), path: z.string() })
export type ImageCandidate = ReturnType<typeof decodeCandidate>

/** What files of decisions are written from, and how the images that they name are found. */
export class ExchangeRepo {
  readonly #projectFolder: string
  readonly #decidedImages: Query<{ imageId: number }>
  readonly #made: Query<ReturnType<typeof decodeMade>>
  readonly #byHash: Query<ImageCandidate>
  readonly #byPath: Query<ImageCandidate>
  readonly #all: Query<ImageCandidate>

  constructor(db: Db, projectFolder: string) {
    this.#projectFolder = projectFolder
    this.#decidedImages = db.prepareQuery(
      `SELECT DISTINCT image_id FROM decision WHERE image_id > :after ORDER BY image_id LIMIT :limit`,
      decodeId,
    )
    this.#made = db.prepareQuery(
      `SELECT d.image_id, dataset.name AS dataset, image.path, root.path AS root_path, root.is_inside_project,
              image.file_sha256, d.field, d.old_value, d.new_value, d.reason, d.note, act.actor, act.at
       FROM decision d
       JOIN act ON act.id = d.act_id
       JOIN image ON image.id = d.image_id
       JOIN dataset ON dataset.id = image.dataset_id
       JOIN root ON root.id = dataset.root_id
       WHERE d.image_id IN (SELECT value FROM json_each(:ids)) AND d.field <> 'review'
       ORDER BY d.image_id, d.id`,
      decodeMade,
    )
    const candidates = `SELECT image.id AS image_id, dataset.name AS dataset, image.path
       FROM image JOIN dataset ON dataset.id = image.dataset_id`
    this.#byHash = db.prepareQuery(
      `${candidates} WHERE image.file_sha256 = :sha256 LIMIT 1000`,
      decodeCandidate,
    )
    this.#all = db.prepareQuery(candidates, decodeCandidate)
    this.#byPath = db.prepareQuery(`${candidates} WHERE image.path = :path LIMIT 1000`, decodeCandidate)
  }

  /** A page of the images about which anything was decided, in the order of their ids. */
  decidedImages(page: { after: number; limit: number }): number[] {
    return this.#decidedImages.all(page).map(({ imageId }) => imageId)
  }

  /** Every decision about these images but reviews, oldest first for each image. */
  made(ids: readonly number[]): MadeDecision[] {
    return this.#made.all({ ids: JSON.stringify(ids) }).map(({ rootPath, isInsideProject, ...row }) => ({
      ...row,
      file: locateFile({ ...row, rootPath, isInsideProject }, this.#projectFolder),
    }))
  }

  /** Every image. */
  listCandidates(): ImageCandidate[] {
    return this.#all.all()
  }

  byHash(sha256: string): ImageCandidate[] {
    return this.#byHash.all({ sha256 })
  }

  byPath(path: string): ImageCandidate[] {
    return this.#byPath.all({ path })
  }
}
