import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { createDatasetHandlers } from '#engine/data/catalogue/dataset.handlers.ts'
import { createImageHandlers } from '#engine/data/catalogue/image.handlers.ts'
import { createSavedQueryHandlers } from '#engine/data/catalogue/saved-query.handlers.ts'
import { createCrossvalHandlers } from '#engine/learning/crossval/crossval.handlers.ts'
import {
  createCheckHandlers,
  createFindingHandlers,
  createScanHandlers,
} from '#engine/curation/scan/curation.handlers.ts'
import { createDecisionHandlers } from '#engine/curation/decisions/decision.handlers.ts'
import type { Engine, EngineOptions, EngineRouter } from '#engine/base/engine.ts'
import { createMapHandlers } from '#engine/curation/map/map.handlers.ts'
import { createEmbeddingHandlers } from '#engine/curation/vectors/embedding.handlers.ts'
import { createEvaluationHandlers } from '#engine/assessment/evaluation/evaluation.handlers.ts'
import { createJobHandlers } from '#engine/base/jobs/job.handlers.ts'
import { systemClock } from '#engine/base/kernel/clock.ts'
import { createEventHub } from '#engine/base/kernel/event-hub.ts'
import { createImplementer } from '#engine/base/kernel/implementer.ts'
import { createLogger } from '#engine/base/kernel/logger.ts'
import { remember } from '#engine/base/kernel/remember.ts'
import { chooseImageCodec, createCodecProbe } from '#engine/base/media/choose-image-codec.ts'
import { createModelHandlers } from '#engine/learning/models/model.handlers.ts'
import { locatePredictModel } from './learning/models/locate-predict-model.ts'
import { Predictor } from '#engine/networks/inference/predictor.ts'
import { createProjectHandlers } from './project/project.handlers.ts'
import { ProjectService } from './project/project.service.ts'
import { RecentProjects } from './project/recent-projects.ts'
import { createReadingHandlers } from '#engine/curation/readings/reading.handlers.ts'
import { createSampleHandler } from '#engine/data/sample/sample.handlers.ts'
import { createSnapshotHandlers } from '#engine/data/snapshots/snapshot.handlers.ts'
import { createSplitHandlers } from '#engine/data/splits/split.handlers.ts'
import { describeSystem } from './project/system/describe-system.ts'
import { createSettingsHandlers } from '#engine/base/settings/settings.handlers.ts'
import { createSystemHandlers } from './project/system/system.handlers.ts'
import { UserSettingsStore } from '#engine/base/settings/user-settings.ts'
import { readRuntime } from '#engine/base/runtime/version.ts'
import { DeviceService } from '#engine/networks/devices/device.service.ts'
import { createDeviceProbe } from '#engine/networks/devices/run-probe.ts'
import { createRunHandlers } from '#engine/learning/training/run.handlers.ts'

/** The only composition root: puts the engine together for one host. No project is open yet. */
export function createEngine({ host, userDataFolder, workers, now = systemClock }: EngineOptions): Engine {
  const logger = createLogger({ folder: join(userDataFolder, 'logs') })
  const events = createEventHub()
  const cores = availableParallelism()
  const chooseCodec = remember(() => {
    const { platform, versions } = process
    return chooseImageCodec({ platform, versions, userDataFolder, logger, probe: createCodecProbe(workers) })
  })
  const devices = new DeviceService({
    userDataFolder,
    probe: createDeviceProbe({ workers, threads: cores }),
    readRuntime,
    cores,
    now,
  })
  const projects = new ProjectService({
    recent: new RecentProjects({ userDataFolder, logger }),
    session: {
      now,
      logger,
      workers,
      chooseCodec,
      cores,
      devices,
      publishJob: (job) => events.publish({ type: 'jobChanged', job }),
      publishChange: (topics) => events.publish({ type: 'catalogueChanged', topics: [...topics] }),
    },
  })
  const services = () => projects.session().services
  const settings = new UserSettingsStore({ userDataFolder, logger })
  const predictor = new Predictor({ workers, codec: async () => (await chooseCodec()).name, cores })

  const closers = new AsyncDisposableStack()
  closers.defer(() => events.close())
  closers.defer(async () => void (await projects.close()))
  closers.use(predictor)

  const os = createImplementer(logger)
  const router: EngineRouter = os.router({
    system: createSystemHandlers(os.system, {
      describe: () => describeSystem({ host, cores, chooseCodec }),
      devices,
      events,
    }),
    settings: createSettingsHandlers(os.settings, settings),
    project: {
      ...createProjectHandlers(os.project, projects),
      createSample: createSampleHandler(os.project.createSample, {
        userDataFolder,
        createProject: (options) => projects.create(options),
        services,
      }),
    },
    job: createJobHandlers(os.job, services),
    dataset: createDatasetHandlers(os.dataset, services),
    image: createImageHandlers(os.image, services),
    savedQuery: createSavedQueryHandlers(os.savedQuery, services),
    split: createSplitHandlers(os.split, services),
    run: createRunHandlers(os.run, services),
    crossval: createCrossvalHandlers(os.crossval, services),
    model: createModelHandlers(os.model, services),
    evaluation: createEvaluationHandlers(os.evaluation, services),
    decision: createDecisionHandlers(os.decision, { services, settings }),
    reading: createReadingHandlers(os.reading, { services, settings }),
    snapshot: createSnapshotHandlers(os.snapshot, { services, settings }),
    scan: createScanHandlers(os.scan, services),
    check: createCheckHandlers(os.check, services),
    finding: createFindingHandlers(os.finding, services),
    embedding: createEmbeddingHandlers(os.embedding, services),
    map: createMapHandlers(os.map, services),
  })

  return {
    router,
    subscribe: (signal) => events.subscribe(signal),
    media: {
      thumbnail: async (imageId) => services().media.thumbnail(imageId),
      image: async (imageId) => services().media.image(imageId),
    },
    predict: async (images, model, signal) =>
      predictor.predict(
        images,
        locatePredictModel(model, () => services().models),
        signal,
      ),
    dispose: () => closers.disposeAsync(),
  }
}
