import * as z from 'zod'
import { imageId, sha256, timestamp } from '#shared/contract/base.contract.ts'
import { baseline, baselineId, baselineKind, type BaselineId } from '#shared/contract/baseline.contract.ts'
import { labelSchemeNames } from '#shared/domain/label-schemes.ts'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { HeldRows } from '#engine/base/db/held-rows.ts'
import { booleanColumn, createRowDecoder, decodeCount, jsonColumn } from '#engine/base/db/row-decoder.ts'
import type { SystemAnswer } from './domain/answer.ts'

const counted = baseline.pick({
  rows: true,
  matched: true,
  duplicates: true,
  undetected: true,
  notAsked: true,
  severalFaces: true,
  unreadAges: true,
  mapping: true,
  unmatched: true,
  tasks: true,
})
/** `jobId` is of the job that asked a network; null for answers that were taken in. */
const record = counted.extend({ jobId: z.int().nullable().default(null) })
export type BaselineRecord = z.infer<typeof record>

const columns = {
  id: baselineId,
  name: z.string(),
  kind: baselineKind,
  source: z.string(),
  sourceSha256: sha256,
  createdAt: timestamp,
  sha256,
  answers: z.int(),
  answersSha256: sha256,
}
const decodeBaseline = createRowDecoder({ ...columns, record: jsonColumn(record) })
export type BaselineRow = ReturnType<typeof decodeBaseline>
/** The record as it was written: what a schema makes of it is not what was hashed. */
const decodeSealed = createRowDecoder({ ...columns, record: z.string() })
export type SealedBaseline = ReturnType<typeof decodeSealed>

const decodeAnswer = createRowDecoder({
  imageId,
  outcome: z.enum(['answered', 'undetected', 'notAsked']),
  race: z.string().nullable(),
  gender: z.string().nullable(),
  age: z.string().nullable(),
})
export type StoredAnswer = ReturnType<typeof decodeAnswer>

const decodeAnswered = createRowDecoder({
  imageId,
  outcome: z.enum(['answered', 'undetected', 'notAsked']),
  race: z.string().nullable(),
  gender: z.string().nullable(),
  age: z.string().nullable(),
  scheme: z.enum(labelSchemeNames),
  labelledRace: z.string().nullable(),
  labelledGender: z.string().nullable(),
  labelledBin: z.string().nullable(),
  labelledYears: z.number().nullable(),
  fileSha256: z.string(),
  pixelSha256: sha256,
  identity: z.int().nullable(),
  person: z.int().nullable(),
  isRemoved: booleanColumn,
})
/** An answer with the image that it is about, as the catalogue has it now. */
export type AnsweredImage = ReturnType<typeof decodeAnswered>

/** An image that a network is asked about, and where its file lies. */
const decodeAsked = createRowDecoder({
  imageId: z.int(),
  path: z.string(),
  fileSha256: sha256,
  rootPath: z.string(),
  isInsideProject: booleanColumn,
})
export type AskedPage = ReturnType<typeof decodeAsked>

/** Which images: null stands for all. */
export interface AskedImages {
  readonly datasetId: number | null
  readonly splitId: number | null
  readonly part: string | null
}

const asked = `FROM image i JOIN dataset d ON d.id = i.dataset_id JOIN root r ON r.id = d.root_id
       WHERE i.status <> 'removed' AND (:datasetId IS NULL OR i.dataset_id = :datasetId)
         AND (:splitId IS NULL OR EXISTS (
           SELECT 1 FROM split_member m WHERE m.split_id = :splitId AND m.image_id = i.id
             AND (:part IS NULL OR m.part = :part)))`

export interface NewBaseline {
  readonly name: string
  readonly kind: string
  readonly source: string
  readonly sourceSha256: string
  /** JSON. */
  readonly record: string
  readonly createdAt: string
  readonly sha256: string
  readonly answersSha256: string
}

type NewAnswer = Pick<SystemAnswer, 'outcome' | 'race' | 'gender' | 'age'> & { readonly imageId: number }

export class BaselineRepo {
  readonly held: HeldRows
  readonly #db: Db
  readonly #insert: Command
  readonly #insertAnswer: Command
  readonly #list: Query<BaselineRow>
  readonly #find: Query<BaselineRow>
  readonly #sealed: Query<SealedBaseline>
  readonly #answers: Query<StoredAnswer>
  readonly #answered: Query<AnsweredImage>
  readonly #schemes: Query<{ imageId: number; scheme: (typeof labelSchemeNames)[number] }>
  readonly #namesOf: Query<{ name: string }>
  readonly #reseal: Command
  readonly #asked: Query<AskedPage>
  readonly #countAsked: Query<number>
  readonly #byJob: Query<BaselineRow>

