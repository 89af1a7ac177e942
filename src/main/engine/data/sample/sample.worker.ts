import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mapSystemError } from '#engine/base/kernel/system-error.ts'
import { openImageCodec } from '#engine/base/media/open-image-codec.ts'
import { roundPicture } from '#engine/data/sample/domain/distort-portrait.ts'
import { drawPortrait } from '#engine/data/sample/domain/draw-portrait.ts'
import { planSample, type PlannedPortrait } from '#engine/data/sample/domain/plan-sample.ts'
import {
  drawPortraitsTask,
  type DrawPortraitsTask,
  type SampleRecipe,
} from '#engine/data/sample/sample-files.ts'
import { packOutcome, type WorkerOutcome } from '#engine/base/threads/worker-outcome.ts'

let planned: { readonly recipe: SampleRecipe; readonly plan: readonly PlannedPortrait[] } | undefined

/** Every task of one sample has the same plan, so it is made once per thread. */
function findPlan({ images, seed }: SampleRecipe): readonly PlannedPortrait[] {
  if (planned?.recipe.images !== images || planned.recipe.seed !== seed) {
    planned = { recipe: { images, seed }, plan: planSample({ images, seed }) }
  }
  return planned.plan
}

/** Draws a range of the plan into PNG files and answers how many. */
export function drawPortraits(task: DrawPortraitsTask): Promise<WorkerOutcome<number>> {
  return packOutcome(async () => {
    const { folder, from, to, codec, ...recipe } = drawPortraitsTask.parse(task)
    const encoder = await openImageCodec(codec)
    const portraits = findPlan(recipe).slice(from, to)
    for (const portrait of portraits) {
      const picture = drawPortrait(portrait)
      const bytes = await encoder.encodePng({
        width: picture.side,
        height: picture.side,
        data: roundPicture(picture),
      })
      const path = join(folder, portrait.file)
      try {
        await writeFile(path, bytes)
      } catch (error) {
        throw mapSystemError(error, { action: 'write', path })
      }
    }
    return portraits.length
  })
}
