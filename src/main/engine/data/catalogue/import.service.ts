import { basename, join, relative, resolve, sep } from 'node:path'
import * as z from 'zod'
import type { DatasetId, JobId } from '#shared/contract/base.contract.ts'
import type { ImportRequest, ImportResult } from '#shared/contract/dataset.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { Topic } from '#shared/contract/system.contract.ts'
import type { Db } from '#engine/base/db/db.ts'
import type { JobContext } from '#engine/base/jobs/job.ts'
import { makeFolder } from '#engine/base/kernel/make-folder.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import type { ImageCodecName } from '#engine/base/media/image-codec.ts'
import type { WorkerPool } from '#engine/base/threads/worker-pool.ts'
import type { DatasetRepo, DatasetRow } from './dataset.repo.ts'
import type { ImageWriteRepo } from './image-write.repo.ts'
import { ImportBatchWriter, type BatchItem } from './import-batch.ts'
import type { ImportRelinkService } from './import-relink.service.ts'
import type { BegunUndo } from './import-undo.repo.ts'
import type { ImportUndoService } from './import-undo.service.ts'
import { ingestOutcome, type IngestFile, type IngestTask } from './ingest-tasks.ts'
import type { LabelSource } from '#engine/data/catalogue/labels/label-source.ts'
import {
  locateLabelFiles,
  openLabelSource,
  schemeOf,
} from '#engine/data/catalogue/labels/open-label-source.ts'
import { nameCopies } from './name-copies.ts'
import { isFolder, listImages, requireFolder } from './list-images.ts'
import { walkImages } from '#engine/base/media/walk-images.ts'

/** Small enough to stop soon and to lose little, large enough that a transaction for each costs nothing. */
const batchFiles = 64
const publishEveryMs = 1000

export interface ImportDeps {
  readonly db: Db
  readonly datasets: DatasetRepo
  readonly images: ImageWriteRepo
  readonly pool: WorkerPool
  readonly codec: ImageCodecName
  readonly project: { readonly path: string; readonly thumbs: string; readonly originals: string }
  readonly now: Clock
  readonly publishChange: (topics: readonly Topic[]) => void
  /** By the hash of a file or of its pixels, why a picture that was erased is not taken in again. */
  readonly listRefusals: () => ReadonlyMap<string, string>
  readonly relinks: Pick<ImportRelinkService, 'relink'>
  readonly strays: Pick<ImportUndoService, 'removeStrayThumbnails' | 'removeStrayCopies'>
  /** An import into the data set of a name that is being taken back. */
  readonly findBegunUndo: (name: string) => BegunUndo | undefined
}

interface Batch extends IngestTask {
  readonly items: readonly BatchItem[]
}

interface ImportSite {
  /** Null where the first batch will make it. */
  readonly datasetId: DatasetId | null
  readonly source: string
  /** Absolute folder for copies, or null. */
  readonly copies: string | null
}

const nameOf = ({ name, source }: ImportRequest): string => name ?? (basename(source) || 'images')

/** Brings folders of images into the catalogue; see `run`. */
export class ImportService {
  readonly #deps: ImportDeps

  constructor(deps: ImportDeps) {
    this.#deps = deps
  }

  /**
   * The request with absolute paths and its name, after everything that can be told without reading images
   * was checked: the folder, the label files with their columns, the name. Failures say what to do.
   */
  async prepare(request: ImportRequest): Promise<ImportRequest> {
    const prepared = await this.#locate(request)
    await openLabelSource(prepared)
    return prepared
  }

