import * as z from 'zod'
import { imageTile } from '#shared/contract/image.contract.ts'
import { imageId } from '#shared/contract/base.contract.ts'
import type { Topic } from '#shared/contract/system.contract.ts'
import type { CatalogueService } from '#engine/catalogue/catalogue.service.ts'
import type { Db } from '#engine/db/db.ts'
import { registerJob, type JobRunner, type RegisteredJob } from '#engine/jobs/job.ts'
import type { Clock } from '#engine/kernel/clock.ts'
import type { ImageCodecName } from '#engine/media/image-codec.ts'
import type { WorkerLocator } from '#engine/workers/worker-locator.ts'
import { createWorkerPool } from '#engine/workers/worker-pool.ts'
import { CheckScoreRepo } from './check-score.repo.ts'
import { CheckScoreService } from './check-score.service.ts'
import { CheckService } from './check.service.ts'
import { FindingRepo } from './finding.repo.ts'
import { FindingService } from './finding.service.ts'
import { MeasureRepo } from './measure.repo.ts'
import { createScanJob } from './scan.job.ts'
import { ScanService } from './scan.service.ts'
import type { ScanStep } from './scan-step.ts'

interface CurationDeps {
  readonly db: Db
  readonly projectFolder: string
  readonly jobs: JobRunner
  readonly now: Clock
  readonly workers: WorkerLocator
  readonly codec: ImageCodecName
  readonly cores: number
  readonly catalogue: CatalogueService
  readonly publishChange: (topics: readonly Topic[]) => void
  /** Closed with the project. */
  readonly closers: AsyncDisposableStack
}

const readsIdleMs = 60_000

/** Everything that looks for images which do not belong: the scan with its steps, its checks and what they found. */
export function wireCuration(deps: CurationDeps) {
  const { db, jobs, now, workers, catalogue, publishChange, closers } = deps
  const scores = new CheckScoreRepo(db)
  const writer = new CheckScoreService({ scores, now })
  const measures = new MeasureRepo(db)
  const reads = closers.use(
    createWorkerPool({ workers, name: 'check-reads', threads: 1, idleMs: readsIdleMs }),
  )
  const tile = z.object(imageTile.shape)
  const readTiles = (ids: readonly number[]) =>
    ids.map((id) => tile.parse(catalogue.getImage(imageId.parse(id))))
  const matchIds = () => Promise.resolve(new Uint32Array())
  const checks = new CheckService({ scores, writer, reads, catalogue: db.file, readTiles, publishChange })
  const findings = new FindingService({ findings: new FindingRepo(db), scores: writer, readTiles, matchIds })
  /** In the order in which they build on each other. */
  const steps: readonly ScanStep[] = []
  const scans = new ScanService({ jobs, scores, writer, measures, steps, publishChange })
  const handlers: readonly RegisteredJob[] = [registerJob(createScanJob(scans))]
  return { services: { scans, checks, findings }, handlers }
}
