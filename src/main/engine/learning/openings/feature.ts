import type { AccessLog } from '#engine/base/access-log/access-log.service.ts'
import type { Lent } from '#engine/base/features/lent.ts'
import type { ErasureRecordService } from '#engine/data/erasures/erasure-record.service.ts'
import { OpeningRepo } from './opening.repo.ts'
import { OpeningService } from './opening.service.ts'
import { OpeningWitness } from './opening-witness.ts'

interface OpeningsLent extends Lent {
  readonly accessLog: AccessLog
  readonly erasures: ErasureRecordService
}

export function openOpenings(lent: OpeningsLent) {
  const { db, accessLog, erasures, settings, userDataFolder, logger, projectUuid, folder } = lent
  const openings = new OpeningService({
    repo: new OpeningRepo(db),
    witness: new OpeningWitness({ userDataFolder, logger }),
    accessLog,
    erasures,
    settings,
    project: { uuid: projectUuid, folder: folder.path },
  })
  return { services: { openings }, jobs: [], handlers: {} }
}
