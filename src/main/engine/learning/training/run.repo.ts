import * as z from 'zod'
import {
  crossvalId,
  jobId,
  modelId,
  runId,
  sha256,
  splitId,
  timestamp,
} from '#shared/contract/base.contract.ts'
import type { CrossvalId, JobId, RunId } from '#shared/contract/base.contract.ts'
import {
  dataSnapshot,
  epochRecord,
  freedCheckpoints,
  runDetail,
  sanityChecks,
} from '#shared/contract/run.contract.ts'
import { sweepId, type SweepId } from '#shared/contract/sweep.contract.ts'
import { storedTrainConfig } from '#shared/contract/train-config.contract.ts'
import type {
  DataSnapshot,
  EpochRecord,
  FreedCheckpoints,
  RunDetail,
  SanityChecks,
} from '#shared/contract/run.contract.ts'
import type { TrainConfig } from '#shared/contract/train-config.contract.ts'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { booleanColumn, createRowDecoder, jsonColumn } from '#engine/base/db/row-decoder.ts'
import type { ImageUse } from '#engine/base/holders/image-holder.ts'

const decodeRun = createRowDecoder({
  id: runId,
  name: z.string(),
  splitId,
  splitHash: sha256,
  /** Of a fold's run: the job of its cross-validation. */
  jobId: jobId.nullable(),
  config: jsonColumn(storedTrainConfig),
  configHash: sha256,
  labels: jsonColumn(runDetail.shape.labels),
  counts: jsonColumn(runDetail.shape.counts),
  engine: z.string(),
  device: z.string(),
  notes: jsonColumn(z.array(z.string())),
  sanity: jsonColumn(sanityChecks).nullable(),
  modelId: modelId.nullable(),
  userNotes: z.string(),
  tags: jsonColumn(z.array(z.string())),
  archived: booleanColumn,
  freed: jsonColumn(freedCheckpoints).nullable(),
  sweepId: sweepId.nullable(),
  crossvalId: crossvalId.nullable(),
  fold: z.int().nullable(),
  data: jsonColumn(dataSnapshot).nullable(),
  codeVersion: z.string().nullable(),
  createdAt: timestamp,
})
export type RunRow = ReturnType<typeof decodeRun>

const decodeStep = createRowDecoder({ step: z.int(), epoch: z.number(), loss: z.number() })
export type RunStep = ReturnType<typeof decodeStep>

const decodeRunJob = createRowDecoder({ runId, jobId })
type RunJob = ReturnType<typeof decodeRunJob>

const decodeEpoch = createRowDecoder({ runId, record: jsonColumn(epochRecord) })

const decodeUse = createRowDecoder({
  id: z.int(),
  name: z.string(),
  learned: z.int(),
  measured: z.int(),
  learnedModelId: z.int().nullable(),
  model: z.string().nullable(),
})

export interface NewRun {
  readonly name: string
  readonly splitHash: string
  readonly config: TrainConfig
  readonly configHash: string
  readonly labels: RunDetail['labels']
  readonly counts: RunDetail['counts']
  readonly engine: string
  readonly device: string
  readonly notes: readonly string[]
  readonly sweepId: SweepId | null
  /** The fold that the run holds out, of which cross-validation. */
  readonly crossvalId: CrossvalId | null
  readonly fold: number | null
  readonly data: DataSnapshot
  readonly codeVersion: string
  readonly createdAt: string
}

export class RunRepo {
  readonly #db: Db
  readonly #insert: Command
  readonly #setJob: Command
  readonly #setName: Command
  readonly #setUserNotes: Command
  readonly #setTags: Command
  readonly #setArchived: Command
  readonly #setFreed: Command
  readonly #setSanity: Command
  readonly #addNote: Command
  readonly #select: Query<RunRow>
  readonly #selectAll: Query<RunRow>
  readonly #selectJobs: Query<RunJob>
  readonly #selectEpochs: Query<ReturnType<typeof decodeEpoch>>
  readonly #selectAllEpochs: Query<ReturnType<typeof decodeEpoch>>
  readonly #selectSteps: Query<RunStep>
  readonly #putEpoch: Command
  readonly #dropEpochs: Command
  readonly #putStep: Command
  readonly #dropSteps: Command
  readonly #uses: Query<ReturnType<typeof decodeUse>>

