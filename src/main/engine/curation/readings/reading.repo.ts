import * as z from 'zod'
import { imageId, timestamp } from '#shared/contract/base.contract.ts'
import { actId, type ActId } from '#shared/contract/decision.contract.ts'
import {
  readingId,
  settlementChoice,
  type ReadingId,
  type ReadingImage,
  type SettlementChoice,
} from '#shared/contract/reading.contract.ts'
import type { Task } from '#shared/domain/tasks.ts'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { HeldRows } from '#engine/base/db/held-rows.ts'
import { booleanColumn, createRowDecoder, decodeCount, jsonColumn } from '#engine/base/db/row-decoder.ts'
import type { ReadPair } from '#engine/curation/readings/domain/compare-readers.ts'

const decodeReading = createRowDecoder({
  id: readingId,
  checkId: z.int(),
  seed: z.int(),
  actor: z.string(),
  createdAt: timestamp,
  finishedAt: timestamp.nullable(),
  images: z.int(),
  answered: z.int(),
})
export type ReadingRow = ReturnType<typeof decodeReading>

const decodeValue = createRowDecoder({ value: z.string().nullable() })
const decodeId = createRowDecoder({ imageId })
const decodeItem = createRowDecoder({
  imageId,
  isAnswered: booleanColumn,
  file: z.string(),
  race: z.string().nullable(),
  gender: z.string().nullable(),
  age: z.string().nullable(),
})
const decodeDecided = createRowDecoder({
  imageId: z.int(),
  race: z.string().nullable(),
  status: z.string(),
  state: z.string().nullable(),
  field: z.enum(['status', 'review', 'race', 'gender', 'age']),
  toValue: z.string().nullable(),
  actor: z.string(),
})
/** The newest decision that somebody made about an image in a queue. */
export type DecidedRow = ReturnType<typeof decodeDecided>

const decodePair = createRowDecoder({
  imageId: z.int(),
  race: z.string().nullable(),
  firstAnswer: z.string(),
  firstActor: z.string(),
  answer: z.string(),
})

const decodeSettlement = createRowDecoder({
  imageId: z.int(),
  choice: settlementChoice,
  answer: z.string().nullable(),
  acts: jsonColumn(z.array(actId)),
  actor: z.string(),
  at: timestamp,
})
type SettlementRow = ReturnType<typeof decodeSettlement>

export interface NewSettlement {
  readonly readingId: ReadingId
  readonly imageId: number
  readonly choice: SettlementChoice
  readonly answer: string | null
  readonly acts: readonly ActId[]
  readonly actor: string
  readonly at: string
}

export interface NewReadingItem {
  readonly imageId: number
  readonly race: string | null
  readonly firstAnswer: string
  readonly firstActor: string
}

const importedLabel = (task: Task): string => `(SELECT value FROM label_event l
           WHERE l.image_id = item.image_id AND l.task = '${task}' AND l.source = 'import'
           ORDER BY l.at DESC, l.id LIMIT 1) AS ${task}`

const columns = `reading.*,
       (SELECT count(*) FROM reading_item WHERE reading_id = reading.id) AS images,
       (SELECT count(*) FROM reading_answer WHERE reading_id = reading.id) AS answered`

/** Second readings and their answers. */
export class ReadingRepo {
  readonly held: HeldRows
  readonly #db: Db
  readonly #insert: Command
  readonly #insertItem: Command
  readonly #insertAnswer: Command
  readonly #finish: Command
  readonly #all: Query<ReadingRow>
  readonly #one: Query<ReadingRow>
  readonly #open: Query<{ imageId: z.infer<typeof imageId> }>
  readonly #items: Query<ReturnType<typeof decodeItem>>
  readonly #hasItem: Query<number>
  readonly #pairs: Query<ReturnType<typeof decodePair>>
  readonly #decided: Query<DecidedRow>
  readonly #imported: Query<{ value: string | null }>
  readonly #readingsOf: Query<number>
  readonly #settlements: Query<SettlementRow>
  readonly #insertSettlement: Command

