import { renameSync, rmSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import type { JobId, ModelId, RunId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { ExportResult, ModelSummary } from '#shared/contract/model.contract.ts'
import type { PurposeId } from '#shared/contract/purpose.contract.ts'
import type { Topic } from '#shared/contract/system.contract.ts'
import { orderModels } from '#shared/domain/order-models.ts'
import { toStoredPath, type StoredFiles } from '#engine/base/integrity/stored-files.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import type { JobRunner } from '#engine/base/jobs/job.ts'
import type { TaskDecision } from '#engine/learning/purposes/domain/decide-tasks.ts'
import type { PurposeService } from '#engine/learning/purposes/purpose.service.ts'
import type { ExportRow, ModelRepo, ModelRow, NewModel } from './model.repo.ts'
import { locateModel } from './model-file.ts'

interface ModelServiceDeps {
  readonly models: ModelRepo
  readonly jobs: Pick<JobRunner, 'enqueue'>
  readonly purposes: Pick<PurposeService, 'decideExport'>
  readonly storedFiles: StoredFiles
  readonly projectFolder: string
  readonly now: Clock
  readonly publishChange: (topics: readonly Topic[]) => void
}

/** A model with the absolute paths of its files. */
export interface StoredModel extends ModelRow {
  readonly folder: string
  readonly files: ReturnType<typeof locateModel>
  /** What its ONNX file hashed to when it was written; null for one of an older version that was never exported. */
  readonly onnxSha256: string | null
}

/** What a run has made, by the SHA-256 of each file. */
export interface MadeFiles {
  readonly folder: string
  readonly onnxSha256: string
  readonly cardSha256: string
}

/** The model's own file has every head, and is handed out only where nothing in it wants a purpose. */
function nameExport({ purpose, withheld }: TaskDecision): string {
  const parts = [
    ...(purpose === null ? [] : [`purpose-${purpose.id}`]),
    ...(withheld === null ? [] : [`without-${withheld.tasks.join('-')}`]),
  ]
  return parts.length === 0 ? basename(locateModel('').onnx) : join('exports', `${parts.join('-')}.onnx`)
}

export class ModelService {
  readonly #models: ModelRepo
  readonly #jobs: Pick<JobRunner, 'enqueue'>
  readonly #storedFiles: StoredFiles
  readonly #projectFolder: string
  readonly #now: Clock
  readonly #publishChange: ModelServiceDeps['publishChange']

  readonly #purposes: ModelServiceDeps['purposes']

  constructor({ models, jobs, purposes, storedFiles, projectFolder, now, publishChange }: ModelServiceDeps) {
    this.#models = models
    this.#jobs = jobs
    this.#purposes = purposes
    this.#storedFiles = storedFiles
    this.#projectFolder = projectFolder
    this.#now = now
    this.#publishChange = publishChange
  }

  /** Newest first. */
  list(): ModelSummary[] {
    const exports = this.#models.exports()
    return this.#models.list().map((model) => this.#describe(model, exports))
  }

  /** Throws NOT_FOUND. */
  get(id: ModelId): ModelSummary {
    return this.#describe(this.locate(id), this.#models.exports())
  }

  /** Throws NOT_FOUND. */
  locate(id: ModelId): StoredModel {
    const model = this.#models.find(id)
    if (model === undefined) {
      throw new AppError('NOT_FOUND', `There is no model ${id}. List the models to see which there are.`, {
        details: { modelId: id },
      })
    }
    return this.#addPaths(model)
  }

  /** The model whose own or exported file this is, by its SHA-256. */
  findByFile(sha256: string): ModelId | null {
    const exported = this.#models.exports().find((made) => made.sha256 === sha256)
    if (exported !== undefined) return exported.modelId
    const own = this.#models.list().find((model) => this.#addPaths(model).onnxSha256 === sha256)
    return own?.id ?? null
  }

  /** Models of folds are not for use: each lacks a part of the images. */
  findNewest(): StoredModel | undefined {
    const [newest] = orderModels(this.#models.list())
    return newest === undefined || newest.crossvalId !== null ? undefined : this.#addPaths(newest)
  }

  findByRun(id: RunId): ModelRow | undefined {
    return this.#models.findByRun(id)
  }

  /** Moves the files a run has made into `models/<id>/` and registers them as one act. */
  register(model: Omit<NewModel, 'createdAt'>, made: MadeFiles): ModelId {
    const id = this.#models.insert({ ...model, createdAt: formatTimestamp(this.#now()) }, (newId) => {
      const folder = this.#folderOf(newId)
      // A process killed between the move and the commit leaves a folder that no row names.
      rmSync(folder, { recursive: true, force: true })
      renameSync(made.folder, folder)
      const files = locateModel(folder)
      this.#storedFiles.record(files.onnx, made.onnxSha256)
      this.#storedFiles.record(files.weights, model.weightsSha256)
      this.#storedFiles.record(files.card, made.cardSha256)
      return this.#toStoredPath(files.weights)
    })
    this.#publishChange(['models', 'project'])
    return id
  }

  /** Files that rows of models and exports speak of, beside those recorded one by one; the newest export of a file counts. */
  listRecordedFiles(): { kind: 'model-weights' | 'exported-model'; file: string; sha256: string }[] {
    const exports = new Map(
      this.#models
        .exports()
        .toReversed()
        .map((one) => [one.file, one.sha256]),
    )
    return [
      ...this.#models.list().map(({ id, weightsSha256: sha256 }) => {
        return { kind: 'model-weights' as const, file: locateModel(this.#folderOf(id)).weights, sha256 }
      }),
      ...Array.from(exports, ([file, sha256]) => {
        return { kind: 'exported-model' as const, file: resolve(this.#projectFolder, file), sha256 }
      }),
    ]
  }

  /** Files of models, recorded or not. */
  listFiles(): { kind: 'model' | 'model-card'; file: string }[] {
    return this.#models.list().flatMap(({ id }) => {
      const { onnx, card } = locateModel(this.#folderOf(id))
      return [
        { kind: 'model' as const, file: onnx },
        { kind: 'model-card' as const, file: card },
      ]
    })
  }

  /** What a job has made already, or null. */
  findExportByJob(jobId: JobId): ExportResult | null {
    const made = this.#models.findExportByJob(jobId)
    if (made === undefined) return null
    const { file, sha256, parity, handedOut } = made
    return { file: resolve(this.#projectFolder, file), sha256, parity, ...handedOut }
  }

  addExport(id: ModelId, { file, sha256, parity, purpose, withheld }: ExportResult, jobId: JobId): void {
    const row = {
      modelId: id,
      file: this.#toStoredPath(file),
      sha256,
      parity,
      handedOut: { purpose, withheld },
      at: formatTimestamp(this.#now()),
    }
    this.#models.addExport(row, jobId)
    this.#publishChange(['models', 'project'])
  }

  /** @param file Absolute, or relative to the project folder; in the folder of the model by default. */
  startExport(
    id: ModelId,
    { file, purposeId }: { file?: string | undefined; purposeId?: PurposeId | undefined },
  ) {
    const model = this.locate(id)
    const decision = this.#purposes.decideExport(model.labels, purposeId ?? null)
    const target = this.#toStoredPath(file ?? join(model.folder, nameExport(decision)))
    const input = { modelId: id, file: target, purposeId: purposeId ?? null }
    return { jobId: this.#jobs.enqueue('export', input).id }
  }

  #folderOf(id: ModelId): string {
    return join(this.#projectFolder, 'models', String(id))
  }

  #addPaths(model: ModelRow): StoredModel {
    const folder = this.#folderOf(model.id)
    const files = locateModel(folder)
    return { ...model, folder, files, onnxSha256: this.#findOnnxHash(model, files.onnx) }
  }

  /** An export wrote down the hash of the file that it compared with the trainer, before all files had theirs. */
  #findOnnxHash({ id }: ModelRow, file: string): string | null {
    const recorded = this.#storedFiles.find(file)
    if (recorded !== null) return recorded
    const path = this.#toStoredPath(file)
    return this.#models.exports().find((made) => made.modelId === id && made.file === path)?.sha256 ?? null
  }

  #toStoredPath(file: string): string {
    return toStoredPath(this.#projectFolder, file)
  }

  #describe(model: ModelRow, exports: readonly ExportRow[]): ModelSummary {
    const { id, name, runId, crossvalId, arch, inputSize, labels, ageReadOut, weightsSha256, createdAt } =
      model
    return {
      id,
      name,
      runId,
      crossvalId,
      arch,
      inputSize,
      labels,
      ageReadOut,
      weightsSha256,
      createdAt,
      exports: exports
        .filter(({ modelId }) => modelId === id)
        .map(({ file, sha256, parity, handedOut, at }) => ({
          file: resolve(this.#projectFolder, file),
          sha256,
          parity,
          ...handedOut,
          at,
        })),
    }
  }
}
