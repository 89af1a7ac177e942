import { randomUUID } from 'node:crypto'
import { basename } from 'node:path'
import type { AppError } from '#shared/contract/errors.ts'
import type { CatalogueCopy, ProjectSummary } from '#shared/contract/project.contract.ts'
import { openAudit } from '#engine/assessment/audit/feature.ts'
import { openBaselines } from '#engine/assessment/baselines/feature.ts'
import { openEvaluations } from '#engine/assessment/evaluation/feature.ts'
import type { PictureDesk } from '#engine/assessment/explanations/picture-desk.ts'
import type { Predictor } from '#engine/networks/inference/predictor.ts'
import type { Explainer } from '#engine/assessment/explanations/explainer.ts'
import { openExplanations } from '#engine/assessment/explanations/feature.ts'
import { openFairness } from '#engine/assessment/fairness/feature.ts'
import { openLeakage } from '#engine/assessment/leakage/feature.ts'
import { openLedger } from '#engine/assessment/ledger/feature.ts'
import { openSensitivity } from '#engine/assessment/sensitivity/feature.ts'
import { openAccessLog } from '#engine/base/access-log/feature.ts'
import { createDamageError } from '#engine/base/db/catalogue-error.ts'
import { CatalogueSeal } from '#engine/base/db/catalogue-seal.ts'
import { checkedAtOnceBytes } from '#engine/base/db/check-database.ts'
import type { Db } from '#engine/base/db/db.ts'
import { openDatabase } from '#engine/base/db/open-database.ts'
import { requireAnswers, requireJobs, startFeatures } from '#engine/base/features/feature-list.ts'
import {
  projectProcedures,
  type AnyHandlers,
  type ProjectHandlers,
} from '#engine/base/procedures/handlers.ts'
import type { EngineLent, ProjectFolder, ProjectLent } from '#engine/base/features/lent.ts'
import { openStoredFiles } from '#engine/base/integrity/feature.ts'
import { openJobs } from '#engine/base/jobs/feature.ts'
import { formatTimestamp } from '#engine/base/kernel/clock.ts'
import { keepFilesTo, type FileAudience } from '#engine/base/kernel/file-modes.ts'
import type { UserSettingsStore } from '#engine/base/settings/user-settings.ts'
import { openChecks } from '#engine/curation/checks/feature.ts'
import { openDecisions } from '#engine/curation/decisions/feature.ts'
import { openDuplicates } from '#engine/curation/duplicates/feature.ts'
import { openFaces } from '#engine/curation/faces/feature.ts'
import { openIdentities } from '#engine/curation/identities/feature.ts'
import { openLabelChecks } from '#engine/curation/label-checks/feature.ts'
import { openMaps } from '#engine/curation/map/feature.ts'
import { openPixels } from '#engine/curation/pixels/feature.ts'
import { openReadings } from '#engine/curation/readings/feature.ts'
import { openScans } from '#engine/curation/scan/feature.ts'
import { openVectors } from '#engine/curation/vectors/feature.ts'
import { openCatalogue } from '#engine/data/catalogue/feature.ts'
import { openErasureRecords } from '#engine/data/erasures/feature.ts'
import { openSamples } from '#engine/data/sample/feature.ts'
import { openSnapshots } from '#engine/data/snapshots/feature.ts'
import { openSplits } from '#engine/data/splits/feature.ts'
import { openCrossvals } from '#engine/learning/crossval/feature.ts'
import { openExports } from '#engine/learning/export/feature.ts'
import { openModels } from '#engine/learning/models/feature.ts'
import { openPredictions } from '#engine/learning/predictions/feature.ts'
import { openOpenings } from '#engine/learning/openings/feature.ts'
import { openTraining } from '#engine/learning/training/feature.ts'
import type { DeviceService } from '#engine/networks/devices/device.service.ts'
import { openImportedCurves } from '#engine/learning/curves/feature.ts'
import { openPurposes } from '#engine/learning/purposes/feature.ts'
import { openBundles } from '#engine/reports/bundles/feature.ts'
import { openReports } from '#engine/reports/documents/feature.ts'
import { CopyService } from '#engine/project/copies/copy.service.ts'
import { openErasing } from '#engine/project/erase/feature.ts'
import { FileAccess } from '#engine/project/folder/file-access.ts'
import { ProjectPlace } from '#engine/project/folder/project-place.ts'
import { openTakingBack } from '#engine/project/take-back/feature.ts'
import { openIntegrity } from '#engine/project/integrity/feature.ts'
import { lockProject } from '#engine/project/folder/project-lock.ts'
import { CallWatch } from './call-watch.ts'
import { logJobs, logProcedures } from './log-acts.ts'
import { ProjectRepo } from './project.repo.ts'
import { tellClosing } from './tell-closing.ts'

