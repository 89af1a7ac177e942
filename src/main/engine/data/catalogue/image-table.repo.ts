import * as z from 'zod'
import { checkOfCode, type CheckId } from '#shared/domain/checks.ts'
import { imageStatuses, type ImageStatus } from '#shared/domain/image-states.ts'
import type { Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder, type RowDecoder } from '#engine/base/db/row-decoder.ts'
import type { ImageFacts } from '#engine/data/catalogue/domain/image-table.ts'

const decodeMarks = createRowDecoder({
  newestImage: z.int().nullable(),
  newestLabel: z.int().nullable(),
  newestDecision: z.int().nullable(),
})
/** How far the catalogue's histories reach. */
export type CatalogueMarks = ReturnType<typeof decodeMarks>

const decodeCheckRevision = createRowDecoder({ checkId: z.int(), revision: z.int() })

const readInteger = (value: unknown): number => {
  if (typeof value === 'number') return value
  throw new TypeError('A column of whole numbers holds something else')
}
const readText = (value: unknown): string | null => {
  if (value === null || typeof value === 'string') return value
  throw new TypeError('A column of text holds something else')
}
const readNumber = (value: unknown): number | null => (value === null ? null : readInteger(value))
const readStatus = (value: unknown): ImageStatus => {
  const status = imageStatuses.find((one) => one === value)
  if (status === undefined) throw new TypeError('An image has an unknown status')
  return status
}

/** By hand: a schema would take ten times as long over the 100,000 rows that are read at start. */
const decodeFacts: RowDecoder<ImageFacts> = (row) => {
  if (typeof row !== 'object' || row === null) throw new TypeError('A row must be an object')
  const read = (column: string): unknown => Reflect.get(row, column)
  return {
    id: readInteger(read('id')),
    datasetId: readInteger(read('dataset_id')),
    race: readText(read('race')),
    gender: readText(read('gender')),
    ageYears: readNumber(read('age_years')),
    ageBin: readText(read('age_bin')),
    identityId: readNumber(read('identity_id')),
    status: readStatus(read('status')),
    isIdentitySuspect: read('is_identity_suspect') === 1,
  }
}

const decodeId: RowDecoder<number> = (row) => {
  if (typeof row !== 'object' || row === null) throw new TypeError('A row must be an object')
  return readInteger(Reflect.get(row, 'id'))
}

export interface FlaggedRow {
  readonly imageId: number
  readonly score: number
}
const decodeFlagged: RowDecoder<FlaggedRow> = (row) => {
  if (typeof row !== 'object' || row === null) throw new TypeError('A row must be an object')
  return { imageId: readInteger(Reflect.get(row, 'image_id')), score: readInteger(Reflect.get(row, 'score')) }
}

const parts = ['train', 'val', 'test'] as const
interface MemberRow {
  readonly imageId: number
  readonly part: (typeof parts)[number]
}
const decodeMember: RowDecoder<MemberRow> = (row) => {
  if (typeof row !== 'object' || row === null) throw new TypeError('A row must be an object')
  const part = parts.find((one) => one === Reflect.get(row, 'part'))
  if (part === undefined) throw new TypeError('A split has an unknown part')
  return { imageId: readInteger(Reflect.get(row, 'image_id')), part }
}

const facts = `id, dataset_id, race, gender, age_years, age_bin, identity_id, status, is_identity_suspect`

/** Reads what filters need to know, in batches that hold the thread for some milliseconds each. */
export class ImageTableRepo {
  readonly #marks: Query<CatalogueMarks>
  readonly #checkedUpTo: Query<number>
  readonly #checkRevisions: Query<ReturnType<typeof decodeCheckRevision>>
  readonly #factsAfter: Query<ImageFacts>
  readonly #factsOf: Query<ImageFacts>
  readonly #changed: Query<number>
  readonly #flagged: Query<FlaggedRow>
  readonly #members: Query<MemberRow>

  constructor(db: Db) {
    this.#marks = db.prepareQuery(
      `SELECT (SELECT max(id) FROM image) AS newest_image, (SELECT max(id) FROM label_event) AS newest_label,
         (SELECT max(id) FROM decision) AS newest_decision`,
      decodeMarks,
    )
    this.#checkRevisions = db.prepareQuery(
      'SELECT check_id, revision FROM check_run ORDER BY check_id',
      decodeCheckRevision,
    )
    this.#checkedUpTo = db.prepareQuery(
      `SELECT coalesce(max(newest_image_id), 0) AS id FROM check_run WHERE finished_at IS NOT NULL`,
      decodeId,
    )
    this.#factsAfter = db.prepareQuery(
      `SELECT ${facts} FROM image WHERE id > :after ORDER BY id LIMIT :limit`,
      decodeFacts,
    )
    this.#factsOf = db.prepareQuery(
      `SELECT ${facts} FROM image WHERE id IN (SELECT value FROM json_each(:ids)) ORDER BY id`,
      decodeFacts,
    )
    this.#changed = db.prepareQuery(
      `SELECT image_id AS id FROM label_event WHERE id > :label
       UNION
       SELECT image_id AS id FROM decision WHERE id > :decision
       LIMIT :limit`,
      decodeId,
    )
    this.#flagged = db.prepareQuery(
      `SELECT image_id, score FROM check_score
       WHERE check_id = :checkId AND is_flagged = 1 AND (score, image_id) > (:score, :imageId)
       ORDER BY score, image_id LIMIT :limit`,
      decodeFlagged,
    )
    this.#members = db.prepareQuery(
      `SELECT image_id, part FROM split_member
       WHERE split_id = :splitId AND image_id > :after ORDER BY image_id LIMIT :limit`,
      decodeMember,
    )
  }

  marks(): CatalogueMarks {
    return this.#marks.get() ?? { newestImage: null, newestLabel: null, newestDecision: null }
  }

  /** Grows with every change of a check's flags; checks that this version does not know are left out. */
  checkRevisions(): ReadonlyMap<CheckId, { readonly code: number; readonly revision: number }> {
    const known = this.#checkRevisions.all().flatMap(({ checkId, revision }) => {
      const check = checkOfCode(checkId)
      return check === null ? [] : [[check, { code: checkId, revision }] as const]
    })
    return new Map(known)
  }

  /** The newest image that a check which has come to its end has seen. */
  checkedUpTo(): number {
    return this.#checkedUpTo.get() ?? 0
  }

  factsAfter(after: number, limit: number): ImageFacts[] {
    return this.#factsAfter.all({ after, limit })
  }

  factsOf(ids: readonly number[]): ImageFacts[] {
    return this.#factsOf.all({ ids: JSON.stringify(ids) })
  }

  /** Images whose labels or decisions have changed since; at most `limit`. */
  changedSince(marks: CatalogueMarks, limit: number): number[] {
    const { newestLabel, newestDecision } = marks
    return this.#changed.all({ label: newestLabel ?? 0, decision: newestDecision ?? 0, limit })
  }

  /** @param after the last row of the batch before, or null for the first */
  flagged(code: number, after: FlaggedRow | null, limit: number): FlaggedRow[] {
    const { score, imageId } = after ?? { score: -1, imageId: 0 }
    return this.#flagged.all({ checkId: code, score, imageId, limit })
  }

  members(splitId: number, after: number, limit: number): MemberRow[] {
    return this.#members.all({ splitId, after, limit })
  }
}
