import type { ImageFilter } from '#shared/contract/image.contract.ts'
import type { Topic } from '#shared/contract/system.contract.ts'
import type { ImageBrowseService } from '#engine/data/catalogue/image-browse.service.ts'
import type { CrossvalService } from '#engine/learning/crossval/crossval.service.ts'
import type { Db } from '#engine/base/db/db.ts'
import { createFacesFeature } from '#engine/curation/faces/create-faces-feature.ts'
import { registerJob, type JobRunner, type RegisteredJob } from '#engine/base/jobs/job.ts'
import type { Clock } from '#engine/base/kernel/clock.ts'
import type { ImageCodecName } from '#engine/base/media/image-codec.ts'
import type { ModelService } from '#engine/learning/models/model.service.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import { createWorkerPool } from '#engine/base/threads/worker-pool.ts'
import { CheckScoreRepo } from '#engine/curation/checks/check-score.repo.ts'
import { CheckScoreService } from '#engine/curation/checks/check-score.service.ts'
import { CheckService } from '#engine/curation/checks/check.service.ts'
import { DuplicateStep } from '#engine/curation/duplicates/duplicate.step.ts'
import { FindingRepo } from '#engine/curation/checks/finding.repo.ts'
import { FindingService } from '#engine/curation/checks/finding.service.ts'
import { createLabelStep } from '#engine/curation/label-checks/label-checks.step.ts'
import { LabelSourceRepo } from '#engine/curation/label-checks/label-source.repo.ts'
import { createMapJob } from '#engine/curation/map/map.job.ts'
import { MapGroupRepo } from '#engine/curation/map/map-group.repo.ts'
import { MapRepo } from '#engine/curation/map/map.repo.ts'
import { MapService } from '#engine/curation/map/map.service.ts'
import { MeasureRepo } from '#engine/curation/pixels/measure.repo.ts'
import { MeasureStep } from '#engine/curation/pixels/measure.step.ts'
import { createNeighbourStep } from '#engine/curation/label-checks/neighbour-checks.step.ts'
import { createScanJob } from './scan.job.ts'
import { ScanService } from './scan.service.ts'
import { ScanSettingRepo } from './scan-setting.repo.ts'
import type { ScanStep } from '#engine/curation/checks/scan-step.ts'
import { ShortcutReportRepo } from '#engine/curation/label-checks/shortcut-report.repo.ts'
import { ShortcutSourceRepo } from '#engine/curation/label-checks/shortcut-source.repo.ts'
import { ShortcutService } from '#engine/curation/label-checks/shortcut.service.ts'
import { VectorSourceRepo } from '#engine/curation/vectors/vector-source.repo.ts'

interface CurationDeps {
  readonly db: Db
  readonly projectFolder: string
  readonly jobs: JobRunner
  readonly now: Clock
  readonly workers: WorkerLocator
  readonly codec: ImageCodecName
  readonly cores: number
  readonly images: ImageBrowseService
  readonly models: ModelService
  readonly crossvals: CrossvalService
  readonly publishChange: (topics: readonly Topic[]) => void
  /** Closed with the project. */
  readonly closers: AsyncDisposableStack
}

const readsIdleMs = 60_000

/** Everything that looks for images which do not belong: the scan with its steps, its checks and what they found. */
export function wireCuration(deps: CurationDeps) {
  const { db, projectFolder, jobs, now, workers, codec, cores, images, publishChange, closers } = deps
  const scores = new CheckScoreRepo(db)
  const writer = new CheckScoreService({ scores, now })
  const measures = new MeasureRepo(db)
  const reads = closers.use(
    createWorkerPool({ workers, name: 'check-reads', threads: 1, idleMs: readsIdleMs }),
  )
  const measuring = closers.use(createWorkerPool({ workers, name: 'measure', threads: cores }))
  const readTiles = (ids: readonly number[]) => images.readTiles(ids)
  const matchIds = (filter: ImageFilter) => images.matchIds(filter)
  const checks = new CheckService({ scores, writer, reads, catalogue: db.file, readTiles, publishChange })
  const findings = new FindingService({ findings: new FindingRepo(db), scores: writer, readTiles, matchIds })
  const settings = new ScanSettingRepo(db)
  const rememberDetector = (detector: string | null) => settings.setDetector(detector)
  const faces = createFacesFeature({ ...deps, scores: writer, rememberDetector })
  /** In the order in which they build on each other. */
  const found = {
    scores: writer,
    labels: new LabelSourceRepo(db),
    vectors: new VectorSourceRepo(db),
    workers,
    catalogue: db.file,
  }
  const shortcuts = new ShortcutService({
    ...found,
    reports: new ShortcutReportRepo(db),
    source: new ShortcutSourceRepo(db),
    now,
  })
  const steps: readonly ScanStep[] = [
    new MeasureStep({ measures, scores: writer, pool: measuring, codec, projectFolder }),
    new DuplicateStep({ scores: writer, workers, catalogue: db.file }),
    shortcuts.createStep(),
    faces.step,
    createNeighbourStep(found),
    createLabelStep({ ...found, crossvals: deps.crossvals }),
  ]
  const { vectors } = found
  const maps = new MapService({
    maps: new MapRepo(db),
    groups: new MapGroupRepo(db),
    vectors,
    jobs,
    workers,
    catalogue: db.file,
    now,
    publishChange,
  })
  const scans = new ScanService({ jobs, scores, writer, measures, settings, steps, publishChange })
  const handlers: readonly RegisteredJob[] = [
    registerJob(createScanJob(scans)),
    ...faces.handlers,
    registerJob(createMapJob(maps)),
  ]
  return { services: { scans, checks, findings, ...faces.services, maps, shortcuts }, handlers }
}