/** What the engine lends to every session: its own, and the services that need no project. */
export interface SessionLent extends EngineLent {
  readonly settings: UserSettingsStore
  /** What can train on this machine. */
  readonly devices: DeviceService
  readonly predictor: Predictor
  readonly explainer: Explainer
  readonly desk: PictureDesk
}

/** The features of a project in the order of their floors: each is lent the services of those before it. */
function openFeatures(
  lent: ProjectLent & SessionLent & { readonly listCopies: () => Promise<CatalogueCopy[]> },
) {
  // Jobs end where they were begun: their rows go with the catalogue, also when it was moved.
  const features = startFeatures({ ...lent, db: writeInPlace(lent.db, lent.checkPlace) })
    .add(openAccessLog)
    .add((inPlace) => openJobs({ ...inPlace, db: lent.db }))
    .add(openStoredFiles)
    .add(openErasureRecords)
    .add(openCatalogue)
    .add(openSnapshots)
    .add(openSplits)
    .add(openSamples)
    .add(openImportedCurves)
    .add(openPurposes)
    .add(openModels)
    .add(openTraining)
    .add(openOpenings)
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
    .add(openIdentities)
    .add(openLeakage)
    .add(openAudit)
    .add(openEvaluations)
    .add(openBaselines)
    .add(openFairness)
    .add(openLedger)
    .add(openExplanations)
    .add(openSensitivity)
    .add(openReports)
    .add(openBundles)
    .add(openIntegrity)
  // What lets go of images comes last, and is lent what every other holds of them.
  const undone = features.add((given) => openTakingBack({ ...given, holders: features.holders }))
  return undone.add((given) => openErasing({ ...given, holders: undone.holders }))
}

/** Rows name files that lie beside the catalogue: nothing is written of them once those would lie elsewhere. */
const writeInPlace = (db: Db, checkPlace: () => void): Db => ({
  ...db,
  transact: (work) => {
    checkPlace()
    return db.transact(work)
  },
  transactUnreferenced: (work) => {
    checkPlace()
    return db.transactUnreferenced(work)
  },
})

/** Everything that lives while one project is open. */
export interface ProjectSession {
  readonly folder: ProjectFolder
  readonly services: ReturnType<typeof openFeatures>['lent']
  readonly handlers: AnyHandlers
  readonly copies: CopyService
  /** Says from now on who may read the files of the project. */
  setAudience(audience: FileAudience): void
  /** To be called when it has become the one open project. */
  keepNewFiles(): void
  readonly place: ProjectPlace
  /** Resolves when the catalogue has been read through: with what is wrong with it, or null. */
  readonly checked: Promise<AppError | null>
  /** Rows of the main tables of the catalogue. */
  countRows(): Record<string, number>
  summarise(): ProjectSummary
  dispose(): Promise<void>
}

/** After the last answer, and after which nobody is waited for any more. */
const quietTime = { quietMs: 2000, atMostMs: 60_000 } as const

/**
 * Locks and opens the catalogue of a project folder and starts its job runner.
 * @param created what a new project is called and is, or null for one that was made before
 */
