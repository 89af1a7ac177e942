import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Engine, EngineOptions } from '#engine/engine.ts'
import { requireAnswers, startFeatures } from '#engine/base/features/feature-list.ts'
import { engineProcedures, type AnyHandlers, type EngineHandlers } from '#engine/base/procedures/handlers.ts'
import type { EngineLent } from '#engine/base/features/lent.ts'
import { createRouter } from '#engine/base/procedures/router.ts'
import { systemClock } from '#engine/base/kernel/clock.ts'
import { createEventHub } from '#engine/base/kernel/event-hub.ts'
import { createLogger } from '#engine/base/kernel/logger.ts'
import { remember } from '#engine/base/kernel/remember.ts'
import { chooseImageCodec, createCodecProbe } from '#engine/base/media/choose-image-codec.ts'
import { openSettings } from '#engine/base/settings/feature.ts'
import { openDevices } from '#engine/networks/devices/feature.ts'
import { Predictor } from '#engine/networks/inference/predictor.ts'
import { locatePredictModel } from './learning/models/locate-predict-model.ts'
import { openProjects } from './project/session/feature.ts'
import { openSystem } from './project/system/feature.ts'

/** The features that need no project. */
const openFeatures = (lent: EngineLent) =>
  startFeatures(lent).add(openSettings).add(openDevices).add(openSystem).add(openProjects)

/** Puts the engine together for one host. No project is open yet. */
export function createEngine({ host, userDataFolder, workers, now = systemClock }: EngineOptions): Engine {
  const logger = createLogger({ folder: join(userDataFolder, 'logs') })
  const events = createEventHub()
  const cores = availableParallelism()
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
  const own: AnyHandlers = handlers
  const { projects } = features.lent
  const predictor = closers.use(
    new Predictor({ workers, codec: async () => (await chooseCodec()).name, cores }),
  )

  return {
    router: createRouter({ logger, find: (name) => own[name] ?? projects.session().handlers[name] }),
    subscribe: (signal) => events.subscribe(signal),
    media: {
      thumbnail: async (imageId) => projects.session().services.media.thumbnail(imageId),
      image: async (imageId) => projects.session().services.media.image(imageId),
    },
    predict: async (images, model, signal) =>
      predictor.predict(
        images,
        locatePredictModel(model, () => projects.session().services.models),
        signal,
      ),
    measureImages: (images, signal) => predictor.measure(images, signal),
    // Whoever asks once more waits for the same end: a stack that is being disposed of says that it is done.
    dispose: remember(() => closers.disposeAsync()),
  }
}