  /** All paths absolute; checks the folder, that the label files exist, and the name. */
  async #locate(request: ImportRequest): Promise<ImportRequest> {
    const source = resolve(request.source)
    await requireFolder(source)
    const labels = request.labels === undefined ? undefined : await locateLabelFiles(source, request.labels)
    const located = { ...request, source, ...(labels && { labels }), name: nameOf({ ...request, source }) }
    const begun = this.#deps.findBegunUndo(located.name)
    if (begun !== undefined) throw refuseWhileUndoing(located.name, begun)
    const known = this.#deps.datasets.findByName(located.name)
    if (known !== undefined) await this.#requireSame(known, located)
    return located
  }

  /**
   * Imports one folder, file by file in the order of their paths. Each batch is one transaction, and what is
   * already in the catalogue is not touched, so that a run that was killed at any moment is simply repeated.
   */
  async run(unlocated: ImportRequest, { jobId, signal, report }: JobContext): Promise<ImportResult> {
    const request = await this.#locate(unlocated)
    report({ phase: 'Listing files', done: 0, total: null })
    const { paths, otherFiles } = await listImages(request.source, signal)
    const total = paths.length
    const labels = await openLabelSource(request, signal)
    labels.meet?.(paths)
    const site = this.#findSite(request)
    const openDataset = () => this.#openDataset(request, jobId)
    const refusals = this.#deps.listRefusals()
    const { format } = request
    for (const folder of [this.#deps.project.thumbs, site.copies])
      if (folder !== null) await makeFolder(folder)
    const writer = new ImportBatchWriter({ ...this.#deps, labels, openDataset, jobId, format, refusals })
    const call = { name: 'ingestImages', result: z.array(ingestOutcome), signal }
    let publishedAt = this.#deps.now()
    try {
      for await (const [{ items }, outcomes] of this.#deps.pool.map(
        this.#makeBatches(site, [...refusals.keys()], signal),
        call,
      )) {
        writer.write(items, outcomes)
        report({ phase: 'Reading images', done: writer.seen, total })
        if (this.#deps.now() - publishedAt < publishEveryMs) continue
        publishedAt = this.#deps.now()
        this.#deps.publishChange(['datasets', 'images'])
      }
    } catch (error) {
      // Batches that were drawn already and are not written down. What failed first is what the user must hear of.
      await this.#removeStrays(site).catch(() => undefined)
      throw error
    }
    return { ...this.#finish(writer, { labels, jobId }), otherFiles }
  }

  async #removeStrays({ source, copies }: ImportSite): Promise<void> {
    const { strays } = this.#deps
    await strays.removeStrayThumbnails()
    if (copies !== null) await strays.removeStrayCopies({ copies, source })
  }

  #finish(
    writer: ImportBatchWriter,
    { labels, jobId }: { labels: LabelSource; jobId: JobId },
  ): Omit<ImportResult, 'otherFiles'> {
    const { datasets } = this.#deps
    writer.reportLeftOver(labels.listLeftOver())
    writer.forgetEarlierSkips()
    const { datasetId } = writer
    const imported = datasets.countByJob(datasetId, jobId)
    return {
      datasetId,
      seen: writer.seen,
      imported,
      // An earlier attempt of this job may have brought some of what is now unchanged, or has changed since.
      unchanged: Math.max(0, writer.kept - imported),
      unlabelled: datasets.countUnlabelled(datasetId),
      skipped: writer.skipped,
      repaired: writer.repaired,
    }
  }

  async *#makeBatches(
    site: ImportSite,
    erased: readonly string[],
    signal: AbortSignal,
  ): AsyncGenerator<Batch, void, void> {
    const { codec, project, images } = this.#deps
    let items: BatchItem[] = []
    const close = (): Batch => ({
      codec,
      thumbsFolder: project.thumbs,
      erased,
      copiesFolder: site.copies,
      items,
      files: items.filter(({ refusal }) => refusal === null).map((item) => describeFile(item, site)),
    })
    for await (const found of walkImages(site.source, { signal })) {
      const known = site.datasetId === null ? undefined : images.findKnown(site.datasetId, found.path)
      items.push({ ...found, known })
      if (items.length < batchFiles) continue
      yield close()
      items = []
    }
    if (items.length > 0) yield close()
  }

  #findSite(request: ImportRequest): ImportSite {
    const { source, copy } = request
    const { rootPath } = this.#locateRoot(request)
    const datasetId = this.#deps.datasets.findByName(nameOf(request))?.id ?? null
    return { datasetId, source, copies: copy ? join(this.#deps.project.path, rootPath) : null }
  }

  /** Finds the data set of the request or makes it; within a transaction. */
  #openDataset(request: ImportRequest, jobId: JobId): DatasetId {
    const { datasets, relinks, now } = this.#deps
    const { source } = request
    const name = nameOf(request)
    const root = this.#locateRoot(request)
    const known = datasets.findByName(name)
    if (known === undefined) {
      const { format } = request
      const createdAt = formatTimestamp(now())
      return datasets.insert({ name, format, source, labelScheme: schemeOf(request), createdAt, ...root })
    }
    if (known.source !== source) relinks.relink(known, { source, ...root, jobId })
    return known.id
  }

  /** Where the files will lie; inside the project relative to it, so that the project can be moved. */
  #locateRoot({ source, copy, ...request }: ImportRequest): { rootPath: string; isInsideProject: boolean } {
    const { project } = this.#deps
    const inside = (path: string): string => relative(project.path, path).split(sep).join('/')
    if (copy) {
      const name = nameCopies(nameOf({ source, copy, ...request }))
      return { rootPath: inside(join(project.originals, name)), isInsideProject: true }
    }
    const isInside = source === project.path || source.startsWith(project.path + sep)
    return isInside
      ? { rootPath: inside(source), isInsideProject: true }
      : { rootPath: source, isInsideProject: false }
  }

  /** One name stands for one folder, unless that folder is gone: then the name is linked to the new one. */
  async #requireSame(known: DatasetRow, request: ImportRequest): Promise<void> {
    const conflict = (what: string): AppError =>
      new AppError(
        'CONFLICT',
        `There is already a data set named "${known.name}" ${what}. Give this import another name with --name.`,
        { details: { datasetId: known.id, name: known.name } },
      )
    if (known.format !== request.format) throw conflict(`of the format ${known.format}`)
    if (known.labelScheme !== schemeOf(request)) throw conflict(`with the label scheme ${known.labelScheme}`)
    const root = this.#locateRoot(request)
    const isSameSource = known.source === request.source
    if (isSameSource && known.rootPath === root.rootPath) return
    if (isSameSource) throw conflict(request.copy ? 'that refers to its files in place' : 'with copied files')
    if (await isFolder(known.source)) throw conflict(`from ${known.source}`)
  }
}

const refuseWhileUndoing = (name: string, { importJobId, jobId }: BegunUndo): AppError =>
  new AppError(
    'CONFLICT',
    `Import ${importJobId} of "${name}" is being taken back, by job ${jobId}. Import into it when that has ended; if it was cut off, bring it to its end: evenhand jobs --resume ${jobId}`,
    { details: { importJobId, jobId } },
  )

const describeFile = ({ path, known }: BatchItem, { source, copies }: ImportSite): IngestFile => ({
  file: join(source, path),
  copyTo: copies === null ? null : join(copies, path),
  known:
    known === undefined ? null : { bytes: known.bytes, mtimeMs: known.mtimeMs, fileSha256: known.fileSha256 },
})
