import type { Lent } from '#engine/base/features/lent.ts'
import { TensorService } from './tensor.service.ts'

export function openTensors({ folder, workers, codec, cores }: Lent) {
  const tensors = new TensorService({ projectFolder: folder.path, workers, codec, cores })
  return { services: { tensors }, jobs: [], handlers: {} }
}
