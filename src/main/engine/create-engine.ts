import { join } from 'node:path'
import type { Engine, EngineOptions } from '#engine/engine.ts'
import { requireAnswers, startFeatures } from '#engine/base/features/feature-list.ts'
import { engineProcedures, type EngineHandlers } from '#engine/base/procedures/handlers.ts'
import type { EngineLent } from '#engine/base/features/lent.ts'
import { createRouter } from '#engine/base/procedures/router.ts'
import { systemClock } from '#engine/base/kernel/clock.ts'
import { countThreads } from '#engine/base/kernel/count-threads.ts'
import { createEventHub } from '#engine/base/kernel/event-hub.ts'
import { closeUserFolder, keepFilesTo } from '#engine/base/kernel/file-modes.ts'
import { createLogger, type Logger } from '#engine/base/kernel/logger.ts'
import { remember } from '#engine/base/kernel/remember.ts'
import { chooseImageCodec, createCodecProbe } from '#engine/base/media/choose-image-codec.ts'
import { openSettings } from '#engine/base/settings/feature.ts'
import { openDevices } from '#engine/networks/devices/feature.ts'
import { openVerifier } from '#engine/reports/bundles/feature.ts'
import { explainFor } from '#engine/assessment/explanations/explain-for.ts'
import { openExplainer } from '#engine/assessment/explanations/feature.ts'
import { predictFor } from '#engine/learning/serving/predict-for.ts'
import { openServing } from '#engine/learning/serving/feature.ts'
import { logProcedures } from './project/session/log-acts.ts'
import { openProjects } from './project/session/feature.ts'
import { openSystem } from './project/system/feature.ts'

/** The features that need no project. */
const openFeatures = (lent: EngineLent) =>
  startFeatures(lent)
    .add(openSettings)
    .add(openDevices)
    .add(openServing)
    .add(openExplainer)
    .add(openVerifier)
    .add(openSystem)
    .add(openProjects)

/** A folder that cannot be closed, as on a disk without modes, keeps nobody from working. */
function keepUserFolder(folder: string, logger: Logger): void {
  try {
    if (closeUserFolder(folder) === 'refused') logger.warn('Others may read this folder', { folder })
  } catch (error) {
    logger.warn('This folder cannot be closed to others', { folder, cause: String(error) })
  }
}

/** Puts the engine together for one host. No project is open yet. */
export function createEngine({ host, userDataFolder, workers, now = systemClock }: EngineOptions): Engine {
  const cores = countThreads(process.env)
  keepFilesTo('owner')
  const logger = createLogger({ folder: join(userDataFolder, 'logs') })
  keepUserFolder(userDataFolder, logger)
  const events = createEventHub()
  const chooseCodec = remember(() => {
    const { platform, versions } = process
    return chooseImageCodec({ platform, versions, userDataFolder, logger, probe: createCodecProbe(workers) })
  })
  const closers = new AsyncDisposableStack()
  closers.defer(() => events.close())
  const features = openFeatures({
    host,
    userDataFolder,
    now,
    logger,
    workers,
    cores,
    events,
    chooseCodec,
    closers,
    publishJob: (job) => events.publish({ type: 'jobChanged', job }),
    publishChange: (topics) => events.publish({ type: 'catalogueChanged', topics: [...topics] }),
  })
  const handlers: EngineHandlers = features.handlers
  requireAnswers(engineProcedures, handlers)
  const { projects, devices, predictor, explainer, desk } = features.lent
  const own = logProcedures(handlers, () => projects.session().services.accessLog)

  const serving = {
    predictor,
    explainer,
    devices,
    requireProject: () => projects.session().services,
    findProject: () => projects.find()?.services ?? null,
    now,
  }

  return {
    router: createRouter({ logger, find: (name) => own[name] ?? projects.session().handlers[name] }),
    subscribe: (signal) => events.subscribe(signal),
    media: {
      thumbnail: async (imageId) => projects.session().services.media.thumbnail(imageId),
      image: async (imageId) => projects.session().services.media.image(imageId),
    },
    predict: async (images, model, options) => {
      const response = await predictFor(serving, { images, model }, options)
      if (options.asker.kind === 'window') for (const { bytes } of images) desk.keep(bytes)
      return response
    },
    explain: (request, options) => explainFor(serving, request, options),
    announceServing: async (purposeId) => {
      const session = purposeId === null ? projects.find() : projects.session()
      if (purposeId !== null) session?.services.purposes.requireOpen(purposeId)
      await session?.services.accessLog.record({ kind: 'served', subject: { purpose: purposeId } })
    },
    measureImages: (images, signal) => predictor.measure(images, signal),
    // Whoever asks once more waits for the same end: a stack that is being disposed of says that it is done.
    dispose: remember(() => closers.disposeAsync()),
  }
}