  constructor(db: Db) {
    this.#db = db
    this.#insert = db.prepareCommand(
      `INSERT INTO run (name, split_id, split_hash, config, config_hash, labels, counts, engine, device, notes, sweep_id,
                        crossval_id, fold, data, code_version, created_at)
       VALUES (:name, :splitId, :splitHash, :config, :configHash, :labels, :counts, :engine, :device, :notes, :sweepId,
               :crossvalId, :fold, :data, :codeVersion, :createdAt)`,
    )
    this.#setName = db.prepareCommand('UPDATE run SET name = :name WHERE id = :runId')
    this.#setUserNotes = db.prepareCommand('UPDATE run SET user_notes = :notes WHERE id = :runId')
    this.#setTags = db.prepareCommand('UPDATE run SET tags = :tags WHERE id = :runId')
    this.#setArchived = db.prepareCommand('UPDATE run SET archived = :archived WHERE id = :runId')
    this.#setFreed = db.prepareCommand('UPDATE run SET freed = :freed WHERE id = :runId')
    this.#setJob = db.prepareCommand('UPDATE run SET job_id = :jobId WHERE id = :runId')
    this.#setSanity = db.prepareCommand('UPDATE run SET sanity = :sanity WHERE id = :runId')
    this.#addNote = db.prepareCommand(
      `UPDATE run SET notes = json_insert(notes, '$[#]', :note)
       WHERE id = :runId AND NOT EXISTS (SELECT 1 FROM json_each(run.notes) WHERE value = :note)`,
    )
    const columns = `r.id, r.name, r.split_id, r.split_hash, r.config, r.config_hash, r.labels, r.counts, r.engine, r.device,
              r.notes, r.sanity, r.created_at, r.user_notes, r.tags, r.archived, r.freed, r.sweep_id, r.data, r.code_version,
              r.crossval_id, r.fold, m.id AS model_id, coalesce(r.job_id, c.job_id) AS job_id
       FROM run r
       LEFT JOIN model m ON m.run_id = r.id
       LEFT JOIN crossval c ON c.id = r.crossval_id`
    this.#select = db.prepareQuery(`SELECT ${columns} WHERE r.id = :runId`, decodeRun)
    this.#selectAll = db.prepareQuery(`SELECT ${columns} ORDER BY r.id DESC`, decodeRun)
    this.#selectJobs = db.prepareQuery(
      'SELECT id AS run_id, job_id FROM run WHERE job_id IS NOT NULL',
      decodeRunJob,
    )
    this.#selectEpochs = db.prepareQuery(
      'SELECT run_id, record FROM run_epoch WHERE run_id = :runId ORDER BY epoch',
      decodeEpoch,
    )
    this.#selectAllEpochs = db.prepareQuery(
      'SELECT run_id, record FROM run_epoch ORDER BY run_id, epoch',
      decodeEpoch,
    )
    this.#selectSteps = db.prepareQuery(
      'SELECT step, epoch, loss FROM run_step WHERE run_id = :runId ORDER BY step',
      decodeStep,
    )
    this.#putEpoch = db.prepareCommand(
      'INSERT OR REPLACE INTO run_epoch (run_id, epoch, record) VALUES (:runId, :epoch, :record)',
    )
    this.#dropEpochs = db.prepareCommand('DELETE FROM run_epoch WHERE run_id = :runId')
    this.#putStep = db.prepareCommand(
      'INSERT OR REPLACE INTO run_step (run_id, step, epoch, loss) VALUES (:runId, :step, :epoch, :loss)',
    )
    // A fold's run learns from all folds but its own; a run that has not come to an epoch has learned nothing.
    this.#uses = db.prepareQuery(
      `SELECT r.id, r.name, m.id AS learned_model_id, m.name AS model,
              sum(CASE WHEN r.crossval_id IS NULL THEN s.part = 'train' ELSE coalesce(f.fold <> r.fold, 0) END) AS learned,
              sum(r.crossval_id IS NULL AND s.part = 'val') AS measured
       FROM run r
       JOIN split_member s ON s.split_id = r.split_id
       LEFT JOIN model m ON m.run_id = r.id
       LEFT JOIN crossval_member f ON f.crossval_id = r.crossval_id AND f.image_id = s.image_id
       WHERE s.image_id IN (SELECT value FROM json_each(:ids))
         AND (m.id IS NOT NULL OR EXISTS (SELECT 1 FROM run_epoch WHERE run_epoch.run_id = r.id))
       GROUP BY r.id`,
      decodeUse,
    )
    this.#dropSteps = db.prepareCommand('DELETE FROM run_step WHERE run_id = :runId AND step > :after')
  }

  /** The runs that have learned from some of these images or were measured on them, and the models that came of them. */
  uses(imageIds: readonly number[]): ImageUse[] {
    return this.#uses
      .all({ ids: JSON.stringify(imageIds) })
      .flatMap(({ learnedModelId, model, learned, measured, ...run }): ImageUse[] => {
        const modelUse: ImageUse[] =
          learnedModelId === null
            ? []
            : [{ kind: 'model', id: learnedModelId, name: model ?? '', images: learned }]
        const learnedFrom: ImageUse[] =
          learned === 0 ? [] : [{ kind: 'run', ...run, images: learned }, ...modelUse]
        return measured === 0
          ? learnedFrom
          : [...learnedFrom, { kind: 'validation', ...run, images: measured }]
      })
  }

  insert({ config, labels, counts, notes, data, ...run }: NewRun): RunId {
    const { lastId } = this.#insert.run({
      ...run,
      splitId: config.splitId,
      config: JSON.stringify(config),
      labels: JSON.stringify(labels),
      counts: JSON.stringify(counts),
      notes: JSON.stringify(notes),
      data: JSON.stringify(data),
    })
    return runId.parse(lastId)
  }

  setJob(id: RunId, job: JobId): void {
    this.#setJob.run({ runId: id, jobId: job })
  }

  setName(id: RunId, name: string): void {
    this.#setName.run({ runId: id, name })
  }

  setUserNotes(id: RunId, notes: string): void {
    this.#setUserNotes.run({ runId: id, notes })
  }

  setTags(id: RunId, tags: readonly string[]): void {
    this.#setTags.run({ runId: id, tags: JSON.stringify(tags) })
  }

  setArchived(id: RunId, archived: boolean): void {
    this.#setArchived.run({ runId: id, archived: archived ? 1 : 0 })
  }

  setFreed(id: RunId, freed: FreedCheckpoints): void {
    this.#setFreed.run({ runId: id, freed: JSON.stringify(freed) })
  }

  setSanity(id: RunId, sanity: SanityChecks): void {
    this.#setSanity.run({ runId: id, sanity: JSON.stringify(sanity) })
  }

  /** Adds a sentence to the run's notes unless it stands there already. */
  addNote(id: RunId, note: string): void {
    this.#addNote.run({ runId: id, note })
  }

  find(id: RunId): RunRow | undefined {
    return this.#select.get({ runId: id })
  }

  /** Newest first. */
  list(): RunRow[] {
    return this.#selectAll.all()
  }

  /** The job of every run that was queued. */
  listJobs(): RunJob[] {
    return this.#selectJobs.all()
  }

  epochs(id: RunId): EpochRecord[] {
    return this.#selectEpochs.all({ runId: id }).map(({ record }) => record)
  }

  /** The epochs of every run, in order. */
  epochsByRun(): Map<RunId, EpochRecord[]> {
    const grouped = Map.groupBy(this.#selectAllEpochs.all(), (row) => row.runId)
    return new Map([...grouped].map(([id, rows]) => [id, rows.map(({ record }) => record)]))
  }

  steps(id: RunId): RunStep[] {
    return this.#selectSteps.all({ runId: id })
  }

  addEpoch(id: RunId, record: EpochRecord): void {
    this.#putEpoch.run({ runId: id, epoch: record.epoch, record: JSON.stringify(record) })
  }

  addStep(id: RunId, step: RunStep): void {
    this.#putStep.run({ runId: id, ...step })
  }

  /** Makes the curves agree with a checkpoint: its epochs, and no step after it. */
  rewind(id: RunId, to: { epochs: readonly EpochRecord[]; step: number }): void {
    this.#db.transact(() => {
      this.#dropEpochs.run({ runId: id })
      for (const record of to.epochs) this.addEpoch(id, record)
      this.#dropSteps.run({ runId: id, after: to.step })
    })
  }
}
