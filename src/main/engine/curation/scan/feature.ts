import * as z from 'zod'
import type { ImageFilter } from '#shared/contract/image.contract.ts'
import { scanRequest } from '#shared/contract/check.contract.ts'
import { checkIds } from '#shared/domain/checks.ts'
import { answer } from '#engine/base/procedures/handlers.ts'
import type { Lent } from '#engine/base/features/lent.ts'
import type { ImageBrowseService } from '#engine/data/catalogue/image-browse.service.ts'
import type { ImageStateService } from '#engine/data/catalogue/image-state.service.ts'
import type { CrossvalService } from '#engine/learning/crossval/crossval.service.ts'
import { createFacesFeature } from '#engine/curation/faces/feature.ts'
import { registerJob } from '#engine/base/jobs/job.ts'
import type { ModelService } from '#engine/learning/models/model.service.ts'
import { createWorkerPool } from '#engine/base/threads/worker-pool.ts'
import { CheckScoreRepo } from '#engine/curation/checks/check-score.repo.ts'
import { CheckScoreService } from '#engine/curation/checks/check-score.service.ts'
import { CheckService } from '#engine/curation/checks/check.service.ts'
import { DuplicateStep } from '#engine/curation/duplicates/duplicate.step.ts'
import { FindingRepo } from '#engine/curation/checks/finding.repo.ts'
import { FindingService } from '#engine/curation/checks/finding.service.ts'
import { createLabelStep } from '#engine/curation/label-checks/label-checks.step.ts'
import { LabelSourceRepo } from '#engine/curation/label-checks/label-source.repo.ts'
import { MapGroupRepo } from '#engine/curation/map/map-group.repo.ts'
import { MapRepo } from '#engine/curation/map/map.repo.ts'
import { MapService } from '#engine/curation/map/map.service.ts'
import { MeasureRepo } from '#engine/curation/pixels/measure.repo.ts'
import { MeasureStep } from '#engine/curation/pixels/measure.step.ts'
import { createNeighbourStep } from '#engine/curation/label-checks/neighbour-checks.step.ts'
import { ScanService } from './scan.service.ts'
import { ScanSettingRepo } from './scan-setting.repo.ts'
import type { ScanStep } from '#engine/curation/checks/scan-step.ts'
import { ScanReportRepo } from '#engine/curation/checks/scan-report.repo.ts'
import { ScanReportService } from '#engine/curation/checks/scan-report.service.ts'
import { ShortcutSourceRepo } from '#engine/curation/label-checks/shortcut-source.repo.ts'
import { ShortcutService } from '#engine/curation/label-checks/shortcut.service.ts'
import { VectorSourceRepo } from '#engine/curation/vectors/vector-source.repo.ts'

interface CurationLent extends Lent {
  readonly images: ImageBrowseService
  readonly imageStates: ImageStateService
  readonly models: ModelService
  readonly crossvals: CrossvalService
}

const readsIdleMs = 60_000

/** Everything that looks for images which do not belong: the scan with its steps, its checks and what they found. */
export function openCuration(deps: CurationLent) {
  const { db, folder, jobs, now, workers, codec, cores, images, publishChange, closers } = deps
  const projectFolder = folder.path
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
  const faces = createFacesFeature({ ...deps, projectFolder, scores: writer, rememberDetector })
  /** In the order in which they build on each other. */
  const found = {
    scores: writer,
    labels: new LabelSourceRepo(db),
    vectors: new VectorSourceRepo(db),
    workers,
    catalogue: db.file,
  }
  const reports = new ScanReportService({ reports: new ScanReportRepo(db), now })
  const shortcuts = new ShortcutService({
    ...found,
    reports,
    source: new ShortcutSourceRepo(db),
  })
  const steps: readonly ScanStep[] = [
    new MeasureStep({
      measures,
      images: deps.imageStates,
      scores: writer,
      pool: measuring,
      codec,
      projectFolder,
    }),
    new DuplicateStep({ scores: writer, workers, catalogue: db.file }),
    shortcuts.createStep(),
    faces.step,
    createNeighbourStep(found),
    createLabelStep({ ...found, crossvals: deps.crossvals }),
  ]
  const { vectors } = found
  const maps = new MapService({
    maps: new MapRepo(db),
    reports,
    groups: new MapGroupRepo(db),
    vectors,
    jobs,
    workers,
    catalogue: db.file,
    publishChange,
  })
  const scans = new ScanService({ jobs, scores, writer, measures, settings, steps, publishChange })
  return {
    services: {},
    jobs: [
      registerJob({
        kind: 'scan',
        input: scanRequest,
        title: ({ checks: asked = checkIds }) =>
          asked.length === checkIds.length
            ? 'Scan for images that do not belong'
            : `Scan: ${asked.length} ${asked.length === 1 ? 'check' : 'checks'}`,
        run: (request, context) => scans.run(request, context),
      }),
      ...faces.handlers,
      registerJob({
        kind: 'map',
        input: z.object({ space: z.string(), seed: z.int() }),
        title: ({ space }) => `Lay out the map of ${space}`,
        run: (asked, context) => maps.make(asked, context),
      }),
    ],
    handlers: answer({
      'scan.start': (request) => ({ jobId: scans.start(request) }),
      'scan.settings': () => scans.readSettings(),
      'check.list': (_input, signal) => checks.list(signal),
      'check.histogram': (request, signal) => checks.histogram(request, signal),
      'check.preview': (request, signal) => checks.preview(request, signal),
      'check.setCut': (request, signal) => checks.setCut(request, signal),
      'check.shortcuts': () => shortcuts.read(),
      'finding.queue': (request) => findings.queue(request),
      'finding.group': ({ check, groupId }) => findings.group(check, groupId),
      'finding.ofImage': ({ imageId }) => findings.ofImage(imageId),
      'embedding.spaces': () => faces.services.embeddings.listSpaces(),
      'embedding.start': ({ modelId }) => ({ jobId: faces.services.embeddings.start(modelId) }),
      'embedding.neighbours': (request, signal) => faces.services.embeddings.findNeighbours(request, signal),
      'map.start': (request) => maps.start(request),
      'map.points': ({ space }, signal) => maps.points(space, signal),
      'map.groups': (request, signal) => maps.groups(request, signal),
    }),
  }
}
