import type { Db } from '#engine/base/db/db.ts'
import { answer } from '#engine/base/procedures/handlers.ts'
import { ErasureRecordService } from './erasure-record.service.ts'
import { ErasureRepo } from './erasure.repo.ts'

export function openErasureRecords({ db }: { readonly db: Db }) {
  const erasures = new ErasureRecordService({ repo: new ErasureRepo(db) })
  return {
    services: { erasures },
    jobs: [],
    handlers: answer({ 'erasure.list': () => erasures.list() }),
  }
}
