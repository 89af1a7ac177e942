import * as z from 'zod'
import { timestamp } from '#shared/contract/base.contract.ts'
import { actId, decisionChange, type ActId } from '#shared/contract/decision.contract.ts'
import { nextNumber } from '#engine/base/db/next-number.ts'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { booleanColumn, createRowDecoder } from '#engine/base/db/row-decoder.ts'
import type { FieldChange } from '#engine/curation/decisions/domain/plan-decision.ts'
import { fromHex, type DecisionSeal } from './decision-seal.ts'

const decodeAct = createRowDecoder({
  id: actId,
  kind: z.enum(['decide', 'import', 'undo', 'redo']),
  title: z.string(),
  actor: z.string(),
  at: timestamp,
  checkId: z.int().nullable(),
  originActId: actId.nullable(),
  images: z.int(),
  conflicts: z.int(),
  isComplete: booleanColumn,
  isUndone: booleanColumn,
})
export type ActRow = ReturnType<typeof decodeAct>

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

const decodeChained = createRowDecoder({
  id: actId,
  kind: z.string(),
  title: z.string(),
  actor: z.string(),
  at: z.string(),
  checkId: z.int().nullable(),
  originActId: actId.nullable(),
  images: z.int(),
  conflicts: z.int(),
  position: z.int(),
  previous: z.string(),
  decisions: z.int(),
  decisionsHash: z.string(),
  hash: z.string(),
})
export type ChainedActRow = ReturnType<typeof decodeChained>
type LedgerLine = Pick<ChainedActRow, 'position' | 'previous' | 'decisions' | 'decisionsHash' | 'hash'>
const decodeId = createRowDecoder({ id: actId })
const decodeNumber = createRowDecoder({ next: z.int() })
const decodeImages = createRowDecoder({ images: z.int() })
const decodeImageId = createRowDecoder({ imageId: z.int() })
const decodeHolder = createRowDecoder({ actId })
const decodeWho = createRowDecoder({ title: z.string(), actor: z.string(), at: timestamp })
export type WhoDidIt = ReturnType<typeof decodeWho>

export interface NewAct {
  readonly kind: ActRow['kind']
  readonly title: string
  readonly actor: string
  readonly at: string
  readonly checkCode: number | null
  readonly originActId: ActId | null
}

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

/** The newest undo or redo of an act tells whether it holds. */
const isUndone = `coalesce((
         SELECT toggle.kind = 'undo' FROM act toggle
         WHERE toggle.origin_act_id = act.id AND toggle.is_complete = 1 ORDER BY toggle.id DESC LIMIT 1), 0)`
const columns = `act.id, act.kind, act.title, act.actor, act.at, act.check_id, act.origin_act_id, act.images,
       act.conflicts, act.is_complete, ${isUndone} AS is_undone`

/** Acts and their decisions: only ever added to. Which act undo or redo is about follows from the rows alone. */
export class ActRepo {
  readonly #insert: Command
  readonly #complete: Command
  readonly #nextDecision: Query<{ next: number }>
  readonly #insertDecision: Command
  readonly #sealDecision: Command
  readonly #chain: Command
  readonly #nextUnchained: Query<ActRow>
  readonly #countImages: Query<{ images: number }>
  readonly #chained: Query<ChainedActRow>
  readonly #sealedDecisions: Query<ReturnType<typeof decodeSealed>>
  readonly #unfinished: Query<{ id: ActId }>
  readonly #find: Query<ActRow>
  readonly #undoneOf: Query<{ id: ActId }>
  readonly #nextUndo: Query<ActRow>
  readonly #nextRedo: Query<ActRow>
  readonly #newestOf: Query<{ id: ActId }>
  readonly #imagesOf: Query<{ imageId: number }>
  readonly #decisionsOf: Query<ReturnType<typeof decodeMade>>
  readonly #whoDid: Query<WhoDidIt>
  readonly #holder: Query<{ actId: ActId }>
  readonly #page: Query<ActRow>
  readonly #pageOfImage: Query<ActRow>
  readonly #changes: Query<ReturnType<typeof decodeDecision>>
  readonly #ofQueue: Query<ActRow>

