import { randomUUID } from 'node:crypto'
import { basename } from 'node:path'
import type { ProjectSummary } from '#shared/contract/project.contract.ts'
import { openEvaluations } from '#engine/assessment/evaluation/feature.ts'
import { openDatabase } from '#engine/base/db/open-database.ts'
import { requireAnswers, requireJobs, startFeatures } from '#engine/base/features/feature-list.ts'
import {
  projectProcedures,
  type AnyHandlers,
  type ProjectHandlers,
} from '#engine/base/procedures/handlers.ts'
import type { EngineLent, ProjectFolder, ProjectLent } from '#engine/base/features/lent.ts'
import { openJobs } from '#engine/base/jobs/feature.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import type { UserSettingsStore } from '#engine/base/settings/user-settings.ts'
import { openChecks } from '#engine/curation/checks/feature.ts'
import { openDecisions } from '#engine/curation/decisions/feature.ts'
import { openDuplicates } from '#engine/curation/duplicates/feature.ts'
import { openFaces } from '#engine/curation/faces/feature.ts'
import { openLabelChecks } from '#engine/curation/label-checks/feature.ts'
import { openMaps } from '#engine/curation/map/feature.ts'
import { openPixels } from '#engine/curation/pixels/feature.ts'
import { openReadings } from '#engine/curation/readings/feature.ts'
import { openScans } from '#engine/curation/scan/feature.ts'
import { openVectors } from '#engine/curation/vectors/feature.ts'
import { openCatalogue } from '#engine/data/catalogue/feature.ts'
import { openSamples } from '#engine/data/sample/feature.ts'
import { openSnapshots } from '#engine/data/snapshots/feature.ts'
import { openSplits } from '#engine/data/splits/feature.ts'
import { openCrossvals } from '#engine/learning/crossval/feature.ts'
import { openExports } from '#engine/learning/export/feature.ts'
import { openModels } from '#engine/learning/models/feature.ts'
import { openPredictions } from '#engine/learning/predictions/feature.ts'
import { openTraining } from '#engine/learning/training/feature.ts'
import type { DeviceService } from '#engine/networks/devices/device.service.ts'
import { openImportedCurves } from '#engine/learning/curves/feature.ts'
import { lockProject } from '#engine/project/folder/project-lock.ts'
import { ProjectRepo } from './project.repo.ts'

/** What the engine lends to every session: its own, and the services that need no project. */
export interface SessionLent extends EngineLent {
  readonly settings: UserSettingsStore
  /** What can train on this machine. */
  readonly devices: DeviceService
}

/** The features of a project in the order of their floors: each is lent the services of those before it. */
const openFeatures = (lent: ProjectLent & SessionLent) =>
  startFeatures(lent)
    .add(openJobs)
    .add(openCatalogue)
    .add(openSnapshots)
    .add(openSplits)
    .add(openSamples)
    .add(openImportedCurves)
    .add(openModels)
    .add(openTraining)
    .add(openPredictions)
    .add(openCrossvals)
    .add(openExports)
    .add(openChecks)
    .add(openPixels)
    .add(openDuplicates)
    .add(openVectors)
    .add(openFaces)
    .add(openLabelChecks)
    .add(openMaps)
    .add(openScans)
    .add(openDecisions)
    .add(openReadings)
    .add(openEvaluations)

/** Everything that lives while one project is open. */
export interface ProjectSession {
  readonly folder: ProjectFolder
  readonly services: ReturnType<typeof openFeatures>['lent']
  readonly handlers: AnyHandlers
  summarise(): ProjectSummary
  dispose(): Promise<void>
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
  lent: SessionLent,
  created: { readonly name?: string | undefined; readonly isSynthetic?: boolean } = {},
): Promise<ProjectSession> {
  const { now, logger } = lent
  const { name: codec } = await lent.chooseCodec()
  await using opening = new AsyncDisposableStack()
  const lock = lockProject(folder, formatTimestamp(now()))
  opening.defer(() => lock.release())
  const db = openDatabase({ file: folder.catalogue, now, logger })
  opening.defer(() => db.close())

  const projects = new ProjectRepo(db)
  ensureProjectRow(projects, {
    name: created.name ?? basename(folder.path),
    isSynthetic: created.isSynthetic ?? false,
    now,
  })
  const features = openFeatures({ ...lent, db, folder, codec, closers: opening })
  const { lent: services } = features
  const handlers: ProjectHandlers = features.handlers
  requireAnswers(projectProcedures, handlers)
  requireJobs(features.jobs)
  services.jobs.register(features.jobs)
  opening.defer(() => services.jobs.dispose())

  const closers = opening.move()
  return {
    folder,
    services,
    handlers,
    summarise: () => summarise(projects, folder),
    dispose: () => closers.disposeAsync(),
  }
}

function summarise(projects: ProjectRepo, folder: ProjectFolder): ProjectSummary {
  const project = projects.find()
  if (project === undefined) throw new Error('The catalogue has no project row')
  return { folder: folder.path, ...project, counts: projects.count() }
}
