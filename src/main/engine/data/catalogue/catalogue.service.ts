import type { DatasetId, ImageId } from '#shared/contract/base.contract.ts'
import type { DatasetSummary, ImportResult } from '#shared/contract/dataset.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { ImageDetail } from '#shared/contract/image.contract.ts'
import { locateFile, locateRoot } from './locate-file.ts'
import type { DatasetRepo } from './dataset.repo.ts'
import type { ImageDetailRepo, ImageRow } from './image-detail.repo.ts'

export interface LocatedImage {
  readonly imageId: ImageId
  /** Absolute. */
  readonly file: string
  /** Name of the data set and its folder, for messages. */
  readonly dataset: string
  readonly rootFolder: string
  readonly format: string
  readonly fileSha256: string
  readonly pixelSha256: string
}

/** Reads the catalogue: its data sets, and everything about one image. */
export class CatalogueService {
  readonly #datasets: DatasetRepo
  readonly #details: ImageDetailRepo
  readonly #projectFolder: string

  constructor(deps: { datasets: DatasetRepo; details: ImageDetailRepo; projectFolder: string }) {
    this.#datasets = deps.datasets
    this.#details = deps.details
    this.#projectFolder = deps.projectFolder
  }

  listDatasets(): DatasetSummary[] {
    return this.#datasets.summaries().map(({ rootId: _rootId, rootPath: _rootPath, ...dataset }) => {
      const { isInsideProject: _isInsideProject, ...summary } = dataset
      return summary
    })
  }

  /** Throws NOT_FOUND. */
  listIssues(datasetId: DatasetId): Pick<ImportResult, 'skipped' | 'repaired'> {
    if (this.#datasets.find(datasetId) === undefined) {
      throw new AppError('NOT_FOUND', `There is no data set ${datasetId} in this project.`, {
        details: { datasetId },
      })
    }
    const issues = this.#datasets.issues(datasetId)
    return {
      skipped: issues
        .filter(({ kind }) => kind === 'skipped')
        .map(({ file, reason }) => ({ file, reason: reason ?? '' })),
      repaired: issues
        .filter(({ kind }) => kind === 'repaired')
        .map(({ file, field, fromValue, toValue, reason }) => ({
          file,
          field,
          from: fromValue ?? '',
          to: toValue,
          reason: reason ?? '',
        })),
    }
  }

  /** Throws NOT_FOUND. */
  getImage(imageId: ImageId): ImageDetail {
    const row = this.#require(imageId)
    const {
      datasetId,
      datasetName,
      identityId,
      identityName,
      rootPath: _path,
      isInsideProject: _inside,
      ...image
    } = row
    const identity =
      identityId === null || identityName === null
        ? null
        : { id: identityId, name: identityName, images: this.#details.countIdentity(identityId) }
    return {
      ...image,
      thumb: row.pixelSha256,
      dataset: { id: datasetId, name: datasetName },
      identity,
      identicalImages: this.#details.identical(row),
      parts: this.#details.parts(imageId),
      labels: this.#details.labels(imageId),
    }
  }

  /** Where an image's file should lie. Throws NOT_FOUND when there is no such image. */
  locateImage(imageId: ImageId): LocatedImage {
    const row = this.#require(imageId)
    const rootFolder = locateRoot(row, this.#projectFolder)
    const file = locateFile(row, this.#projectFolder)
    const { format, fileSha256, pixelSha256, datasetName: dataset } = row
    return { imageId, file, dataset, rootFolder, format, fileSha256, pixelSha256 }
  }

  #require(imageId: ImageId): ImageRow {
    const row = this.#details.find(imageId)
    if (row !== undefined) return row
    throw new AppError('NOT_FOUND', `There is no image ${imageId} in this project.`, { details: { imageId } })
  }
}