export async function openProjectSession(
  folder: ProjectFolder,
  lent: SessionLent,
  created: { readonly name?: string | undefined; readonly isSynthetic?: boolean } | null = null,
): Promise<ProjectSession> {
  const { now, logger } = lent
  const { name: codec } = await lent.chooseCodec()
  await using opening = new AsyncDisposableStack()
  const lock = lockProject(folder, formatTimestamp(now()))
  opening.defer(() => lock.release())
  const seal = new CatalogueSeal(folder.catalogue, logger)
  opening.defer(() => seal.release())
  if (seal.sealedBytes <= checkedAtOnceBytes) throwIfFound(await seal.verify())
  const db = openDatabase({ file: folder.catalogue, now, logger, mayBeNew: created !== null, seal })
  opening.defer(() => closeSealed(db, seal))

  const place = new ProjectPlace(folder)
  const projects = new ProjectRepo(db)
  if (created !== null) {
    projects.insert({
      name: created.name ?? basename(folder.path),
      uuid: randomUUID(),
      isSynthetic: created.isSynthetic ?? false,
      createdAt: formatTimestamp(now()),
    })
  }
  const project = projects.find()
  if (project === undefined) {
    throw createDamageError(folder.catalogue, { finding: 'the row that names the project is missing' })
  }
  const access = new FileAccess({ folder, logger, isNew: created !== null })
  opening.defer(() => access.dispose())
  access.keepTo(project.audience)
  const calls = new CallWatch()
  const copies = new CopyService({
    ...lent,
    folder,
    seal,
    checkPlace: place.check,
    hasImages: () => projects.count().images > 0,
    awaitQuiet: (signal) => calls.awaitQuiet({ ...quietTime, signal }),
  })
  opening.defer(() => copies.dispose())
  const features = openFeatures({
    ...lent,
    db,
    folder,
    projectUuid: project.uuid,
    isSynthetic: project.isSynthetic,
    codec,
    closers: opening,
    checkPlace: place.check,
    copyBefore: (act) => copies.copyBefore(act),
    copyBeside: (act) => copies.beginBefore(act),
    rewriteCatalogue: (work) => seal.withoutSeal(work),
    copies: {
      make: async () => (await copies.make('requested')).file,
      settle: () => copies.settle(),
    },
    listCopies: () => copies.list(),
  })
  const { lent: services } = features
  const handlers: ProjectHandlers = features.handlers
  requireAnswers(projectProcedures, handlers)
  requireJobs(features.jobs)
  services.jobs.register(logJobs(features.jobs, services.accessLog))
  opening.defer(() => services.jobs.dispose())

  const closers = opening.move()
  let isClosing = false
  return {
    folder,
    services,
    handlers: tellClosing(
      logProcedures(calls.watch(handlers), () => services.accessLog),
      () => isClosing,
    ),
    place,
    copies,
    checked: copies.watch(),
    countRows: () => projects.countRows(),
    setAudience: (audience) => {
      projects.setAudience(audience)
      access.keepTo(audience)
    },
    keepNewFiles: () => keepFilesTo(projects.find()?.audience ?? 'owner'),
    summarise: () => summarise(projects, folder, access),
    dispose: () => {
      isClosing = true
      return closers.disposeAsync()
    },
  }
}

function throwIfFound(damage: AppError | null): void {
  if (damage !== null) throw damage
}

async function closeSealed(db: Db, seal: CatalogueSeal): Promise<void> {
  try {
    await seal.prepareClose()
  } finally {
    db.close()
  }
  await seal.putAfterClose()
}

function summarise(projects: ProjectRepo, folder: ProjectFolder, access: FileAccess): ProjectSummary {
  const project = projects.find()
  if (project === undefined) throw new Error('The catalogue has no project row')
  const { audience, ...facts } = project
  return {
    folder: folder.path,
    ...facts,
    files: { audience, notice: access.notice },
    counts: projects.count(),
  }
}
