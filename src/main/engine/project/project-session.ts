import { basename } from 'node:path'
import { randomUUID } from 'node:crypto'
import type { ProjectSummary } from '#shared/contract/project.contract.ts'
import type { JobSnapshot } from '#shared/contract/job.contract.ts'
import type { Topic } from '#shared/contract/system.contract.ts'
import { createCatalogueFeature } from '#engine/data/catalogue/create-catalogue-feature.ts'
import { wireCuration } from '#engine/curation/scan/wire-curation.ts'
import { openDatabase } from '#engine/base/db/open-database.ts'
import { wireDecisions } from '#engine/curation/decisions/wire-decisions.ts'
import type { Db } from '#engine/base/db/db.ts'
import { JobRepo } from '#engine/base/jobs/job.repo.ts'
import { QueuedJobRunner } from '#engine/base/jobs/job-runner.ts'
import { registerJob, type JobRunner, type RegisteredJob } from '#engine/base/jobs/job.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import type { Logger } from '#engine/base/kernel/logger.ts'
import { createSampleJob } from '#engine/data/sample/sample.job.ts'
import { SampleService } from '#engine/data/sample/sample.service.ts'
import { createSplitJob } from '#engine/data/splits/split.job.ts'
import { ReadingRepo } from '#engine/curation/readings/reading.repo.ts'
import { ReadingService } from '#engine/curation/readings/reading.service.ts'
import { SnapshotRepo } from '#engine/data/snapshots/snapshot.repo.ts'
import { SnapshotService } from '#engine/data/snapshots/snapshot.service.ts'
import { SplitRepo } from '#engine/data/splits/split.repo.ts'
import { SplitService } from '#engine/data/splits/split.service.ts'
import type { CodecVerdict } from '#engine/base/media/choose-image-codec.ts'
import type { ImageCodecName } from '#engine/base/media/image-codec.ts'
import type { DeviceService } from '#engine/networks/devices/device.service.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import type { ProjectFolder } from './project-folder.ts'
import { lockProject } from './project-lock.ts'
import { ProjectRepo } from './project.repo.ts'
import { wireTraining } from './wire-training.ts'

/** What the engine lends to every open project. */
export interface SessionDeps {
  readonly now: Clock
  readonly logger: Logger
  readonly workers: WorkerLocator
  /** Which image codec is safe here; asked once, when the first project opens. */
  readonly chooseCodec: () => Promise<CodecVerdict>
  /** Threads that heavy work may use in all. */
  readonly cores: number
  /** What can train on this machine. */
  readonly devices: DeviceService
  readonly publishJob: (job: JobSnapshot) => void
  /** Tells every window that these parts of the catalogue have changed. */
  readonly publishChange: (topics: readonly Topic[]) => void
}

/** Everything that lives while one project is open. */
export interface ProjectSession {
  readonly folder: ProjectFolder
  readonly services: ProjectServices
  summarise(): ProjectSummary
  dispose(): Promise<void>
}

type ProjectServices = ReturnType<typeof wireFeatures>['services']

interface FeatureDeps extends SessionDeps {
  readonly db: Db
  readonly folder: ProjectFolder
  readonly jobs: JobRunner
  readonly codec: ImageCodecName
  /** Whatever a feature opens is handed over here and closed with the project, last opened first. */
  readonly closers: AsyncDisposableStack
}

/** Each feature makes its repos and services here and lists the jobs it can run. */
function wireFeatures(deps: FeatureDeps) {
  const { db, folder, jobs, codec, cores, now, workers, publishChange } = deps
  const catalogue = createCatalogueFeature(deps)
  const splits = new SplitService({
    splits: new SplitRepo(db),
    jobs,
    catalogue: folder.catalogue,
    workers,
    now,
    publishChange,
  })

  const training = wireTraining({ ...deps, projectFolder: folder.path })

  const curation = wireCuration({
    ...deps,
    projectFolder: folder.path,
    images: catalogue.services.images,
    models: training.services.models,
    crossvals: training.services.crossvals,
  })

  const decisions = wireDecisions({ ...deps, catalogue: catalogue.services.images })

  const readings = new ReadingService({ readings: new ReadingRepo(db), now, publishChange })
  const snapshots = new SnapshotService({
    snapshots: new SnapshotRepo(db),
    catalogue: folder.catalogue,
    workers,
    now,
    publishChange,
  })
  deps.closers.defer(() => snapshots.dispose())

  const samples = new SampleService({
    projectFolder: folder.path,
    codec,
    workers,
    cores,
    importDataset: (request, context) => catalogue.services.imports.run(request, context),
  })

  const services = {
    jobs,
    ...catalogue.services,
    splits,
    ...training.services,
    ...curation.services,
    ...decisions.services,
    readings,
    snapshots,
  }
  const handlers: RegisteredJob[] = [
    ...catalogue.handlers,
    registerJob(createSplitJob(splits)),
    registerJob(createSampleJob(samples)),
    ...training.handlers,
    ...curation.handlers,
  ]

  return { services, handlers }
}

function ensureProjectRow(
  projects: ProjectRepo,
  options: { name: string; isSynthetic: boolean; now: Clock },
): void {
  if (projects.find() !== undefined) return
  const { name, isSynthetic, now } = options
  projects.insert({ name, uuid: randomUUID(), isSynthetic, createdAt: formatTimestamp(now()) })
}

/**
 * Locks and opens the catalogue of a project folder and starts its job runner. A catalogue without a project
 * row is a new one and gets its name and kind from `created`, or the folder's name.
 */
export async function openProjectSession(
  folder: ProjectFolder,
  deps: SessionDeps,
  created: { readonly name?: string | undefined; readonly isSynthetic?: boolean } = {},
): Promise<ProjectSession> {
  const { name: codec } = await deps.chooseCodec()
  await using opening = new AsyncDisposableStack()
  const lock = lockProject(folder, formatTimestamp(deps.now()))
  opening.defer(() => lock.release())
  const db = openDatabase({ file: folder.catalogue, now: deps.now, logger: deps.logger })
  opening.defer(() => db.close())

  const projects = new ProjectRepo(db)
  ensureProjectRow(projects, {
    name: created.name ?? basename(folder.path),
    isSynthetic: created.isSynthetic ?? false,
    now: deps.now,
  })
  const jobs = new QueuedJobRunner({
    jobs: new JobRepo(db),
    now: deps.now,
    logger: deps.logger,
    onChange: deps.publishJob,
  })
  const { services, handlers } = wireFeatures({ ...deps, db, folder, jobs, codec, closers: opening })
  jobs.register(handlers)
  opening.defer(() => jobs.dispose())

  const closers = opening.move()
  return {
    folder,
    services,
    summarise: () => summarise(projects, folder),
    dispose: () => closers.disposeAsync(),
  }
}

function summarise(projects: ProjectRepo, folder: ProjectFolder): ProjectSummary {
  const project = projects.find()
  if (project === undefined) throw new Error('The catalogue has no project row')
  return { folder: folder.path, ...project, counts: projects.count() }
}
