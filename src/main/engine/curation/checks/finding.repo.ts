import * as z from 'zod'
import { imageId, type ImageId } from '#shared/contract/base.contract.ts'
import { checks, type CheckId } from '#shared/domain/checks.ts'
import type { Db, Query } from '#engine/base/db/db.ts'
import { booleanColumn, createRowDecoder, jsonColumn } from '#engine/base/db/row-decoder.ts'

const scoreShape = {
  imageId,
  score: z.number(),
  isFlagged: booleanColumn,
  isDecided: booleanColumn,
  groupId: imageId.nullable(),
  detail: jsonColumn(z.unknown()).nullable(),
  revision: z.int(),
}
const decodeScore = createRowDecoder(scoreShape)
export type ScoreRow = ReturnType<typeof decodeScore>

const decodeOfImage = createRowDecoder({ ...scoreShape, checkId: z.int() })
export type ImageScoreRow = ReturnType<typeof decodeOfImage>

const decodeMeasure = createRowDecoder({
  measures: jsonColumn(z.record(z.string(), z.unknown())).nullable(),
  problem: z.string().nullable(),
})
export type MeasureRow = ReturnType<typeof decodeMeasure>

const decodeFile = createRowDecoder({ path: z.string(), dataset: z.string(), bytes: z.int() })

/** A place in the order of a queue: worst first, then by image. */
export interface QueuePlace {
  readonly score: number
  readonly id: number
}

export type QueueState = 'open' | 'flagged' | 'all'

const columns = 's.image_id, s.score, s.is_flagged, s.is_decided, s.group_id, s.detail, i.revision'
/** Findings image by image, by index alone. */
export class FindingRepo {
  readonly #pages: Readonly<Record<QueueState, Query<ScoreRow>>>
  readonly #group: Query<ScoreRow>
  readonly #ofImage: Query<ImageScoreRow>
  readonly #measure: Query<MeasureRow>
  readonly #file: Query<ReturnType<typeof decodeFile>>

  constructor(db: Db) {
    const page = (index: string, condition: string): Query<ScoreRow> =>
      db.prepareQuery(
        `SELECT ${columns}
         FROM check_score s INDEXED BY ${index} JOIN image i ON i.id = s.image_id
         WHERE s.check_id = :code AND (s.score, s.image_id) > (:score, :id) ${condition}
         ORDER BY s.score, s.image_id
         LIMIT :limit`,
        decodeScore,
      )
    this.#pages = {
      open: page('check_score_open', 'AND s.is_flagged = 1 AND s.is_decided = 0'),
      flagged: page('check_score_flagged', 'AND s.is_flagged = 1'),
      all: page('check_score_by_score', ''),
    }
    // INDEXED BY: SQLite would rather look through every score of the check, which lie in the order of the images.
    this.#group = db.prepareQuery(
      `SELECT ${columns} FROM check_score s INDEXED BY check_score_by_group JOIN image i ON i.id = s.image_id
       WHERE s.check_id = :code AND s.group_id = :groupId
       ORDER BY s.image_id LIMIT :limit`,
      decodeScore,
    )
    this.#ofImage = db.prepareQuery(
      `SELECT ${columns}, s.check_id FROM check_score s JOIN image i ON i.id = s.image_id
       WHERE s.image_id = :imageId AND s.check_id IN (SELECT value FROM json_each(:codes))
       ORDER BY s.check_id`,
      decodeOfImage,
    )
    this.#measure = db.prepareQuery(
      'SELECT measures, problem FROM image_measure WHERE image_id = :imageId',
      decodeMeasure,
    )
    this.#file = db.prepareQuery(
      `SELECT image.path, image.bytes, dataset.name AS dataset
       FROM image JOIN dataset ON dataset.id = image.dataset_id WHERE image.id = :imageId`,
      decodeFile,
    )
  }

  page(
    check: CheckId,
    { state, after, limit }: { state: QueueState; after: QueuePlace | null; limit: number },
  ): ScoreRow[] {
    const place = after ?? { score: -1, id: 0 }
    return this.#pages[state].all({ code: checks[check].code, ...place, limit })
  }

  group(check: CheckId, groupId: ImageId, limit: number): ScoreRow[] {
    return this.#group.all({ code: checks[check].code, groupId, limit })
  }

  ofImage(id: ImageId, checkCodes: readonly number[]): ImageScoreRow[] {
    return this.#ofImage.all({ imageId: id, codes: JSON.stringify(checkCodes) })
  }

  measure(id: ImageId): MeasureRow | undefined {
    return this.#measure.get({ imageId: id })
  }

  file(id: ImageId): { readonly path: string; readonly dataset: string; readonly bytes: number } | undefined {
    return this.#file.get({ imageId: id })
  }
}
