import type { Lent } from '#engine/base/features/lent.ts'
import { answer } from '#engine/base/procedures/handlers.ts'
import { AuditService } from './audit.service.ts'

export function openAudit({ db, workers }: Lent) {
  const audit = new AuditService({ catalogue: db.file, workers })
  return {
    services: { audit },
    jobs: [],
    handlers: answer({ 'audit.read': (_, signal) => audit.read(signal) }),
  }
}
