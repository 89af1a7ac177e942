import { availableParallelism, totalmem } from 'node:os'
import { join } from 'node:path'
import type { SystemInfo } from '#shared/contract/system.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { createDatasetHandlers } from './catalogue/dataset.handlers.ts'
import { createImageHandlers } from './catalogue/image.handlers.ts'
import type { Engine, EngineOptions, EngineRouter } from './engine.ts'
import { createJobHandlers } from './jobs/job.handlers.ts'
import { systemClock } from './kernel/clock.ts'
import { createEventHub } from './kernel/event-hub.ts'
import { createImplementer } from './kernel/implementer.ts'
import { createLogger } from './kernel/logger.ts'
import { chooseImageCodec, createCodecProbe, type CodecVerdict } from './media/choose-image-codec.ts'
import { createProjectHandlers } from './project/project.handlers.ts'
import { ProjectService } from './project/project.service.ts'
import { RecentProjects } from './project/recent-projects.ts'
import { createSampleHandler } from './sample/sample.handlers.ts'
import { createSplitHandlers } from './splits/split.handlers.ts'
import { createSystemHandlers } from './system/system.handlers.ts'
import { readRuntimeVersion, readVersion } from './system/version.ts'

/** The only composition root: puts the engine together for one host. Nothing is opened before the first call. */
export function createEngine({ host, userDataFolder, workers, now = systemClock }: EngineOptions): Engine {
  const logger = createLogger({ folder: join(userDataFolder, 'logs') })
  const events = createEventHub()
  const cores = availableParallelism()
  let verdict: Promise<CodecVerdict> | undefined
  const chooseCodec = (): Promise<CodecVerdict> => {
    const { platform, versions } = process
    verdict ??= chooseImageCodec({ platform, versions, userDataFolder, probe: createCodecProbe(workers) })
    return verdict
  }
  const projects = new ProjectService({
    recent: new RecentProjects({ userDataFolder, logger }),
    session: {
      now,
      logger,
      workers,
      chooseCodec,
      cores,
      publishJob: (job) => events.publish({ type: 'jobChanged', job }),
      publishChange: (topics) => events.publish({ type: 'catalogueChanged', topics: [...topics] }),
    },
  })
  const services = () => projects.session().services

  const describeSystem = async (): Promise<SystemInfo> => ({
    version: readVersion(),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    host,
    cores,
    memoryBytes: totalmem(),
    imageCodec: await chooseCodec(),
    onnxRuntime: await readRuntimeVersion(),
  })

  const os = createImplementer(logger)
  const router: EngineRouter = os.router({
    system: createSystemHandlers(os.system, { describeSystem, events }),
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
    split: createSplitHandlers(os.split, services),
  })

  return {
    router,
    subscribe: (signal) => events.subscribe(signal),
    media: {
      thumbnail: async (imageId) => services().media.thumbnail(imageId),
      image: async (imageId) => services().media.image(imageId),
    },
    predict: () => Promise.reject(new AppError('UNAVAILABLE', 'Prediction is not wired yet')),
    dispose: async () => {
      await projects.close()
      events.close()
    },
  }
}
