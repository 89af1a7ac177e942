import { statSync } from 'node:fs'
import { measurePicture } from '#engine/curation/pixels/measure-picture.ts'
import type {
  ChangedFiles,
  CompareFilesTask,
  MeasureOutcome,
  MeasureTask,
} from '#engine/curation/pixels/measure-tasks.ts'
import { readSystemErrorCode } from '#engine/base/kernel/system-error.ts'
import { tryDecodeImportedImage } from '#engine/base/media/read-imported-image.ts'
import { packOutcome, type WorkerOutcome } from '#engine/base/threads/worker-outcome.ts'

/** Reads, decodes and measures each file, in order; a bad file comes back with what is wrong with it. */
export function measureImages({ codec, files }: MeasureTask): Promise<WorkerOutcome<MeasureOutcome[]>> {
  return packOutcome(async () => {
    const outcomes: MeasureOutcome[] = []
    for (const file of files)
      outcomes.push(await measurePicture(await tryDecodeImportedImage(file, codec), file, codec))
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
