import * as z from 'zod'
import { timestamp } from '#shared/contract/base.contract.ts'
import { actId, type ActId } from '#shared/contract/decision.contract.ts'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { booleanColumn, createRowDecoder } from '#engine/base/db/row-decoder.ts'

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

export interface NewAct {
  readonly kind: ActRow['kind']
  readonly title: string
  readonly actor: string
  readonly at: string
  readonly checkCode: number | null
  readonly originActId: ActId | null
}

/** The newest undo or redo of an act tells whether it holds. */
export const isUndone = `coalesce((
         SELECT toggle.kind = 'undo' FROM act toggle
         WHERE toggle.origin_act_id = act.id AND toggle.is_complete = 1 ORDER BY toggle.id DESC LIMIT 1), 0)`
const columns = `act.id, act.kind, act.title, act.actor, act.at, act.check_id, act.origin_act_id, act.images,
       act.conflicts, act.is_complete, ${isUndone} AS is_undone`

/** Acts: only ever added to. Which act undo or redo is about follows from the rows alone. */
export class ActRepo {
  readonly #insert: Command
  readonly #complete: Command
  readonly #chain: Command
  readonly #nextUnchained: Query<ActRow>
  readonly #chained: Query<ChainedActRow>
  readonly #unfinished: Query<{ id: ActId }>
  readonly #find: Query<ActRow>
  readonly #undoneOf: Query<{ id: ActId }>
  readonly #nextUndo: Query<ActRow>
  readonly #nextRedo: Query<ActRow>
  readonly #newestOf: Query<{ id: ActId }>
  readonly #page: Query<ActRow>
  readonly #pageOfImage: Query<ActRow>
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
    this.#ofQueue = db.prepareQuery(
      `SELECT ${columns} FROM act
       WHERE check_id = :checkCode AND kind = 'decide' AND is_complete = 1 ORDER BY id DESC LIMIT :limit`,
      decodeAct,
    )
  }

  insert(act: NewAct): ActId {
    return actId.parse(this.#insert.run({ ...act }).lastId)
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

  /** A page of acts, newest first; only those that changed `imageId`, where it is given. */
  page({ imageId, ...page }: { before: number; limit: number; imageId: number | null }): ActRow[] {
    return imageId === null ? this.#page.all(page) : this.#pageOfImage.all({ ...page, imageId })
  }

  /** The newest acts made in a queue. */
  ofQueue(checkCode: number, limit: number): ActRow[] {
    return this.#ofQueue.all({ checkCode, limit })
  }
}
