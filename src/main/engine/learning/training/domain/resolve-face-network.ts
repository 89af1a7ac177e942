import { bundledInit, faceSide } from '#shared/domain/architectures.ts'
import type { TrainConfig } from '#shared/contract/train-config.contract.ts'

/** A configuration as the face network follows it: faces have one side, and nobody wants it from random weights. */
export function resolveFaceNetwork(config: TrainConfig): TrainConfig {
  if (config.arch !== 'face-resnet') return config
  const { init } = config
  return { ...config, inputSize: faceSide, init: init === 'random' ? bundledInit : init }
}
