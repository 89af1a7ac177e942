import type { ImageFilter } from '#shared/contract/image.contract.ts'
import type { Lent } from '#engine/base/features/lent.ts'
import { answer } from '#engine/base/procedures/handlers.ts'
import { createWorkerPool } from '#engine/base/threads/worker-pool.ts'
import type { ImageBrowseService } from '#engine/data/catalogue/image-browse.service.ts'
import { createCheckHolder } from './check-holder.ts'
import { CheckScoreRepo } from './check-score.repo.ts'
import { CheckScoreService } from './check-score.service.ts'
import { CheckService } from './check.service.ts'
import { FindingRepo } from './finding.repo.ts'
import { FindingService } from './finding.service.ts'
import { GroupRepo } from './group.repo.ts'
import { GroupService } from './group.service.ts'
import { ScanReportRepo } from './scan-report.repo.ts'
import { ScanReportService } from './scan-report.service.ts'

const readsIdleMs = 60_000

export function openChecks(lent: Lent & { readonly images: ImageBrowseService }) {
  const { db, now, workers, images, publishChange, closers } = lent
  const scores = new CheckScoreRepo(db)
  const writer = new CheckScoreService({ scores, now })
  const reads = closers.use(
    createWorkerPool({ workers, name: 'check-reads', threads: 1, idleMs: readsIdleMs }),
  )
  const readTiles = (ids: readonly number[]) => images.readTiles(ids)
  const matchIds = (filter: ImageFilter) => images.matchIds(filter)
  const checks = new CheckService({ scores, writer, reads, catalogue: db.file, readTiles, publishChange })
  const groups = new GroupService({ groups: new GroupRepo(db), matchIds })
  const findings = new FindingService({
    findings: new FindingRepo(db),
    groups,
    scores: writer,
    readTiles,
    matchIds,
  })
  return {
    services: {
      checkScores: writer,
      groups,
      scanReports: new ScanReportService({ reports: new ScanReportRepo(db), now }),
    },
    jobs: [],
    holder: createCheckHolder(scores),
    handlers: answer({
      'check.list': (_input, signal) => checks.list(signal),
      'check.rates': (_input, signal) => checks.rates(signal),
      'check.histogram': (request, signal) => checks.histogram(request, signal),
      'check.preview': (request, signal) => checks.preview(request, signal),
      'check.setCut': (request, signal) => checks.setCut(request, signal),
      'finding.queue': (request) => findings.queue(request),
      'finding.group': ({ check, groupId }) => findings.group(check, groupId),
      'finding.groups': (request) => groups.list(request),
      'finding.countGroups': ({ check, filter }) => groups.count(check, filter),
      'finding.ofImage': ({ imageId }) => findings.ofImage(imageId),
    }),
  }
}
