import type { ImageHolder } from '#engine/base/holders/image-holder.ts'
import type { Lent } from '#engine/base/features/lent.ts'
import { registerJob } from '#engine/base/jobs/job.ts'
import { answer } from '#engine/base/procedures/handlers.ts'
import type { ImageErasureService } from '#engine/data/catalogue/image-erasure.service.ts'
import type { ImportUndoService } from '#engine/data/catalogue/import-undo.service.ts'
import { TakeBackService } from './take-back.service.ts'
import { createUndoImportJob } from './undo-import.job.ts'

interface TakeBackLent extends Lent {
  readonly importUndos: ImportUndoService
  readonly imageErasures: ImageErasureService
  /** What every room holds of images, from the ground up. */
  readonly holders: readonly ImageHolder[]
}

export function openTakingBack(lent: TakeBackLent) {
  const { db, jobs, now, settings, publishChange, holders, copyBefore } = lent
  const { importUndos: undos, imageErasures: catalogue } = lent
  const service = new TakeBackService({ holders, undos, jobs })
  const job = createUndoImportJob({
    db,
    holders,
    catalogue,
    undos,
    service,
    now,
    publishChange,
    copyBefore: () => copyBefore('undo-import'),
  })
  return {
    services: {},
    holder: { rows: undos.rows },
    jobs: [registerJob(job)],
    handlers: answer({
      'dataset.undoImport': async ({ jobId, reviewer }) =>
        service.start(jobId, await settings.nameReviewer(reviewer)),
    }),
  }
}