  constructor(db: Db) {
    this.#db = db
    this.held = new HeldRows(db, [{ table: 'baseline_answer', isBuiltOn: true }])
    this.#insert = db.prepareCommand(
      `INSERT INTO baseline (name, kind, source, source_sha256, record, created_at, sha256, answers, answers_sha256)
       VALUES (:name, :kind, :source, :sourceSha256, :record, :createdAt, :sha256, :answers, :answersSha256)`,
    )
    this.#insertAnswer = db.prepareCommand(
      `INSERT INTO baseline_answer (baseline_id, image_id, outcome, race, gender, age)
       VALUES (:baselineId, :imageId, :outcome, :race, :gender, :age)`,
    )
    this.#list = db.prepareQuery('SELECT * FROM baseline ORDER BY id DESC', decodeBaseline)
    this.#find = db.prepareQuery('SELECT * FROM baseline WHERE id = :baselineId', decodeBaseline)
    this.#sealed = db.prepareQuery('SELECT * FROM baseline ORDER BY id', decodeSealed)
    this.#answers = db.prepareQuery(
      `SELECT image_id, outcome, race, gender, age FROM baseline_answer
       WHERE baseline_id = :baselineId AND image_id > :after ORDER BY image_id LIMIT :limit`,
      decodeAnswer,
    )
    this.#answered = db.prepareQuery(
      `SELECT a.image_id, a.outcome, a.race, a.gender, a.age, d.label_scheme AS scheme,
              i.race AS labelled_race, i.gender AS labelled_gender, i.age_bin AS labelled_bin,
              i.age_years AS labelled_years, i.file_sha256, i.pixel_sha256, i.identity_id AS identity,
              p.person_id AS person, i.status = 'removed' AS is_removed
       FROM baseline_answer a JOIN image i ON i.id = a.image_id JOIN dataset d ON d.id = i.dataset_id
       LEFT JOIN image_person p ON p.image_id = i.id
       WHERE a.baseline_id = :baselineId AND a.image_id > :after ORDER BY a.image_id LIMIT :limit`,
      decodeAnswered,
    )
    this.#schemes = db.prepareQuery(
      `SELECT i.id AS image_id, d.label_scheme AS scheme FROM image i JOIN dataset d ON d.id = i.dataset_id
       WHERE i.id IN (SELECT value FROM json_each(:ids))`,
      createRowDecoder({ imageId: z.int(), scheme: z.enum(labelSchemeNames) }),
    )
    this.#namesOf = db.prepareQuery(
      `SELECT b.name FROM baseline b WHERE EXISTS (
         SELECT 1 FROM baseline_answer a
         WHERE a.baseline_id = b.id AND a.image_id IN (SELECT value FROM json_each(:ids)))
       ORDER BY b.id`,
      createRowDecoder({ name: z.string() }),
    )
    this.#reseal = db.prepareCommand(
      'UPDATE baseline SET answers = :answers, answers_sha256 = :answersSha256 WHERE id = :baselineId',
    )
    this.#asked = db.prepareQuery(
      `SELECT i.id AS image_id, i.path, i.file_sha256, r.path AS root_path, r.is_inside_project
       ${asked} AND i.id > :after ORDER BY i.id LIMIT :limit`,
      decodeAsked,
    )
    this.#countAsked = db.prepareQuery(`SELECT count(*) AS count ${asked}`, decodeCount)
    this.#byJob = db.prepareQuery(
      "SELECT * FROM baseline WHERE json_extract(record, '$.jobId') = :jobId",
      decodeBaseline,
    )
  }

  /** Stores a baseline with all its answers, or nothing. */
  insert(row: NewBaseline, answers: readonly NewAnswer[]): BaselineId {
    return this.#db.transact(() => {
      const id = baselineId.parse(this.#insert.run({ ...row, answers: answers.length }).lastId)
      for (const { imageId: image, outcome, race, gender, age } of answers)
        this.#insertAnswer.run({ baselineId: id, imageId: image, outcome, race, gender, age })
      return id
    })
  }

  /** Newest first. */
  list(): BaselineRow[] {
    return this.#list.all()
  }

  find(id: BaselineId): BaselineRow | undefined {
    return this.#find.get({ baselineId: id })
  }

  /** What a job that asked a network stored, if it came so far. */
  findByJob(jobId: number): BaselineRow | undefined {
    return this.#byJob.get({ jobId })
  }

  /** Images that are not removed, by their ids. */
  listAsked({ datasetId, splitId, part, after, limit }: AskedImages & { after: number; limit: number }) {
    return this.#asked.all({ datasetId, splitId, part, after, limit })
  }

  countAsked({ datasetId, splitId, part }: AskedImages): number {
    return this.#countAsked.get({ datasetId, splitId, part }) ?? 0
  }

  /** Oldest first. */
  listSealed(): SealedBaseline[] {
    return this.#sealed.all()
  }

  answers(page: { baselineId: number; after: number; limit: number }): StoredAnswer[] {
    return this.#answers.all(page)
  }

  answered(page: { baselineId: number; after: number; limit: number }): AnsweredImage[] {
    return this.#answered.all(page)
  }

  /** The label scheme of each image's data set. */
  schemes(imageIds: readonly number[]) {
    return this.#schemes.all({ ids: JSON.stringify(imageIds) })
  }

  /** Of baselines with an answer about some of the images, oldest first. */
  namesOf(imageIds: readonly number[]): string[] {
    return this.#namesOf.all({ ids: JSON.stringify(imageIds) }).map(({ name }) => name)
  }

  reseal(id: number, sealed: { answers: number; answersSha256: string }): void {
    this.#reseal.run({ baselineId: id, ...sealed })
  }
}
