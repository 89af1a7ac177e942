import type { Lent } from '#engine/base/features/lent.ts'
import type { TensorService } from '#engine/networks/tensors/tensor.service.ts'
import { PredictionService } from './prediction.service.ts'

export function openPredictions({ tensors, workers, cores }: Lent & { readonly tensors: TensorService }) {
  return {
    services: { predictions: new PredictionService({ tensors, workers, cores }) },
    jobs: [],
    handlers: {},
  }
}
