import {
  describeResNet,
  embeddingSize,
  listBuffers,
  listParameters,
  type ConvolutionSpec,
} from '#engine/networks/architecture/resnet.ts'
import type { TrainConfig } from '#shared/contract/train-config.contract.ts'
import type { NetworkSpec } from './training-engine.ts'

export interface NetworkCost {
  /** Of one image's forward pass. */
  readonly multiplyAdds: number
  /** Numbers that the convolutions give for one image. */
  readonly activations: number
  /** Parameters and running statistics. */
  readonly weights: number
}

const outputSide = (side: number, { kernel, stride, padding }: ConvolutionSpec): number =>
  Math.floor((side + 2 * padding - kernel) / stride) + 1

const product = (shape: readonly number[]): number => shape.reduce((all, side) => all * side, 1)

/** What a network takes by its sizes alone; norms, activations and pooling are not counted. */
export function costNetwork(network: NetworkSpec): NetworkCost {
  const { stem, blocks } = describeResNet(network.arch)
  let multiplyAdds = 0
  let activations = 0
  const convolve = (convolution: ConvolutionSpec, side: number): number => {
    const { inChannels, outChannels, kernel } = convolution
    const out = outputSide(side, convolution)
    multiplyAdds += out * out * outChannels * inChannels * kernel * kernel
    activations += out * out * outChannels
    return out
  }
  // The stem's maximum pooling halves the side once more (He et al. 2016).
  let side = Math.ceil(convolve(stem, network.inputSize) / 2)
  for (const { first, second, downsample } of blocks) {
    if (downsample !== undefined) convolve(downsample, side)
    side = convolve(second, convolve(first, side))
  }
  for (const { classes } of network.heads) multiplyAdds += classes * embeddingSize
  const tensors = [...listParameters(network), ...listBuffers(network)]
  return {
    multiplyAdds,
    activations,
    weights: tensors.reduce((sum, { shape }) => sum + product(shape), 0),
  }
}

/** Tensors of the weights' size that the optimiser and the moving average keep. */
export function countMoments({
  optimiser,
  averageDecay,
}: Pick<TrainConfig, 'optimiser' | 'averageDecay'>): number {
  const ofOptimiser = optimiser.kind === 'sgd' ? Math.ceil(optimiser.momentum) : 2
  return ofOptimiser + (averageDecay === null ? 0 : 1)
}
