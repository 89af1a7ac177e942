import { statSync } from 'node:fs'
import { AppError } from '#shared/contract/errors.ts'
import { measurePixels } from '#engine/curation/pixels/domain/measure-pixels.ts'
import { hashPerceptually, shrinkGrey } from '#engine/curation/pixels/domain/perceptual-hash.ts'
import { toGrey } from '#engine/curation/pixels/domain/pixel-image.ts'
import type {
  ChangedFiles,
  CompareFilesTask,
  MeasureFile,
  MeasureOutcome,
  MeasureTask,
} from '#engine/curation/pixels/measure-tasks.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { readSystemErrorCode } from '#engine/base/kernel/system-error.ts'
import { createImageCodec } from '#engine/base/media/create-image-codec.ts'
import type { ImageCodec } from '#engine/base/media/image-codec.ts'
import { readImageFile } from '#engine/base/media/read-image-file.ts'
import { packOutcome, type WorkerOutcome } from '#engine/base/threads/worker-outcome.ts'

let codec: Promise<ImageCodec> | undefined

async function measureFile(
  { file, fileSha256 }: MeasureFile,
  name: MeasureTask['codec'],
): Promise<MeasureOutcome> {
  try {
    const { bytes } = await readImageFile(file)
    if (hashBytes(bytes) !== fileSha256) {
      const problem = 'The file has changed since it was imported. Put the imported version back.'
      return { kind: 'unreadable', problem }
    }
    const image = await (await (codec ??= createImageCodec(name))).decode(bytes)
    const grey = toGrey(image)
    return {
      kind: 'measured',
      phash: BigInt.asIntN(64, hashPerceptually(grey)),
      grey: shrinkGrey(grey),
      measures: measurePixels(image, grey),
    }
  } catch (error) {
    // What cannot be read is what a scan is there to find.
    if (error instanceof AppError) return { kind: 'unreadable', problem: error.message }
    throw error
  }
}

/** Reads, decodes and measures each file, in order; a bad file comes back with what is wrong with it. */
export function measureImages({ codec: name, files }: MeasureTask): Promise<WorkerOutcome<MeasureOutcome[]>> {
  return packOutcome(async () => {
    const outcomes: MeasureOutcome[] = []
    for (const file of files) outcomes.push(await measureFile(file, name))
    return outcomes
  })
}

/** Null where the file is not there or cannot be looked at. */
function statFile(file: string): { readonly bytes: number; readonly mtimeMs: number } | null {
  try {
    const { size, mtimeMs } = statSync(file)
    return { bytes: size, mtimeMs: Math.trunc(mtimeMs) }
  } catch (error) {
    if (readSystemErrorCode(error) === null) throw error
    return null
  }
}

/** Tells which files have gone or have another size or time than they had, without opening any. */
export function compareFiles({ files }: CompareFilesTask): Promise<WorkerOutcome<ChangedFiles>> {
  return packOutcome(() =>
    files.flatMap(({ file, bytes, mtimeMs }, at) => {
      const found = statFile(file)
      const isSame = found !== null && found.bytes === bytes && found.mtimeMs === mtimeMs
      return isSame ? [] : [{ at, mtimeMs: found?.mtimeMs ?? null }]
    }),
  )
}
