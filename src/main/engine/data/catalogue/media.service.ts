import * as z from 'zod'
import type { ImageId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { MediaFile } from '#engine/base/media/media-file.ts'
import { makeFolder } from '#engine/base/kernel/make-folder.ts'
import type { Logger } from '#engine/base/kernel/logger.ts'
import type { ImageCodecName } from '#engine/base/media/image-codec.ts'
import { readImportedImage } from '#engine/base/media/read-imported-image.ts'
import { openThumbnail, thumbnailPath } from '#engine/base/media/thumbnail-store.ts'
import type { WorkerPool } from '#engine/base/threads/worker-pool.ts'
import type { CatalogueService, LocatedImage } from './catalogue.service.ts'
import type { RenderTask, ThumbnailTask } from './ingest-tasks.ts'
import { lookUp } from '#shared/domain/look-up.ts'

/** Formats that windows show themselves, EXIF orientation included. */
const webTypes: Readonly<Record<string, string>> = {
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  gif: 'image/gif',
  avif: 'image/avif',
}

/** Gives the bytes behind thumbnails and full images. */
export class MediaService {
  readonly #catalogue: CatalogueService
  readonly #pool: WorkerPool
  readonly #codec: ImageCodecName
  readonly #thumbsFolder: string
  readonly #logger: Logger
  readonly #signal: AbortSignal

  /** @param deps.signal aborts when the project closes */
  constructor(deps: {
    catalogue: CatalogueService
    pool: WorkerPool
    codec: ImageCodecName
    thumbsFolder: string
    logger: Logger
    signal: AbortSignal
  }) {
    this.#catalogue = deps.catalogue
    this.#pool = deps.pool
    this.#codec = deps.codec
    this.#thumbsFolder = deps.thumbsFolder
    this.#logger = deps.logger
    this.#signal = deps.signal
  }

  /** WebP, at most 256 px; drawn again from the source where it is missing or no longer what was drawn. */
  async thumbnail(imageId: ImageId): Promise<MediaFile> {
    const image = this.#catalogue.locateImage(imageId)
    const bytes = await this.#openThumbnail(image)
    return { bytes, contentType: 'image/webp', etag: `"thumb-${image.pixelSha256}"` }
  }

  /** The source file itself where windows can show it, else as PNG. */
  async image(imageId: ImageId): Promise<MediaFile> {
    const image = this.#catalogue.locateImage(imageId)
    const contentType = lookUp(webTypes, image.format)
    const etag = `"image-${image.fileSha256}"`
    if (contentType === undefined) {
      const task: RenderTask = this.#taskFor(image)
      const call = { name: 'renderPng', result: z.instanceof(Uint8Array), signal: this.#signal }
      const bytes = await this.#pool.run(task, call).catch((error: unknown) => this.#explain(error, image))
      return { bytes, contentType: 'image/png', etag }
    }
    const bytes = await readImportedImage(image).catch((error: unknown) => this.#explain(error, image))
    return { bytes, contentType, etag }
  }

  async #openThumbnail(image: LocatedImage): Promise<Uint8Array<ArrayBuffer>> {
    const { pixelSha256 } = image
    const found = await openThumbnail(this.#thumbsFolder, pixelSha256)
    if (found.kind === 'whole') return found.picture
    const thumbnail = thumbnailPath(this.#thumbsFolder, pixelSha256)
    try {
      await this.#redraw(image, thumbnail)
    } catch (error) {
      // Nothing speaks against an older version's thumbnail of a source that is away.
      if (found.kind === 'unsealed') return found.picture
      throw error
    }
    if (found.kind === 'changed')
      this.#logger.warn('A thumbnail was not what had been drawn, and was drawn again', { thumbnail })
    const drawn = await openThumbnail(this.#thumbsFolder, pixelSha256)
    if (drawn.kind === 'whole') return drawn.picture
    throw new AppError(
      'UNAVAILABLE',
      `${thumbnail} cannot be kept: it was drawn again and is ${drawn.kind} once more. Check the disk.`,
      { details: { file: thumbnail } },
    )
  }

  async #redraw(image: LocatedImage, thumbnail: string): Promise<void> {
    await makeFolder(this.#thumbsFolder)
    const { pixelSha256 } = image
    const thumbsFolder = this.#thumbsFolder
    const task: ThumbnailTask = { ...this.#taskFor(image), thumbnail, thumbsFolder, pixelSha256 }
    const call = { name: 'renderThumbnail', result: z.null(), signal: this.#signal }
    await this.#pool.run(task, call).catch((error: unknown) => this.#explain(error, image))
  }

  #taskFor({ file, fileSha256 }: LocatedImage): RenderTask {
    return { codec: this.#codec, file, fileSha256 }
  }

  /** Says which folder is gone and how to tell Evenhand where it is now. */
  #explain(error: unknown, { imageId, file, dataset, rootFolder }: LocatedImage): never {
    if (!(error instanceof AppError)) throw error
    const details = { imageId, file }
    if (error.code !== 'NOT_FOUND') {
      throw new AppError(error.code, `${file}: ${error.message}`, { cause: error, details })
    }
    throw new AppError(
      'NOT_FOUND',
      `${file} is not there. The data set "${dataset}" looks for its files in ${rootFolder}: put the folder back, ` +
        `or import it from its new place under the name "${dataset}".`,
      { cause: error, details },
    )
  }
}
