import { measurePortrait } from '#engine/assessment/audit/domain/measure-portrait.ts'
import type { MeasurePortraitsTask, PortraitOutcome } from '#engine/assessment/audit/portrait-task.ts'
import { tryDecodeImportedImage } from '#engine/base/media/read-imported-image.ts'
import { packOutcome } from '#engine/base/threads/worker-outcome.ts'

/** Decodes each file and measures its main face and what surrounds its faces; a bad file comes back with what is wrong with it. */
export function measurePortraits({ codec, images }: MeasurePortraitsTask) {
  return packOutcome(async () => {
    const outcomes: PortraitOutcome[] = []
    for (const { faces, ...file } of images) {
      const decoded = await tryDecodeImportedImage(file, codec)
      outcomes.push(
        'refusal' in decoded
          ? { kind: 'unreadable', problem: decoded.refusal }
          : { kind: 'measured', measures: measurePortrait(decoded.picture, faces) },
      )
    }
    return outcomes
  })
}
