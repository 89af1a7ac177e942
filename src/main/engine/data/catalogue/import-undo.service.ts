import { join, relative, sep } from 'node:path'
import type { JobId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { ImportRecord } from '#shared/contract/dataset.contract.ts'
import type { Db } from '#engine/base/db/db.ts'
import { batchInTurns } from '#engine/base/kernel/in-turns.ts'
import { thumbnailPath } from '#engine/base/media/thumbnail-store.ts'
import type { ErasedImageRepo } from './erased-image.repo.ts'
import type { ImageTableService } from './image-table.service.ts'
import type {
  BroughtImage,
  GivenLabel,
  ImportUndoRepo,
  ImportUndoRow,
  NewImportUndo,
  UndoingImage,
} from './import-undo.repo.ts'
import { locateRoot } from './locate-file.ts'
import { nameCopies } from './name-copies.ts'
import { removeFile } from './remove-file.ts'

interface ImportUndoDeps {
  readonly db: Db
  readonly repo: ImportUndoRepo
  readonly erased: Pick<ErasedImageRepo, 'deleteIssues' | 'emptyIdentities' | 'deleteIdentity'>
  readonly tables: Pick<ImageTableService, 'reset'>
  readonly projectFolder: string
  readonly originals: string
  readonly thumbsFolder: string
}

/** What each import brought, and how the catalogue itself lets go of it. */
export class ImportUndoService {
  readonly #deps: ImportUndoDeps

  constructor(deps: ImportUndoDeps) {
    this.#deps = deps
  }

  get rows(): ImportUndoRepo['rows'] {
    return this.#deps.repo.rows
  }

  /** Newest first. */
  list(): ImportRecord[] {
    return this.#deps.repo.imports()
  }

  /** Throws NOT_FOUND. */
  get(importJobId: JobId): ImportRecord {
    const found = this.list().find(({ jobId }) => jobId === importJobId)
    if (found !== undefined) return found
    throw new AppError(
      'NOT_FOUND',
      `Nothing in the project is of an import ${importJobId}. It brought nothing, or it was taken back already; ` +
        'the imports and their numbers: evenhand datasets.',
      { details: { jobId: importJobId } },
    )
  }

  /** The images that it brought, and those of earlier imports that it gave labels. */
  listTouched(importJobId: JobId): number[] {
    const { repo } = this.#deps
    const ids = [...repo.images(importJobId), ...repo.labels(importJobId)].map(({ imageId }) => imageId)
    return [...new Set(ids)]
  }

  begin(undo: Omit<NewImportUndo, 'images'>): ImportUndoRow {
    const { repo } = this.#deps
    repo.insert({ ...undo, images: repo.images(undo.record.jobId).map((image) => this.#describe(image)) })
    const begun = repo.findByJob(undo.jobId)
    if (begun === undefined) throw new Error('The import that is taken back was not stored')
    return begun
  }

  findByJob(jobId: JobId): ImportUndoRow | undefined {
    return this.#deps.repo.findByJob(jobId)
  }

  listUndoing({ id }: ImportUndoRow): UndoingImage[] {
    return this.#deps.repo.undoing(id)
  }

  listLabels({ importJobId }: ImportUndoRow): GivenLabel[] {
    return this.#deps.repo.labels(importJobId)
  }

  keep(imageId: number): void {
    this.#deps.repo.keep(imageId)
  }

  /** What is told of their files. */
  deleteIssues({ dataset: datasetId }: ImportUndoRow, images: readonly UndoingImage[]): void {
    for (const { path } of images) this.#deps.erased.deleteIssues({ datasetId, path })
  }

  takeLabel(label: GivenLabel): void {
    this.#deps.repo.takeLabel(label)
  }

  /** After the rows: people of whom no image is left, files, and the data set when it is empty. Called again it ends in the same state. */
  async settle(
    undo: ImportUndoRow,
    {
      images,
      people,
      signal,
    }: { images: readonly UndoingImage[]; people: readonly number[]; signal: AbortSignal },
  ): Promise<boolean> {
    const { db, repo, erased, tables, projectFolder, thumbsFolder } = this.#deps
    const gone = erased.emptyIdentities([...new Set(people)])
    await batchInTurns(gone.length, ({ from, to }) =>
      db.transactUnreferenced(() => {
        for (const id of gone.slice(from, to)) erased.deleteIdentity(id)
      }),
    )
    for (const { copy, pixelSha256 } of images) {
      signal.throwIfAborted()
      if (copy !== null) await removeFile(join(projectFolder, copy), projectFolder)
      // Another import may have brought the same picture.
      if (!repo.hasPixels(pixelSha256))
        await removeFile(thumbnailPath(thumbsFolder, pixelSha256), projectFolder)
    }
    await tables.reset()
    return repo.deleteEmptyDataset(undo.dataset)
  }

  isDatasetGone({ dataset }: ImportUndoRow): boolean {
    return !this.#deps.repo.hasDataset(dataset)
  }

  complete(undo: ImportUndoRow): { images: number; labels: number } {
    const { repo } = this.#deps
    const images = repo.undoing(undo.id).length
    const labels = undo.labels - repo.labels(undo.importJobId).length
    repo.complete(undo.id, { images, labels })
    return { images, labels }
  }

  /** Only what an import copied is a copy: a folder that lies in the project's own and was read in place keeps its files. */
  #describe({ dataset, source, ...image }: BroughtImage): UndoingImage {
    const { projectFolder, originals } = this.#deps
    const { imageId, path, pixelSha256, identityId } = image
    const copies = join(originals, nameCopies(dataset))
    const isCopy = image.isInsideProject && locateRoot(image, projectFolder) === copies && source !== copies
    const copy = isCopy ? relative(projectFolder, join(copies, path)).split(sep).join('/') : null
    return { imageId, path, pixelSha256, identityId, copy }
  }
}
