import type { Lent } from '#engine/base/features/lent.ts'
import { createWorkerPool } from '#engine/base/threads/worker-pool.ts'
import type { CheckScoreService } from '#engine/curation/checks/check-score.service.ts'
import type { ImageStateService } from '#engine/data/catalogue/image-state.service.ts'
import { MeasureRepo } from './measure.repo.ts'
import { MeasureStep } from './measure.step.ts'

interface PixelsLent extends Lent {
  readonly imageStates: ImageStateService
  readonly checkScores: CheckScoreService
}

export function openPixels(lent: PixelsLent) {
  const { db, folder, workers, codec, cores, imageStates, checkScores, closers } = lent
  const measures = new MeasureRepo(db)
  const measureStep = new MeasureStep({
    measures,
    images: imageStates,
    scores: checkScores,
    pool: closers.use(createWorkerPool({ workers, name: 'measure', threads: cores })),
    codec,
    projectFolder: folder.path,
  })
  return { services: { measureStep }, jobs: [], handlers: {}, holder: { rows: measures.held } }
}
