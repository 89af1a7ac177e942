import * as z from 'zod'
import { timestamp } from '#shared/contract/base.contract.ts'
import { actId, decisionChange, type ActId } from '#shared/contract/decision.contract.ts'
import { nextNumber } from '#engine/base/db/next-number.ts'
import type { BoundValue, Command, Db, Query } from '#engine/base/db/db.ts'
import { booleanColumn, createRowDecoder } from '#engine/base/db/row-decoder.ts'
import type { FieldChange } from '#engine/curation/decisions/domain/plan-decision.ts'
import { isUndone } from './act.repo.ts'
import { fromHex, type DecisionSeal } from './decision-seal.ts'

const decisionColumns = {
  id: z.int(),
  imageId: z.int(),
  field: decisionChange.shape.field,
  checkId: z.int().nullable(),
  oldValue: z.string().nullable(),
  newValue: z.string().nullable(),
  reason: z.string().nullable(),
  note: z.string().nullable(),
}
const decodeDecision = createRowDecoder(decisionColumns)
const decodeSealed = createRowDecoder({
  ...decisionColumns,
  salt: z.instanceof(Uint8Array).nullable(),
  sealed: z.instanceof(Uint8Array).nullable(),
  isErased: booleanColumn,
  hasTombstone: booleanColumn,
})
const decodeMade = createRowDecoder({
  ...decisionColumns,
  reasonBefore: z.string().nullable(),
  noteBefore: z.string().nullable(),
  isFollowed: booleanColumn,
})
/** A decision with what an undo or redo of it asks about its field. */
export interface MadeDecision extends DecisionRow {
  /** Why the field had the value that it replaced. */
  readonly whyBefore: Pick<FieldChange, 'reason' | 'note'>
  /** Whether a later decision changed the field. */
  readonly isFollowed: boolean
}
/** A decision with the digest of its values and texts; null in rows of older versions. */
export interface SealedDecisionRow extends DecisionRow {
  readonly salt: Uint8Array | null
  readonly sealed: Uint8Array | null
  /** Only the digest is left of it, and an erasure of its image must be on record. */
  readonly isErased: boolean
  readonly hasTombstone: boolean
}

const decodeNumber = createRowDecoder({ next: z.int() })
const decodeImages = createRowDecoder({ images: z.int() })
const decodeImageId = createRowDecoder({ imageId: z.int() })
const decodeHolder = createRowDecoder({ actId })
const decodeWho = createRowDecoder({ title: z.string(), actor: z.string(), at: timestamp })
export type WhoDidIt = ReturnType<typeof decodeWho>

export interface DecisionRow extends FieldChange {
  readonly id: number
}

const toDecision = ({
  checkId,
  oldValue,
  newValue,
  ...row
}: ReturnType<typeof decodeDecision>): DecisionRow => ({
  ...row,
  checkCode: checkId,
  from: oldValue,
  to: newValue,
})

export interface NewDecision {
  readonly id: number
  readonly change: FieldChange
  readonly seal: DecisionSeal
}

/** A statement of several rows sets up what it may have to take back once for all of them. */
const rowsAtOnce = 25
const places = '(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'
const writeInsert = (rows: number): string =>
  `INSERT INTO decision (id, act_id, image_id, field, check_id, old_value, new_value, reason, note, salt, sealed)
   VALUES ${Array.from({ length: rows }, () => places).join(', ')}`

/** In the order of the columns that `writeInsert` names. */
const listValues = (act: ActId, { id, change, seal }: NewDecision): BoundValue[] => {
  const { imageId, field, checkCode, from, to, reason, note } = change
  return [
    id,
    act,
    imageId,
    field,
    checkCode,
    from,
    to,
    reason,
    note,
    fromHex(seal.salt),
    fromHex(seal.sealed),
  ]
}

/** What acts changed, a row for each field of each image: only ever added to. */
export class DecisionRepo {
  readonly #next: Query<{ next: number }>
  readonly #insert: Command
  readonly #insertMany: Command
  readonly #seal: Command
  readonly #sealed: Query<ReturnType<typeof decodeSealed>>
  readonly #countImages: Query<{ images: number }>
  readonly #imagesOf: Query<{ imageId: number }>
  readonly #ofImages: Query<ReturnType<typeof decodeMade>>
  readonly #whoDid: Query<WhoDidIt>
  readonly #holder: Query<{ actId: ActId }>
  readonly #changes: Query<ReturnType<typeof decodeDecision>>

