import { stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import type { JobId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { ImportRecord, ImportUndoResult } from '#shared/contract/dataset.contract.ts'
import type { Db } from '#engine/base/db/db.ts'
import { batchInTurns } from '#engine/base/kernel/in-turns.ts'
import { thumbnailPath } from '#engine/base/media/thumbnail-store.ts'
import { mapSystemError, readSystemErrorCode } from '#engine/base/kernel/system-error.ts'
import type { ErasedImageRepo } from './erased-image.repo.ts'
import type { ImportRelinkService } from './import-relink.service.ts'
import type { ImageTableService } from './image-table.service.ts'
import type {
  BegunUndo,
  BroughtImage,
  DatasetSite,
  GivenLabel,
  ImportUndoRepo,
  ImportUndoRow,
  NewImportUndo,
  TakenLabel,
  UndoingImage,
} from './import-undo.repo.ts'
import { isFolder } from './list-images.ts'
import { locateRoot } from './locate-file.ts'
import { nameCopies } from './name-copies.ts'
import { removeFile, removeFolder } from './remove-file.ts'
import { removeStrayCopies, type StrayCopies } from './stray-copies.ts'
import { removeStrayThumbnails } from './stray-thumbnails.ts'

interface ImportUndoDeps {
  readonly db: Db
  readonly repo: ImportUndoRepo
  readonly relinks: ImportRelinkService
  readonly erased: Pick<ErasedImageRepo, 'deleteIssues' | 'emptyIdentities' | 'deleteIdentity'>
  readonly tables: Pick<ImageTableService, 'reset'>
  readonly projectFolder: string
  readonly originals: string
  readonly thumbsFolder: string
}

const statsAtOnce = 64

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
    const { repo, relinks } = this.#deps
    return repo
      .imports()
      .map((brought) => ({ ...brought, relinked: relinks.describe(brought.datasetId, brought.jobId) }))
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

  /**
   * Copies go only where the folder that they were made from holds the same pictures.
   * @throws AppError PRECONDITION naming the folder or the first file that is not there.
   */
  async requireOriginals(importJobId: JobId, signal?: AbortSignal): Promise<void> {
    const copied = this.#deps.repo
      .images(importJobId)
      .filter((image) => this.#locateCopies({ ...image, name: image.dataset }) !== null)
    const [first] = copied
    if (first === undefined) return
    if (!(await isFolder(first.source))) throw refuseOnlyCopies(first.source, importJobId)
    for (let from = 0; from < copied.length; from += statsAtOnce) {
      signal?.throwIfAborted()
      const batch = copied.slice(from, from + statsAtOnce)
      const lost = await Promise.all(batch.map(findLost))
      const file = lost.find((found) => found !== null)
      if (file !== undefined && file !== null) throw refuseOnlyCopies(file, importJobId)
    }
  }

  /** One of the import that was begun and has not come to its end. */
  findBegun(importJobId: JobId): BegunUndo | undefined {
    return this.#deps.repo.findBegun(importJobId)
  }

  /** As `findBegun`, of any import into the data set of a name. */
  findBegunIn(name: string): BegunUndo | undefined {
    return this.#deps.repo.findBegunIn(name)
  }

  begin(undo: Omit<NewImportUndo, 'images' | 'given'>): ImportUndoRow {
    const { repo } = this.#deps
    const images = repo.images(undo.record.jobId).map((image) => this.#describe(image))
    repo.insert({ ...undo, images, given: repo.labels(undo.record.jobId) })
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

  /** Of what it gave to images of earlier imports, what has been taken already. */
  listTaken({ id }: ImportUndoRow): TakenLabel[] {
    return this.#deps.repo.taken(id)
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
    const { db, repo, erased, tables, relinks, projectFolder, thumbsFolder } = this.#deps
    const gone = erased.emptyIdentities([...new Set(people)])
    await batchInTurns(gone.length, ({ from, to }) =>
      db.transactUnreferenced(() => {
        for (const id of gone.slice(from, to)) erased.deleteIdentity(id)
      }),
    )
    for (const { copy, pixelSha256 } of images) {
      signal.throwIfAborted()
      // Since it was cut off another data set may have taken the file for its own.
      if (copy !== null && !repo.hasFile(copy)) await removeFile(join(projectFolder, copy), projectFolder)
      // Another import may have brought the same picture.
      if (!repo.hasPixels(pixelSha256))
        await removeFile(thumbnailPath(thumbsFolder, pixelSha256), projectFolder)
    }
    await this.removeStrayThumbnails(signal)
    await tables.reset()
    await this.#removeRestOfCopies(undo.dataset, signal)
    if (repo.deleteEmptyDataset(undo.dataset)) return true
    await relinks.takeBack(undo)
    return false
  }

  /** Those of no image, as an import that was cut off leaves them; no import may be at work. */
  async removeStrayThumbnails(signal?: AbortSignal): Promise<void> {
    const { repo, thumbsFolder, projectFolder } = this.#deps
    const hasPixels = (pixelSha256: string) => repo.hasPixels(pixelSha256)
    await removeStrayThumbnails({ thumbsFolder, projectFolder, hasPixels, ...(signal && { signal }) })
  }

  /** Those of a data set that no image lies in, as an import that ended leaves them; no import may be at work. */
  async removeStrayCopies(
    { copies, source }: Pick<StrayCopies, 'copies' | 'source'>,
    signal?: AbortSignal,
  ): Promise<void> {
    const { repo, projectFolder } = this.#deps
    const hasFile = (file: string) => repo.hasFile(file)
    await removeStrayCopies({ copies, source, projectFolder, hasFile, ...(signal && { signal }) })
  }

  describeRelink({ id }: ImportUndoRow): ImportUndoResult['relinked'] {
    return this.#deps.relinks.describeOutcome(id)
  }

  isDatasetGone({ dataset }: ImportUndoRow): boolean {
    return !this.#deps.repo.hasDataset(dataset)
  }

  complete(undo: ImportUndoRow): { images: number; labels: number } {
    const { repo } = this.#deps
    const images = repo.undoing(undo.id).length
    const labels = repo.taken(undo.id).length
    repo.complete(undo, { images, labels })
    return { images, labels }
  }

  countKept({ importJobId }: ImportUndoRow): number {
    return this.#deps.repo.countBrought(importJobId)
  }

  #describe(image: BroughtImage): UndoingImage {
    const { imageId, path, pixelSha256, identityId } = image
    const copies = this.#locateCopies({ ...image, name: image.dataset })
    const copy =
      copies === null ? null : relative(this.#deps.projectFolder, join(copies, path)).split(sep).join('/')
    return { imageId, path, pixelSha256, identityId, copy }
  }

  /** Only what an import copied is a copy: a folder that lies in the project's own and was read in place keeps its files. */
  #locateCopies({ name, source, ...root }: DatasetSite): string | null {
    const { projectFolder, originals } = this.#deps
    const copies = join(originals, nameCopies(name))
    const isCopied = root.isInsideProject && locateRoot(root, projectFolder) === copies && source !== copies
    return isCopied ? copies : null
  }

  /** An import that was cut off may have copied files that it has not written down. */
  async #removeRestOfCopies(datasetId: number, signal: AbortSignal): Promise<void> {
    const { repo, projectFolder } = this.#deps
    const site = repo.findSite(datasetId)
    const copies = site === undefined ? null : this.#locateCopies(site)
    if (site === undefined || copies === null) return
    const isWhole = repo.countImages(datasetId) === 0 && !repo.sharesFolder(datasetId, site.rootPath)
    if (isWhole) await removeFolder(copies, projectFolder)
    else await this.removeStrayCopies({ copies, source: site.source }, signal)
  }
}

/** The file of a picture where it is no longer as it was copied. */
async function findLost({ source, path, bytes }: BroughtImage): Promise<string | null> {
  const file = join(source, path)
  try {
    const found = await stat(file)
    return found.isFile() && found.size === bytes ? null : file
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(readSystemErrorCode(error) ?? '')) return file
    throw mapSystemError(error, { action: 'read', path: file })
  }
}

const refuseOnlyCopies = (place: string, importJobId: JobId): AppError =>
  new AppError(
    'PRECONDITION',
    `Import ${importJobId} cannot be taken back: ${place}, which it copied, is gone or has changed, and the copies in the ` +
      'project would go with it. Put it back as it was, or keep the import and remove the pictures that you do not want.',
    { details: { importJobId, place } },
  )
