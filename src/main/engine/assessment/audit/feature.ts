import type { Lent } from '#engine/base/features/lent.ts'
import { answer } from '#engine/base/procedures/handlers.ts'
import { registerJob } from '#engine/base/jobs/job.ts'
import { AuditService } from './audit.service.ts'
import { PortraitRepo } from './portrait.repo.ts'
import { createPortraitsJob } from './portraits.job.ts'

export function openAudit({ db, folder, jobs, workers, codec, cores }: Lent) {
  const portraits = new PortraitRepo(db)
  const audit = new AuditService({ catalogue: db.file, workers, portraits, jobs })
  return {
    services: { audit },
    jobs: [registerJob(createPortraitsJob({ portraits, projectFolder: folder.path, workers, codec, cores }))],
    holder: { rows: portraits.held },
    handlers: answer({
      'audit.read': (_, signal) => audit.read(signal),
      'audit.measure': () => ({ jobId: audit.measure() }),
    }),
  }
}
