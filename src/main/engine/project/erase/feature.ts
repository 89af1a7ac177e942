import type { ImageHolder } from '#engine/base/holders/image-holder.ts'
import type { Lent } from '#engine/base/features/lent.ts'
import { registerJob } from '#engine/base/jobs/job.ts'
import { answer } from '#engine/base/procedures/handlers.ts'
import type { ImageErasureService } from '#engine/data/catalogue/image-erasure.service.ts'
import type { ErasureRecordService } from '#engine/data/erasures/erasure-record.service.ts'
import { BackupSweepService } from './backup-sweep.service.ts'
import { createEraseJob } from './erase.job.ts'
import { EraseService } from './erase.service.ts'

interface EraseLent extends Lent {
  readonly erasures: ErasureRecordService
  readonly imageErasures: ImageErasureService
  /** What every room holds of images, from the ground up. */
  readonly holders: readonly ImageHolder[]
}

export function openErasing(lent: EraseLent) {
  const { db, folder, workers, jobs, now, settings, publishChange, erasures, holders } = lent
  const { imageErasures: images, copies, rewriteCatalogue } = lent
  const sweep = new BackupSweepService({ folder, workers, copies, rewriteCatalogue })
  const service = new EraseService({ holders, images, erasures, sweep, jobs })
  const job = createEraseJob({ db, holders, service, images, erasures, sweep, now, publishChange })
  return {
    services: {},
    jobs: [registerJob(job)],
    handlers: answer({
      'erasure.preview': (target, signal) => service.preview(target, signal),
      'erasure.start': async ({ reviewer, ...order }) =>
        service.start({ ...order, actor: await settings.nameReviewer(reviewer) }),
      'erasure.settleBackups': ({ backups }, signal) => service.settleBackups(backups, signal),
    }),
  }
}