  constructor(db: Db) {
    this.#next = db.prepareQuery(`SELECT ${nextNumber('decision')} AS next`, decodeNumber)
    this.#insert = db.prepareCommand(writeInsert(1))
    this.#insertMany = db.prepareCommand(writeInsert(rowsAtOnce))
    this.#seal = db.prepareCommand(
      'UPDATE decision SET salt = :salt, sealed = :sealed WHERE id = :decisionId',
    )
    this.#sealed = db.prepareQuery(
      `SELECT id, image_id, field, check_id, old_value, new_value, reason, note, salt, sealed, 0 AS is_erased,
              0 AS has_tombstone
       FROM decision WHERE act_id = :actId AND id > :after
       UNION ALL
       SELECT id, image, field, check_id, NULL, NULL, NULL, NULL, NULL, sealed, 1,
              EXISTS (SELECT 1 FROM erased_image WHERE erased_image.image_id = erased_decision.image)
       FROM erased_decision WHERE act_id = :actId AND id > :after
       ORDER BY id LIMIT :limit`,
      decodeSealed,
    )
    this.#countImages = db.prepareQuery(
      'SELECT count(DISTINCT image_id) AS images FROM decision WHERE act_id = :actId',
      decodeImages,
    )
    this.#imagesOf = db.prepareQuery(
      `SELECT DISTINCT image_id FROM decision
       WHERE act_id = :actId AND image_id > :after ORDER BY image_id LIMIT :limit`,
      decodeImageId,
    )
    this.#ofImages = db.prepareQuery(
      `SELECT made.*, before.reason AS reason_before, before.note AS note_before,
              EXISTS (
                SELECT 1 FROM decision later
                WHERE later.image_id = made.image_id AND later.field = made.field AND later.id > made.id
                  AND (made.field <> 'review' OR later.check_id IS made.check_id)) AS is_followed
       FROM decision made
       LEFT JOIN decision before ON before.id = (
         SELECT max(id) FROM decision earlier
         WHERE earlier.image_id = made.image_id AND earlier.field = made.field AND earlier.id < made.id)
       WHERE made.act_id = :actId AND made.image_id IN (SELECT value FROM json_each(:ids)) ORDER BY made.id DESC`,
      decodeMade,
    )
    this.#whoDid = db.prepareQuery(
      `SELECT act.title, act.actor, act.at FROM decision JOIN act ON act.id = decision.act_id
       WHERE decision.image_id = :imageId AND decision.field IN (SELECT value FROM json_each(:fields))
       ORDER BY decision.id DESC LIMIT 1`,
      decodeWho,
    )
    this.#holder = db.prepareQuery(
      `SELECT decision.act_id FROM decision JOIN act ON act.id = decision.act_id
       WHERE decision.image_id = :imageId AND decision.field = :field
         AND (:field <> 'review' OR decision.check_id IS :checkCode)
         AND act.kind IN ('decide', 'import') AND act.is_complete = 1 AND ${isUndone} = 0
       ORDER BY decision.id DESC LIMIT 1`,
      decodeHolder,
    )
    this.#changes = db.prepareQuery(
      `SELECT * FROM decision
       WHERE act_id = :actId AND (:imageId IS NULL OR image_id = :imageId) ORDER BY image_id, id LIMIT :limit`,
      decodeDecision,
    )
  }

  /** The number of the next decision; those after it follow as long as nothing else is written. */
  next(): number {
    return this.#next.get()?.next ?? 1
  }

  insertAll(act: ActId, rows: readonly NewDecision[]): void {
    const whole = rows.length - (rows.length % rowsAtOnce)
    for (let from = 0; from < whole; from += rowsAtOnce) {
      this.#insertMany.run(rows.slice(from, from + rowsAtOnce).flatMap((row) => listValues(act, row)))
    }
    for (const row of rows.slice(whole)) this.#insert.run(listValues(act, row))
  }

  /** Seals a decision that an older version wrote. */
  seal(decisionId: number, { salt, sealed }: DecisionSeal): void {
    this.#seal.run({ decisionId, salt: fromHex(salt), sealed: fromHex(sealed) })
  }

  /** A page of an act's decisions with their seals, in the order of their ids. */
  sealed(page: { actId: number; after: number; limit: number }): SealedDecisionRow[] {
    return this.#sealed.all(page).map(({ salt, sealed, isErased, hasTombstone, ...row }) => {
      return { ...toDecision(row), salt, sealed, isErased, hasTombstone }
    })
  }

  /** Images that an act has decisions about. */
  countImages(act: number): number {
    return this.#countImages.get({ actId: act })?.images ?? 0
  }

  /** A page of the images that an act changed, in the order of their ids. */
  imagesOf(page: { actId: ActId; after: number; limit: number }): number[] {
    return this.#imagesOf.all(page).map(({ imageId }) => imageId)
  }

  /** What an act changed of these images, newest first. */
  ofImages(id: ActId, imageIds: readonly number[]): MadeDecision[] {
    return this.#ofImages
      .all({ actId: id, ids: JSON.stringify(imageIds) })
      .map(({ reasonBefore: reason, noteBefore: note, isFollowed, ...row }) => {
        return { ...toDecision(row), whyBefore: { reason, note }, isFollowed }
      })
  }

  /** Who last changed one of these fields of an image. */
  whoDid(imageId: number, fields: readonly string[]): WhoDidIt | undefined {
    return this.#whoDid.get({ imageId, fields: JSON.stringify(fields) })
  }

  /** The act that a field has its value from: the newest one that was not taken back. */
  holderOf({ imageId, field, checkCode }: DecisionRow): ActId | undefined {
    return this.#holder.get({ imageId, field, checkCode })?.actId
  }

  changes(of: { actId: ActId; imageId: number | null; limit: number }): DecisionRow[] {
    return this.#changes.all(of).map(toDecision)
  }
}
