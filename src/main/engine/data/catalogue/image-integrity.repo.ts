import * as z from 'zod'
import type { Db, Query } from '#engine/base/db/db.ts'
import { booleanColumn, createRowDecoder, decodeCount } from '#engine/base/db/row-decoder.ts'

const decodeImage = createRowDecoder({
  imageId: z.int(),
  path: z.string(),
  bytes: z.int(),
  fileSha256: z.string(),
  pixelSha256: z.string(),
  rootPath: z.string(),
  isInsideProject: booleanColumn,
})
export type RecordedImage = ReturnType<typeof decodeImage>

const decodeLabels = createRowDecoder({
  imageId: z.int(),
  race: z.string().nullable(),
  gender: z.string().nullable(),
  ageYears: z.number().nullable(),
  ageBin: z.string().nullable(),
  toldRace: z.string().nullable(),
  toldGender: z.string().nullable(),
  toldAge: z.string().nullable(),
  events: z.int(),
})
export type LabelsWithHistory = ReturnType<typeof decodeLabels>

const told = (task: string): string =>
  `(SELECT value FROM label_event e WHERE e.image_id = i.id AND e.task = '${task}' ORDER BY e.id DESC LIMIT 1)`

/** What is recorded of the images' files, and labels beside their history. */
export class ImageIntegrityRepo {
  readonly #page: Query<RecordedImage>
  readonly #count: Query<number>
  readonly #labels: Query<LabelsWithHistory>
  readonly #hasPixels: Query<number>

  constructor(db: Db) {
    this.#page = db.prepareQuery(
      `SELECT i.id AS image_id, i.path, i.bytes, i.file_sha256, i.pixel_sha256, r.path AS root_path,
              r.is_inside_project
       FROM image i JOIN dataset d ON d.id = i.dataset_id JOIN root r ON r.id = d.root_id
       WHERE i.id > :after ORDER BY i.id LIMIT :limit`,
      decodeImage,
    )
    this.#count = db.prepareQuery('SELECT count(*) AS count FROM image', decodeCount)
    this.#labels = db.prepareQuery(
      `SELECT i.id AS image_id, i.race, i.gender, i.age_years, i.age_bin, ${told('race')} AS told_race,
              ${told('gender')} AS told_gender, ${told('age')} AS told_age,
              (SELECT count(*) FROM label_event e WHERE e.image_id = i.id) AS events
       FROM image i
       WHERE i.id > :after ORDER BY i.id LIMIT :limit`,
      decodeLabels,
    )
    this.#hasPixels = db.prepareQuery(
      'SELECT count(*) AS count FROM (SELECT 1 FROM image WHERE pixel_sha256 = :pixelSha256 LIMIT 1)',
      decodeCount,
    )
  }

  /** A page in the order of ids. */
  page(page: { after: number; limit: number }): RecordedImage[] {
    return this.#page.all(page)
  }

  count(): number {
    return this.#count.get() ?? 0
  }

  /** A page of labels beside what their history says last. */
  labels(page: { after: number; limit: number }): LabelsWithHistory[] {
    return this.#labels.all(page)
  }

  hasPixels(pixelSha256: string): boolean {
    return this.#hasPixels.get({ pixelSha256 }) === 1
  }
}
