import type { EngineLent } from '#engine/base/features/lent.ts'
import { Predictor } from '#engine/networks/inference/predictor.ts'

/** What answers about pictures, with a project and without one. */
export function openServing({ workers, cores, chooseCodec, closers }: EngineLent) {
  const predictor = closers.use(
    new Predictor({ workers, codec: async () => (await chooseCodec()).name, cores }),
  )
  return { services: { predictor }, jobs: [], handlers: {} }
}
