import * as z from 'zod'
import { labelSchemeNames } from '#shared/domain/label-schemes.ts'
import type { Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder, jsonColumn } from '#engine/base/db/row-decoder.ts'
import { portraitMeasures, portraitVersion } from './domain/measure-portrait.ts'

const decodeDataset = createRowDecoder({
  datasetId: z.int(),
  name: z.string(),
  labelScheme: z.enum(labelSchemeNames),
  removed: z.int(),
})
export type DatasetSource = ReturnType<typeof decodeDataset>

const measured = z.number().nullable()
const decodeImage = createRowDecoder({
  imageId: z.int(),
  datasetId: z.int(),
  race: z.string().nullable(),
  gender: z.string().nullable(),
  ageYears: z.number().nullable(),
  ageBin: z.string().nullable(),
  width: z.int(),
  height: z.int(),
  pixelSha256: z.string(),
  identity: z.int().nullable(),
  person: z.int().nullable(),
  brightness: measured,
  dark: measured,
  light: measured,
  chroma: measured,
  cast: measured,
  smear: measured,
  noise: measured,
  portrait: jsonColumn(portraitMeasures).nullable(),
  portraitProblem: z.string().nullable(),
})
export type ImageSource = ReturnType<typeof decodeImage>

const decodeFace = createRowDecoder({
  imageId: z.int(),
  pictureWidth: z.number(),
  pictureHeight: z.number(),
  score: z.number(),
  x: z.number(),
  y: z.number(),
  width: z.number(),
  height: z.number(),
  yaw: z.number(),
  pitch: z.number(),
})
export type FaceSource = ReturnType<typeof decodeFace>

/** Every image that was not removed, with what scans measured of its present pixels; for a worker's read-only connection. */
export class AuditSourceRepo {
  readonly #datasets: Query<DatasetSource>
  readonly #images: Query<ImageSource>
  readonly #faces: Query<FaceSource>

  constructor(db: Db) {
    this.#datasets = db.prepareQuery(
      `SELECT d.id AS dataset_id, d.name, d.label_scheme,
         (SELECT count(*) FROM image i WHERE i.dataset_id = d.id AND i.status = 'removed') AS removed
       FROM dataset d ORDER BY d.id`,
      decodeDataset,
    )
    this.#images = db.prepareQuery(
      `SELECT i.id AS image_id, i.dataset_id, i.race, i.gender, i.age_years, i.age_bin, i.width, i.height, i.pixel_sha256,
         i.identity_id AS identity, p.person_id AS person,
         m.measures ->> '$.brightness' AS brightness, m.measures ->> '$.brightnessPerc5' AS dark,
         m.measures ->> '$.brightnessPerc95' AS light, m.measures ->> '$.chroma' AS chroma, m.measures ->> '$.cast' AS "cast",
         m.measures ->> '$.smear' AS smear, m.measures ->> '$.noise' AS noise,
         q.measures AS portrait, q.problem AS portrait_problem
       FROM image i
       LEFT JOIN image_person p ON p.image_id = i.id
       LEFT JOIN image_measure m ON m.image_id = i.id AND m.pixel_sha256 = i.pixel_sha256
       LEFT JOIN image_faces f ON f.image_id = i.id AND f.pixel_sha256 = i.pixel_sha256
       LEFT JOIN image_portrait q ON q.image_id = i.id AND q.pixel_sha256 = i.pixel_sha256
         AND q.version = ${portraitVersion} AND q.detector = f.detector AND q.faces_version = f.version
       WHERE i.status <> 'removed' ORDER BY i.id`,
      decodeImage,
    )
    this.#faces = db.prepareQuery(
      `SELECT f.image_id, f.faces ->> '$.width' AS picture_width, f.faces ->> '$.height' AS picture_height,
         e.value ->> '$.score' AS score, e.value ->> '$.box.x' AS x, e.value ->> '$.box.y' AS y,
         e.value ->> '$.box.width' AS width, e.value ->> '$.box.height' AS height,
         e.value ->> '$.pose.yaw' AS yaw, e.value ->> '$.pose.pitch' AS pitch
       FROM image i JOIN image_faces f ON f.image_id = i.id AND f.pixel_sha256 = i.pixel_sha256,
         json_each(f.faces, '$.faces') e
       WHERE i.status <> 'removed' ORDER BY i.id, e.key`,
      decodeFace,
    )
  }

  listDatasets(): DatasetSource[] {
    return this.#datasets.all()
  }

  /** By number. */
  readImages(): Iterable<ImageSource> {
    return this.#images.iterate()
  }

  /** By image, then the surest first. */
  readFaces(): Iterable<FaceSource> {
    return this.#faces.iterate()
  }
}