  constructor(db: Db) {
    this.#insert = db.prepareCommand(
      `INSERT INTO act (kind, title, actor, at, check_id, origin_act_id)
       VALUES (:kind, :title, :actor, :at, :checkCode, :originActId)`,
    )
    this.#complete = db.prepareCommand(
      `UPDATE act SET title = :title, images = :images, conflicts = :conflicts, is_complete = 1, position = :position,
         previous = :previous, decisions = :decisions, decisions_hash = :decisionsHash, hash = :hash
       WHERE id = :actId`,
    )
    this.#countImages = db.prepareQuery(
      'SELECT count(DISTINCT image_id) AS images FROM decision WHERE act_id = :actId',
      decodeImages,
    )
    this.#nextDecision = db.prepareQuery(`SELECT ${nextNumber('decision')} AS next`, decodeNumber)
    this.#insertDecision = db.prepareCommand(
      `INSERT INTO decision (id, act_id, image_id, field, check_id, old_value, new_value, reason, note, salt, sealed)
       VALUES (:id, :actId, :imageId, :field, :checkCode, :from, :to, :reason, :note, :salt, :sealed)`,
    )
    this.#sealDecision = db.prepareCommand(
      'UPDATE decision SET salt = :salt, sealed = :sealed WHERE id = :decisionId',
    )
    this.#chain = db.prepareCommand(
      `UPDATE act SET position = :position, previous = :previous, decisions = :decisions,
         decisions_hash = :decisionsHash, hash = :hash
       WHERE id = :actId`,
    )
    this.#nextUnchained = db.prepareQuery(
      `SELECT ${columns} FROM act WHERE is_complete = 1 AND position IS NULL ORDER BY id LIMIT 1`,
      decodeAct,
    )
    this.#chained = db.prepareQuery(
      'SELECT * FROM act WHERE position > :after ORDER BY position LIMIT :limit',
      decodeChained,
    )
    this.#sealedDecisions = db.prepareQuery(
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
    this.#unfinished = db.prepareQuery('SELECT id FROM act WHERE is_complete = 0', decodeId)
    this.#find = db.prepareQuery(`SELECT ${columns} FROM act WHERE id = :actId`, decodeAct)
    this.#undoneOf = db.prepareQuery(
      `SELECT id FROM act WHERE id IN (SELECT value FROM json_each(:ids)) AND ${isUndone} = 1`,
      decodeId,
    )
    this.#nextUndo = db.prepareQuery(
      `SELECT ${columns} FROM act
       WHERE actor = :actor AND kind IN ('decide', 'import') AND is_complete = 1 AND ${isUndone} = 0
       ORDER BY id DESC LIMIT 1`,
      decodeAct,
    )
    this.#nextRedo = db.prepareQuery(
      `SELECT ${columns}
       FROM act undo JOIN act ON act.id = undo.origin_act_id
       WHERE undo.actor = :actor AND undo.kind = 'undo' AND undo.is_complete = 1
         AND undo.id > coalesce((
           SELECT max(id) FROM act WHERE actor = :actor AND kind IN ('decide', 'import')), 0)
         AND NOT EXISTS (SELECT 1 FROM act later WHERE later.origin_act_id = act.id AND later.id > undo.id)
       ORDER BY undo.id DESC LIMIT 1`,
      decodeAct,
    )
    this.#newestOf = db.prepareQuery(
      `SELECT id FROM act WHERE (id = :actId OR origin_act_id = :actId) AND is_complete = 1 ORDER BY id DESC LIMIT 1`,
      decodeId,
    )
    this.#imagesOf = db.prepareQuery(
      `SELECT DISTINCT image_id FROM decision
       WHERE act_id = :actId AND image_id > :after ORDER BY image_id LIMIT :limit`,
      decodeImageId,
    )
    this.#decisionsOf = db.prepareQuery(
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
    this.#page = db.prepareQuery(
      `SELECT ${columns} FROM act WHERE is_complete = 1 AND id < :before ORDER BY id DESC LIMIT :limit`,
      decodeAct,
    )
    this.#pageOfImage = db.prepareQuery(
      `SELECT ${columns} FROM act
       WHERE is_complete = 1 AND id < :before AND id IN (SELECT act_id FROM decision WHERE image_id = :imageId)
       ORDER BY id DESC LIMIT :limit`,
      decodeAct,
    )
    this.#changes = db.prepareQuery(
      `SELECT * FROM decision
       WHERE act_id = :actId AND (:imageId IS NULL OR image_id = :imageId) ORDER BY image_id, id LIMIT :limit`,
      decodeDecision,
    )
    this.#ofQueue = db.prepareQuery(
      `SELECT ${columns} FROM act
       WHERE check_id = :checkCode AND kind = 'decide' AND is_complete = 1 ORDER BY id DESC LIMIT :limit`,
      decodeAct,
    )
  }

  insert(act: NewAct): ActId {
    return actId.parse(this.#insert.run({ ...act }).lastId)
  }

  /** The number of the next decision; those after it follow as long as nothing else is written. */
  nextDecision(): number {
    return this.#nextDecision.get()?.next ?? 1
  }

  insertDecision(row: { readonly id: number; readonly actId: ActId } & FieldChange & DecisionSeal): void {
    const { id, actId: act, imageId, field, checkCode, from, to, reason, note } = row
    const [salt, sealed] = [fromHex(row.salt), fromHex(row.sealed)]
    this.#insertDecision.run({
      id,
      actId: act,
      imageId,
      field,
      checkCode,
      from,
      to,
      reason,
      note,
      salt,
      sealed,
    })
  }

  /** Seals a decision that an older version wrote. */
  sealDecision(decisionId: number, { salt, sealed }: DecisionSeal): void {
    this.#sealDecision.run({ decisionId, salt: fromHex(salt), sealed: fromHex(sealed) })
  }

  /** Puts an act that an older version completed into the ledger. */
  chain(act: number, line: LedgerLine): void {
    this.#chain.run({ actId: act, ...line })
  }

  /** The oldest complete act outside the ledger. */
  nextUnchained(): ActRow | undefined {
    return this.#nextUnchained.get()
  }

  /** A page of the ledger. */
  chained(page: { after: number; limit: number }): ChainedActRow[] {
    return this.#chained.all(page)
  }

  /** A page of an act's decisions with their seals, in the order of their ids. */
  sealedDecisions(page: { actId: number; after: number; limit: number }): SealedDecisionRow[] {
    return this.#sealedDecisions.all(page).map(({ salt, sealed, isErased, hasTombstone, ...row }) => {
      return { ...toDecision(row), salt, sealed, isErased, hasTombstone }
    })
  }

  /** Completes an act and puts it into the ledger; nothing of it changes any more. */
  complete(
    act: number,
    { title, images, conflicts, ...line }: Pick<ActRow, 'title' | 'images' | 'conflicts'> & LedgerLine,
  ): void {
    const { position, previous, decisions, decisionsHash, hash } = line
    this.#complete.run({
      actId: act,
      title,
      images,
      conflicts,
      position,
      previous,
      decisions,
      decisionsHash,
      hash,
    })
  }

  /** Images that an act has decisions about. */
  countImages(act: number): number {
    return this.#countImages.get({ actId: act })?.images ?? 0
  }

  /** Acts that the end of an earlier process cut off. */
  unfinished(): ActId[] {
    return this.#unfinished.all().map(({ id }) => id)
  }

  find(id: number): ActRow | undefined {
    return this.#find.get({ actId: id })
  }

  /** Those of these acts that are taken back. */
  undoneOf(ids: readonly ActId[]): ActId[] {
    return this.#undoneOf.all({ ids: JSON.stringify(ids) }).map(({ id }) => id)
  }

  nextUndo(actor: string): ActRow | undefined {
    return this.#nextUndo.get({ actor })
  }

  nextRedo(actor: string): ActRow | undefined {
    return this.#nextRedo.get({ actor })
  }

  /** The act itself, or the undo or redo that last took it back or brought it back. */
  newestOf(origin: ActId): ActId {
    return this.#newestOf.get({ actId: origin })?.id ?? origin
  }

  /** A page of the images that an act changed, in the order of their ids. */
  imagesOf(page: { actId: ActId; after: number; limit: number }): number[] {
    return this.#imagesOf.all(page).map(({ imageId }) => imageId)
  }

  /** What an act changed of these images, newest first. */
  decisionsOf(id: ActId, imageIds: readonly number[]): MadeDecision[] {
    return this.#decisionsOf
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

  /** A page of acts, newest first; only those that changed `imageId`, where it is given. */
  page({ imageId, ...page }: { before: number; limit: number; imageId: number | null }): ActRow[] {
    return imageId === null ? this.#page.all(page) : this.#pageOfImage.all({ ...page, imageId })
  }

  changes(of: { actId: ActId; imageId: number | null; limit: number }): DecisionRow[] {
    return this.#changes.all(of).map(toDecision)
  }

  /** The newest acts made in a queue. */
  ofQueue(checkCode: number, limit: number): ActRow[] {
    return this.#ofQueue.all({ checkCode, limit })
  }
}
