import { resolve } from 'node:path'
import { AppError } from '#shared/contract/errors.ts'
import type { Db } from '#engine/base/db/db.ts'
import type { ErasingImage, ErasureWork, ImageHolder } from '#engine/base/holders/image-holder.ts'
import { batchInTurns } from '#engine/base/kernel/in-turns.ts'
import { thumbnailPath } from '#engine/base/media/thumbnail-store.ts'
import type { ErasedImageRepo } from './erased-image.repo.ts'
import type { ImageTableService } from './image-table.service.ts'
import { locateFile } from './locate-file.ts'
import { removeFile } from './remove-file.ts'

interface ImageErasureDeps {
  readonly db: Db
  readonly repo: ErasedImageRepo
  readonly tables: Pick<ImageTableService, 'reset'>
  readonly projectFolder: string
  readonly thumbsFolder: string
}

/** An image that an erasure would take. */
export interface TakenImage extends ErasingImage {
  readonly dataset: string
  readonly fileSha256: string
  readonly because: 'asked' | 'identity' | 'same-picture'
}

/** Which images an erasure takes, and what the catalogue itself holds of them. */
export class ImageErasureService implements ImageHolder {
  readonly #deps: ImageErasureDeps

  constructor(deps: ImageErasureDeps) {
    this.#deps = deps
  }

  get rows(): ErasedImageRepo['rows'] {
    return this.#deps.repo.rows
  }

  /**
   * The images named with all that show the same pixels, since the picture would stand there still.
   * @throws AppError NOT_FOUND naming what is not there.
   */
  findTaken(images: readonly number[], identities: readonly number[]): TakenImage[] {
    const found = this.#find(images, identities)
    requireAll('image', images, new Set(found.map(({ imageId }) => imageId)))
    const people = new Set(
      found.flatMap(({ identityId, because }) => (because === 'same-picture' ? [] : (identityId ?? []))),
    )
    requireAll('identity', identities, people)
    return found
  }

  /** As `findTaken`, without those of the images that are gone. */
  findPresent(images: readonly number[]): TakenImage[] {
    return this.#find(images, [])
  }

  #find(images: readonly number[], identities: readonly number[]): TakenImage[] {
    const { repo, projectFolder } = this.#deps
    const asked = new Set(images)
    return repo.findNamed(images, identities).map(({ rootPath, isInsideProject, isNamed, ...image }) => ({
      ...image,
      isInsideProject,
      file: locateFile({ rootPath, isInsideProject, path: image.path }, projectFolder),
      because: !isNamed ? 'same-picture' : asked.has(image.imageId) ? 'asked' : 'identity',
    }))
  }

  /** Files outside the project that labels of these images were read from. */
  listLabelFiles(imageIds: readonly number[]): string[] {
    const files = this.#deps.repo
      .labelFiles(imageIds)
      .map(({ source, sourceFile }) => resolve(source, sourceFile))
    return [...new Set(files)]
  }

  /** What of these images lies within the project's folder. */
  listFiles(images: readonly ErasingImage[]): string[] {
    const { thumbsFolder } = this.#deps
    return [
      ...new Set(
        images.flatMap(({ file, isInsideProject, pixelSha256 }) => [
          thumbnailPath(thumbsFolder, pixelSha256),
          ...(isInsideProject ? [file] : []),
        ]),
      ),
    ]
  }

  /** What texts may call these images, and the people of whom none is left, the longest first. */
  listNames(images: readonly ErasingImage[]): string[] {
    const people = images.flatMap(({ identityId }) => identityId ?? [])
    const gone = new Set(this.#deps.repo.emptyIdentities([...new Set(people)]))
    const names = images.flatMap(({ file, path, identityId, identity }) => [
      file,
      path,
      ...(identityId !== null && identity !== null && gone.has(identityId) ? [identity] : []),
    ])
    return [...new Set(names)].sort((a, b) => b.length - a.length)
  }

  async settle({ images, signal }: ErasureWork): Promise<void> {
    const { db, repo, tables } = this.#deps
    await batchInTurns(images.length, ({ from, to }) =>
      db.transact(() => {
        for (const image of images.slice(from, to)) repo.deleteIssues(image)
      }),
    )
    const people = [...new Set(images.flatMap(({ identityId }) => identityId ?? []))]
    const gone = repo.emptyIdentities(people)
    await batchInTurns(gone.length, ({ from, to }) =>
      db.transactUnreferenced(() => {
        for (const id of gone.slice(from, to)) repo.deleteIdentity(id)
      }),
    )
    for (const file of this.listFiles(images)) {
      signal.throwIfAborted()
      await removeFile(file, this.#deps.projectFolder)
    }
    await tables.reset()
  }
}

function requireAll(what: 'image' | 'identity', ids: readonly number[], found: ReadonlySet<number>): void {
  const missing = ids.find((id) => !found.has(id))
  if (missing === undefined) return
  throw new AppError(
    'NOT_FOUND',
    what === 'image'
      ? `There is no image ${missing} in this project. It may have been erased already.`
      : `No image in this project is of identity ${missing}. Its images may have been erased already.`,
    { details: { [`${what}Id`]: missing } },
  )
}
