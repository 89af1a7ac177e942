import { statSync } from 'node:fs'
import { AppError } from '#shared/contract/errors.ts'
import { measurePixels } from '#engine/curation/pixels/domain/measure-pixels.ts'
import { hashPerceptually, shrinkGrey } from '#engine/curation/pixels/domain/perceptual-hash.ts'
import { toGrey } from '#engine/curation/pixels/domain/to-grey.ts'
import type {
  ChangedFiles,
  CompareFilesTask,
  MeasureFile,
  MeasureOutcome,
  MeasureTask,
} from '#engine/curation/pixels/measure-tasks.ts'
import { readSystemErrorCode } from '#engine/base/kernel/system-error.ts'
import { measureImportedDamage, tryDecodeImportedImage } from '#engine/base/media/read-imported-image.ts'
import { packOutcome, type WorkerOutcome } from '#engine/base/threads/worker-outcome.ts'

/** Null where the file has gone or become another since it was decoded. */
async function tryMeasureDamage(file: MeasureFile, codec: MeasureTask['codec']): Promise<number | null> {
  try {
    return await measureImportedDamage(file, codec)
  } catch (error) {
    if (error instanceof AppError) return null
    throw error
  }
}

async function measureFile(file: MeasureFile, codec: MeasureTask['codec']): Promise<MeasureOutcome> {
  const decoded = await tryDecodeImportedImage(file, codec)
  // What cannot be read is what a scan is there to find.
  if ('refusal' in decoded) return { kind: 'unreadable', problem: decoded.refusal }
  const { picture } = decoded
  const grey = toGrey(picture)
  return {
    kind: 'measured',
    phash: BigInt.asIntN(64, hashPerceptually(grey)),
    grey: shrinkGrey(grey),
    measures: {
      ...measurePixels(picture, grey),
      // A file that went away in between is told by the next scan.
      damage: picture.isDamaged ? ((await tryMeasureDamage(file, codec)) ?? 1) : 0,
    },
  }
}

/** Reads, decodes and measures each file, in order; a bad file comes back with what is wrong with it. */
export function measureImages({ codec, files }: MeasureTask): Promise<WorkerOutcome<MeasureOutcome[]>> {
  return packOutcome(async () => {
    const outcomes: MeasureOutcome[] = []
    for (const file of files) outcomes.push(await measureFile(file, codec))
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
