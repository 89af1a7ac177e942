import { resolve } from 'node:path'
import { answer } from '#engine/base/procedures/handlers.ts'
import type { ProjectLent } from '#engine/base/features/lent.ts'
import type { ErasureWork } from '#engine/base/holders/image-holder.ts'
import { Ledger } from '#engine/base/ledger/ledger.ts'
import { AccessLineRepo } from './access-line.repo.ts'
import { AccessLog } from './access-log.service.ts'

export function openAccessLog({ db, settings, host, now, folder }: ProjectLent) {
  const accessLog = new AccessLog({
    db,
    lines: new AccessLineRepo(db),
    ledger: new Ledger(db, 'access'),
    settings,
    host,
    now,
  })
  return {
    services: { accessLog },
    jobs: [],
    holder: { rows: null, settle: (work: ErasureWork) => accessLog.forget(work) },
    handlers: answer({
      'access.list': ({ filter, before, limit }) => accessLog.list(filter, { before, limit }),
      'access.verify': () => accessLog.verify(),
      'access.export': ({ filter, file }) => accessLog.exportCsv(filter, resolve(folder.path, file)),
    }),
  }
}
