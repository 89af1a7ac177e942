import { stat } from 'node:fs/promises'
import { AppError } from '#shared/contract/errors.ts'
import type {
  IngestFile,
  IngestOutcome,
  IngestTask,
  LookOutcome,
  LookTask,
  RenderTask,
  ThumbnailTask,
} from '#engine/data/catalogue/ingest-tasks.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { hashPixels } from '#engine/base/media/hash-pixels.ts'
import type { DecodedImage, ImageCodecName } from '#engine/base/media/image-codec.ts'
import { openImageCodec } from '#engine/base/media/open-image-codec.ts'
import { readImageFile, type ImageFile } from '#engine/base/media/read-image-file.ts'
import { decodeImportedImage } from '#engine/base/media/read-imported-image.ts'
import { hasContent, thumbnailPath, writeThumbnail, writeWhole } from '#engine/base/media/thumbnail-store.ts'
import { packOutcome, type WorkerOutcome } from '#engine/base/threads/worker-outcome.ts'

/** libvips decodes on its own threads: the next file is read and hashed meanwhile. */
const filesAtOnce = 2

const isSame = async ({ file, known }: IngestFile): Promise<boolean> => {
  if (known === null) return false
  const found = await stat(file).catch(() => null)
  return found !== null && found.size === known.bytes && Math.trunc(found.mtimeMs) === known.mtimeMs
}

interface OpenedImage extends ImageFile {
  readonly fileSha256: string
  readonly decoded: DecodedImage
}

/** The file's pixels, or what there is to say about it instead. */
async function openFile(item: IngestFile, codecName: ImageCodecName): Promise<OpenedImage | IngestOutcome> {
  try {
    if (item.known !== null && (await isSame(item))) return { kind: 'unchanged', mtimeMs: item.known.mtimeMs }
    const { bytes, mtimeMs } = await readImageFile(item.file)
    const fileSha256 = hashBytes(bytes)
    if (item.known !== null) {
      return fileSha256 === item.known.fileSha256 ? { kind: 'unchanged', mtimeMs } : { kind: 'changed' }
    }
    return { bytes, mtimeMs, fileSha256, decoded: await (await openImageCodec(codecName)).decode(bytes) }
  } catch (error) {
    if (error instanceof AppError) return { kind: 'refused', reason: error.message }
    throw error
  }
}

async function ingestFile(item: IngestFile, task: IngestTask): Promise<IngestOutcome> {
  const opened = await openFile(item, task.codec)
  if ('kind' in opened) return opened
  const { bytes, mtimeMs, fileSha256, decoded } = opened
  const pixelSha256 = hashPixels(decoded)
  const erased = task.erased.find((hash) => hash === fileSha256 || hash === pixelSha256)
  if (erased !== undefined) return { kind: 'erased', hash: erased, fileSha256 }
  // What follows writes into the project: a failure here is no fault of the file and ends the job.
  const thumbnail = thumbnailPath(task.thumbsFolder, pixelSha256)
  if (!(await hasContent(thumbnail))) {
    const picture = await (await openImageCodec(task.codec)).thumbnail(decoded)
    await writeThumbnail({ path: thumbnail, within: task.thumbsFolder }, picture, pixelSha256)
  }
  if (item.copyTo !== null && task.copiesFolder !== null)
    await writeWhole({ path: item.copyTo, within: task.copiesFolder }, bytes)
  const { width, height, info } = decoded
  const { format, exifOrientation } = info
  return {
    kind: 'image',
    bytes: bytes.length,
    mtimeMs,
    fileSha256,
    pixelSha256,
    width,
    height,
    format,
    exifOrientation,
  }
}

/** Reads, hashes, decodes and draws the thumbnail of each file, in order; a bad file comes back as a refusal. */
export function ingestImages(task: IngestTask): Promise<WorkerOutcome<IngestOutcome[]>> {
  return packOutcome(async () => {
    const outcomes: IngestOutcome[] = []
    for (let at = 0; at < task.files.length; at += filesAtOnce) {
      const files = task.files.slice(at, at + filesAtOnce)
      outcomes.push(...(await Promise.all(files.map((file) => ingestFile(file, task)))))
    }
    return outcomes
  })
}

async function lookAtFile(
  { file, isShown }: LookTask['files'][number],
  codecName: ImageCodecName,
): Promise<LookOutcome> {
  try {
    const codec = await openImageCodec(codecName)
    const decoded = await codec.decode((await readImageFile(file)).bytes)
    return { refusal: null, picture: isShown ? await codec.thumbnail(decoded) : null }
  } catch (error) {
    if (error instanceof AppError) return { refusal: error.message, picture: null }
    throw error
  }
}

/** Tells which files can be read, and draws those that are to be shown. */
export function lookAtFiles({ codec, files }: LookTask): Promise<WorkerOutcome<LookOutcome[]>> {
  return packOutcome(() => Promise.all(files.map((file) => lookAtFile(file, codec))))
}

/** Draws a thumbnail anew. */
export function renderThumbnail(task: ThumbnailTask): Promise<WorkerOutcome<null>> {
  return packOutcome(async () => {
    const decoded = await decodeImportedImage(task, task.codec)
    const picture = await (await openImageCodec(task.codec)).thumbnail(decoded)
    const { thumbnail: path, thumbsFolder: within, pixelSha256 } = task
    await writeThumbnail({ path, within }, picture, pixelSha256)
    return null
  })
}

/** The image as PNG, for formats that no window shows. */
export function renderPng(task: RenderTask): Promise<WorkerOutcome<Uint8Array>> {
  return packOutcome(async () =>
    (await openImageCodec(task.codec)).encodePng(await decodeImportedImage(task, task.codec)),
  )
}
