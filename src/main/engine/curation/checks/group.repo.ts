import * as z from 'zod'
import { imageId } from '#shared/contract/base.contract.ts'
import { imageStatuses } from '#shared/domain/image-states.ts'
import { labelSchemeNames } from '#shared/domain/label-schemes.ts'
import { checks, type CheckId } from '#shared/domain/checks.ts'
import type { Db, Query } from '#engine/base/db/db.ts'
import { booleanColumn, createRowDecoder, jsonColumn } from '#engine/base/db/row-decoder.ts'

const decodeCopy = createRowDecoder({
  groupId: imageId,
  imageId,
  isOpen: booleanColumn,
  status: z.enum(imageStatuses),
  scheme: z.enum(labelSchemeNames),
  race: z.string().nullable(),
  gender: z.string().nullable(),
  ageYears: z.number().nullable(),
  ageBin: z.string().nullable(),
  pixels: z.int(),
  bytes: z.int(),
  sharpness: z.number().nullable(),
})
/** One member of a group, with what is compared to choose among them. */
export type CopyRow = ReturnType<typeof decodeCopy>

const decodeGroup = createRowDecoder({ groupId: imageId, isOpen: booleanColumn })
const decodeAnswer = createRowDecoder({
  imageId: z.int(),
  checkId: z.int(),
  detail: jsonColumn(z.unknown()).nullable(),
  race: z.string().nullable(),
  gender: z.string().nullable(),
  ageBin: z.string().nullable(),
})
/** What a check of labels or neighbours says of a member, and the labels that it carries. */
export type AnswerRow = ReturnType<typeof decodeAnswer>

/** Groups of copies, by index alone. */
export class GroupRepo {
  readonly #groups: Query<ReturnType<typeof decodeGroup>>
  readonly #copies: Query<CopyRow>
  readonly #answers: Query<AnswerRow>

  constructor(db: Db) {
    // CROSS JOIN and INDEXED BY: SQLite would rather look through every score of a check than through the few that are asked for.
    this.#groups = db.prepareQuery(
      `SELECT g.group_id, EXISTS (
         SELECT 1 FROM check_score s INDEXED BY check_score_by_group
         WHERE s.check_id = :code AND s.group_id = g.group_id AND s.is_flagged = 1 AND s.is_decided = 0) AS is_open
       FROM (SELECT DISTINCT group_id FROM check_score INDEXED BY check_score_by_group
             WHERE check_id = :code AND group_id > :after ORDER BY group_id LIMIT :limit) g
       ORDER BY g.group_id`,
      decodeGroup,
    )
    this.#copies = db.prepareQuery(
      `SELECT s.group_id, s.image_id, s.is_flagged = 1 AND s.is_decided = 0 AS is_open, i.status, d.label_scheme AS scheme,
         i.race, i.gender, i.age_years, i.age_bin, i.width * i.height AS pixels, i.bytes,
         json_extract(m.measures, '$.blurriness') AS sharpness
       FROM json_each(:groupIds) g
         CROSS JOIN check_score s INDEXED BY check_score_by_group ON s.check_id = :code AND s.group_id = g.value
         JOIN image i ON i.id = s.image_id JOIN dataset d ON d.id = i.dataset_id
         LEFT JOIN image_measure m ON m.image_id = i.id
       ORDER BY s.group_id, s.image_id`,
      decodeCopy,
    )
    this.#answers = db.prepareQuery(
      `SELECT s.image_id, s.check_id, s.detail, i.race, i.gender, i.age_bin
       FROM json_each(:imageIds) e CROSS JOIN json_each(:codes) c
         CROSS JOIN check_score s ON s.check_id = c.value AND s.image_id = e.value JOIN image i ON i.id = s.image_id
       ORDER BY s.check_id, s.image_id`,
      decodeAnswer,
    )
  }

  /** The groups after one, by their number, and whether a member of them is flagged and not decided. */
  groups(
    check: CheckId,
    { after, limit }: { readonly after: number; readonly limit: number },
  ): ReturnType<typeof decodeGroup>[] {
    return this.#groups.all({ code: checks[check].code, after, limit })
  }

  copies(check: CheckId, groupIds: readonly number[]): CopyRow[] {
    return this.#copies.all({ code: checks[check].code, groupIds: JSON.stringify(groupIds) })
  }

  answers(imageIds: readonly number[], some: readonly CheckId[]): AnswerRow[] {
    const codes = JSON.stringify(some.map((check) => checks[check].code))
    return this.#answers.all({ imageIds: JSON.stringify(imageIds), codes })
  }
}
