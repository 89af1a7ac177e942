import { AppError } from '#shared/contract/errors.ts'
import { measurePixels } from '#engine/curation/pixels/domain/measure-pixels.ts'
import { hashPerceptually, shrinkGrey } from '#engine/curation/pixels/domain/perceptual-hash.ts'
import { toGrey } from '#engine/curation/pixels/domain/to-grey.ts'
import type { MeasureFile, MeasureOutcome, MeasureTask } from '#engine/curation/pixels/measure-tasks.ts'
import { measureImportedDamage, type TriedPicture } from '#engine/base/media/read-imported-image.ts'

/** Null where the file has gone or become another since it was decoded. */
async function tryMeasureDamage(file: MeasureFile, codec: MeasureTask['codec']): Promise<number | null> {
  try {
    return await measureImportedDamage(file, codec)
  } catch (error) {
    if (error instanceof AppError) return null
    throw error
  }
}

/** What is measured of a file that was decoded, or what is wrong with it. */
export async function measurePicture(
  decoded: TriedPicture,
  file: MeasureFile,
  codec: MeasureTask['codec'],
): Promise<MeasureOutcome> {
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
