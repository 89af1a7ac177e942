import { answer } from '#engine/base/procedures/handlers.ts'
import type { EngineLent, Lent } from '#engine/base/features/lent.ts'
import type { AccessLog } from '#engine/base/access-log/access-log.service.ts'
import type { CatalogueService } from '#engine/data/catalogue/catalogue.service.ts'
import type { MediaService } from '#engine/data/catalogue/media.service.ts'
import type { ModelService } from '#engine/learning/models/model.service.ts'
import type { OpeningService } from '#engine/learning/openings/opening.service.ts'
import type { PurposeService } from '#engine/learning/purposes/purpose.service.ts'
import type { DeviceService } from '#engine/networks/devices/device.service.ts'
import { Explainer } from './explainer.ts'
import { ExplanationService } from './explanation.service.ts'

/** What explains pictures, with a project and without one. */
export function openExplainer({ workers, cores, chooseCodec, closers }: EngineLent) {
  const explainer = closers.use(
    new Explainer({ workers, codec: async () => (await chooseCodec()).name, cores }),
  )
  return { services: { explainer }, jobs: [], handlers: {} }
}

interface ExplanationsLent extends Lent {
  readonly explainer: Explainer
  readonly devices: DeviceService
  readonly models: ModelService
  readonly openings: OpeningService
  readonly purposes: PurposeService
  readonly accessLog: AccessLog
  readonly media: MediaService
  readonly catalogue: CatalogueService
}

export function openExplanations(lent: ExplanationsLent) {
  const { explainer, devices, now, media, catalogue, closers, logger } = lent
  const explanations = new ExplanationService({
    media,
    catalogue,
    logger,
    serving: { explainer, devices, requireProject: () => lent, findProject: () => lent, now },
  })
  closers.defer(() => explanations.stop())
  return {
    services: {},
    jobs: [],
    handlers: answer({
      'explanation.start': (request) => explanations.start(request),
      'explanation.read': ({ explanationId }) => explanations.read(explanationId),
      'explanation.cancel': ({ explanationId }) => explanations.cancel(explanationId),
    }),
  }
}
