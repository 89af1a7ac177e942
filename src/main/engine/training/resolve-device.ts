import { AppError } from '#shared/contract/errors.ts'
import type { TrainConfig } from '#shared/contract/train-config.contract.ts'

export interface ResolvedDevice {
  readonly engine: 'onnx' | 'tensorflow'
  readonly device: Exclude<TrainConfig['device'], 'auto'>
}

/** What computes a run, for what was asked. Throws PRECONDITION for what cannot be had here. */
export function resolveDevice({ engine, device }: Pick<TrainConfig, 'engine' | 'device'>): ResolvedDevice {
  if (engine === 'tensorflow' || (device !== 'auto' && device !== 'cpu')) {
    const asked = engine === 'tensorflow' ? 'engine tensorflow' : `device ${device}`
    throw new AppError(
      'PRECONDITION',
      `The ${asked} is not offered on this machine. Use the engine onnx on the device cpu, or leave both on auto.`,
      { details: { engine, device } },
    )
  }
  return { engine: 'onnx', device: 'cpu' }
}