  constructor(db: Db) {
    this.held = new HeldRows(db, [
      { table: 'reading_settlement', within: 'reading_id IN (SELECT id FROM reading)' },
      { table: 'reading_answer', within: 'reading_id IN (SELECT id FROM reading)' },
      { table: 'reading_item', within: 'reading_id IN (SELECT id FROM reading)', isBuiltOn: true },
    ])
    this.#db = db
    this.#insert = db.prepareCommand(
      'INSERT INTO reading (check_id, seed, actor, created_at) VALUES (:checkCode, :seed, :actor, :at)',
    )
    this.#insertItem = db.prepareCommand(
      `INSERT INTO reading_item (reading_id, position, image_id, race, first_answer, first_actor)
       VALUES (:readingId, :position, :imageId, :race, :firstAnswer, :firstActor)`,
    )
    this.#insertAnswer = db.prepareCommand(
      'INSERT INTO reading_answer (reading_id, image_id, answer, at) VALUES (:readingId, :imageId, :answer, :at)',
    )
    this.#finish = db.prepareCommand(
      'UPDATE reading SET finished_at = :at WHERE id = :readingId AND finished_at IS NULL',
    )
    this.#all = db.prepareQuery(`SELECT ${columns} FROM reading ORDER BY id DESC`, decodeReading)
    this.#one = db.prepareQuery(`SELECT ${columns} FROM reading WHERE id = :readingId`, decodeReading)
    this.#open = db.prepareQuery(
      `SELECT image_id FROM reading_item item
       WHERE reading_id = :readingId AND NOT EXISTS (
         SELECT 1 FROM reading_answer a WHERE a.reading_id = item.reading_id AND a.image_id = item.image_id)
       ORDER BY position LIMIT :limit`,
      decodeId,
    )
    this.#items = db.prepareQuery(
      `SELECT item.image_id, a.image_id IS NOT NULL AS is_answered, dataset.name || '/' || image.path AS file,
         ${importedLabel('race')}, ${importedLabel('gender')}, ${importedLabel('age')}
       FROM reading_item item
       JOIN image ON image.id = item.image_id
       JOIN dataset ON dataset.id = image.dataset_id
       LEFT JOIN reading_answer a ON a.reading_id = item.reading_id AND a.image_id = item.image_id
       WHERE item.reading_id = :readingId ORDER BY item.position`,
      decodeItem,
    )
    this.#hasItem = db.prepareQuery(
      'SELECT count(*) AS count FROM reading_item WHERE reading_id = :readingId AND image_id = :imageId',
      decodeCount,
    )
    this.#pairs = db.prepareQuery(
      `SELECT item.image_id, item.race, item.first_answer, item.first_actor, a.answer
       FROM reading_item item
       JOIN reading_answer a ON a.reading_id = item.reading_id AND a.image_id = item.image_id
       WHERE item.reading_id = :readingId ORDER BY item.position`,
      decodePair,
    )
    this.#settlements = db.prepareQuery(
      `SELECT image_id, choice, answer, acts, actor, at FROM reading_settlement s
       WHERE reading_id = :readingId AND id = (
         SELECT max(id) FROM reading_settlement newest
         WHERE newest.reading_id = s.reading_id AND newest.image_id = s.image_id)`,
      decodeSettlement,
    )
    this.#insertSettlement = db.prepareCommand(
      `INSERT INTO reading_settlement (reading_id, image_id, choice, answer, acts, actor, at)
       VALUES (:readingId, :imageId, :choice, :answer, :acts, :actor, :at)`,
    )
    this.#readingsOf = db.prepareQuery(
      `SELECT id AS count FROM reading WHERE EXISTS (
         SELECT 1 FROM reading_item item
         WHERE item.reading_id = reading.id AND item.image_id IN (SELECT value FROM json_each(:ids)))
       ORDER BY id`,
      decodeCount,
    )
    this.#imported = db.prepareQuery(
      `SELECT value FROM label_event
       WHERE image_id = :imageId AND task = :task AND source = 'import' ORDER BY at DESC, id LIMIT 1`,
      decodeValue,
    )
    // Of each image the newest label or status decision made in the queue; a mere review where there is none.
    this.#decided = db.prepareQuery(
      `SELECT image.id AS image_id, image.race, image.status, review.state, made.field, made.new_value AS to_value,
              act.actor
       FROM check_score s
       JOIN image ON image.id = s.image_id
       LEFT JOIN review ON review.image_id = s.image_id AND review.check_id = s.check_id
       JOIN decision made ON made.id = (
         SELECT d.id FROM decision d
         WHERE d.image_id = s.image_id AND d.check_id = s.check_id AND d.field <> 'suspect'
         ORDER BY d.act_id DESC, d.field = 'review', d.id DESC LIMIT 1)
       JOIN act ON act.id = made.act_id
       WHERE s.check_id = :checkCode AND s.is_flagged = 1
         AND (review.state IS NOT NULL OR image.status = 'removed')
       ORDER BY image.id`,
      decodeDecided,
    )
  }

  /** The readings that any of these images is part of. */
  readingsOf(imageIds: readonly number[]): number[] {
    return this.#readingsOf.all({ ids: JSON.stringify(imageIds) })
  }

  /** The label that readers are shown; null where none came with the image. */
  imported(image: number, task: Task): string | null {
    return this.#imported.get({ imageId: image, task })?.value ?? null
  }

  /** Every image of a queue that is decided in it. */
  decided(checkCode: number): DecidedRow[] {
    return this.#decided.all({ checkCode })
  }

  insert(
    reading: { checkCode: number; seed: number; actor: string; at: string },
    items: readonly NewReadingItem[],
  ): ReadingId {
    return this.#db.transact(() => {
      const id = readingId.parse(this.#insert.run(reading).lastId)
      for (const [position, item] of items.entries())
        this.#insertItem.run({ readingId: id, position, ...item })
      return id
    })
  }

  list(): ReadingRow[] {
    return this.#all.all()
  }

  find(id: ReadingId): ReadingRow | undefined {
    return this.#one.get({ readingId: id })
  }

  open(id: ReadingId, limit: number): z.infer<typeof imageId>[] {
    return this.#open.all({ readingId: id, limit }).map((row) => row.imageId)
  }

  listImages(id: ReadingId): ReadingImage[] {
    const rows = this.#items.all({ readingId: id })
    return rows.map(({ race, gender, age, ...item }) => ({ ...item, imported: { race, gender, age } }))
  }

  holds(id: ReadingId, image: number): boolean {
    return this.#hasItem.get({ readingId: id, imageId: image }) === 1
  }

  answer(given: { readingId: ReadingId; imageId: number; answer: string; at: string }): void {
    this.#insertAnswer.run(given)
  }

  finish(id: ReadingId, at: string): void {
    this.#finish.run({ readingId: id, at })
  }

  settle({ acts, ...settlement }: NewSettlement): void {
    this.#insertSettlement.run({ ...settlement, acts: JSON.stringify(acts) })
  }

  /** Of each image of the reading what was settled last. */
  settlements(id: ReadingId): SettlementRow[] {
    return this.#settlements.all({ readingId: id })
  }

  pairs(id: ReadingId): ReadPair[] {
    return this.#pairs.all({ readingId: id }).map(({ firstAnswer, answer, ...pair }) => ({
      ...pair,
      first: firstAnswer,
      second: answer,
    }))
  }
}
