import * as z from 'zod'
import {
  crossvalId,
  modelId,
  runId,
  sha256,
  timestamp,
  type JobId,
  type ModelId,
  type RunId,
} from '#shared/contract/base.contract.ts'
import { exportResult, modelSummary, parity } from '#shared/contract/model.contract.ts'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder, jsonColumn } from '#engine/base/db/row-decoder.ts'
import type { ModelLabels } from '#engine/networks/architecture/model-labels.ts'

const { labels, arch, inputSize, ageReadOut } = modelSummary.shape

const decodeModel = createRowDecoder({
  id: modelId,
  name: z.string(),
  runId: runId.nullable(),
  arch,
  inputSize,
  labels: jsonColumn(labels),
  ageReadOut: ageReadOut.nullable().transform((stored) => stored ?? 'class'),
  weightsFile: z.string(),
  weightsSha256: sha256,
  /** Of models that a fold's run has made. */
  crossvalId: crossvalId.nullable(),
  createdAt: timestamp,
})
export type ModelRow = ReturnType<typeof decodeModel>

const handedOut = exportResult.pick({ purpose: true, withheld: true })

const decodeExport = createRowDecoder({
  modelId,
  file: z.string(),
  sha256,
  parity: jsonColumn(parity),
  /** Null of exports from before purposes. */
  handedOut: jsonColumn(handedOut)
    .nullable()
    .transform((stored) => stored ?? { purpose: null, withheld: null }),
  at: timestamp,
})
export type ExportRow = ReturnType<typeof decodeExport>

export interface NewModel {
  readonly name: string
  readonly runId: RunId
  readonly arch: ModelRow['arch']
  readonly inputSize: number
  readonly labels: ModelLabels
  readonly weightsSha256: string
  readonly createdAt: string
}

/** How the age is read stands in the configuration of the run; older ones, and runs on bins, have no such field. */
const selectModel = `SELECT m.id, m.name, m.run_id, m.arch, m.input_size, m.labels, m.weights_file, m.weights_sha256,
              m.created_at, json_extract(r.config, '$.age.readOut') AS age_read_out,
              r.crossval_id
       FROM model m LEFT JOIN run r ON r.id = m.run_id`

export class ModelRepo {
  readonly #db: Db
  readonly #insert: Command
  readonly #setWeightsFile: Command
  readonly #select: Query<ModelRow>
  readonly #selectByRun: Query<ModelRow>
  readonly #selectAll: Query<ModelRow>
  readonly #insertExport: Command
  readonly #selectExports: Query<ExportRow>
  readonly #selectExportByJob: Query<ExportRow>

  constructor(db: Db) {
    this.#db = db
    this.#insert = db.prepareCommand(
      `INSERT INTO model (name, run_id, arch, input_size, labels, weights_file, weights_sha256, created_at)
       VALUES (:name, :runId, :arch, :inputSize, :labels, '', :weightsSha256, :createdAt)`,
    )
    this.#setWeightsFile = db.prepareCommand('UPDATE model SET weights_file = :file WHERE id = :modelId')
    this.#select = db.prepareQuery(`${selectModel} WHERE m.id = :modelId`, decodeModel)
    this.#selectByRun = db.prepareQuery(`${selectModel} WHERE m.run_id = :runId`, decodeModel)
    this.#selectAll = db.prepareQuery(`${selectModel} ORDER BY m.id DESC`, decodeModel)
    this.#insertExport = db.prepareCommand(
      `INSERT INTO model_export (model_id, file, sha256, parity, handed_out, at, job_id)
       VALUES (:modelId, :file, :sha256, :parity, :handedOut, :at, :jobId)`,
    )
    this.#selectExports = db.prepareQuery(
      'SELECT model_id, file, sha256, parity, handed_out, at FROM model_export ORDER BY id DESC',
      decodeExport,
    )
    this.#selectExportByJob = db.prepareQuery(
      'SELECT model_id, file, sha256, parity, handed_out, at FROM model_export WHERE job_id = :jobId',
      decodeExport,
    )
  }

  /**
   * Adds a model and lets `place` put its files where its id says, in one transaction: a row never stands
   * without its files. `place` answers with the path of the weights within the project.
   */
  insert({ labels: classes, ...model }: NewModel, place: (id: ModelId) => string): ModelId {
    return this.#db.transact(() => {
      const id = modelId.parse(this.#insert.run({ ...model, labels: JSON.stringify(classes) }).lastId)
      this.#setWeightsFile.run({ modelId: id, file: place(id) })
      return id
    })
  }

  find(id: ModelId): ModelRow | undefined {
    return this.#select.get({ modelId: id })
  }

  findByRun(id: RunId): ModelRow | undefined {
    return this.#selectByRun.get({ runId: id })
  }

  /** Newest first. */
  list(): ModelRow[] {
    return this.#selectAll.all()
  }

  addExport(row: ExportRow, jobId: JobId): void {
    const { parity: measured, handedOut: under } = row
    this.#insertExport.run({
      ...row,
      parity: JSON.stringify(measured),
      handedOut: JSON.stringify(under),
      jobId,
    })
  }

  findExportByJob(jobId: JobId): ExportRow | undefined {
    return this.#selectExportByJob.get({ jobId })
  }

  /** Newest first, of all models. */
  exports(): ExportRow[] {
    return this.#selectExports.all()
  }
}
