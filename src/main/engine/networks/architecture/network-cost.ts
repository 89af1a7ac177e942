import {
  describeResNet,
  listBuffers,
  listParameters,
  type ConvolutionSpec,
  type ResNetArch,
} from '#engine/networks/architecture/resnet.ts'
import { embeddingSizes } from '#shared/domain/architectures.ts'
import { faceResNet, type FaceConvolutionSpec } from '#engine/networks/architecture/face-resnet.ts'
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

type Layer = ConvolutionSpec | FaceConvolutionSpec

const outputSide = (side: number, { kernel, stride, padding }: Layer): number =>
  Math.floor((side + 2 * padding - kernel) / stride) + 1

const product = (shape: readonly number[]): number => shape.reduce((all, side) => all * side, 1)

interface PlacedLayer {
  readonly layer: Layer
  /** Of its input. */
  readonly side: number
}

function placeResNet(arch: ResNetArch, inputSize: number): PlacedLayer[] {
  const { stem, blocks } = describeResNet(arch)
  // The stem's maximum pooling halves the side once more (He et al. 2016).
  let side = Math.ceil(outputSide(inputSize, stem) / 2)
  return [
    { layer: stem, side: inputSize },
    ...blocks.flatMap(({ first, second, downsample }): PlacedLayer[] => {
      const inner = outputSide(side, first)
      const placed = [
        ...(downsample === undefined ? [] : [{ layer: downsample, side }]),
        { layer: first, side },
        { layer: second, side: inner },
      ]
      side = outputSide(inner, second)
      return placed
    }),
  ]
}

const placeFaceNetwork = (inputSize: number): PlacedLayer[] => [
  { layer: faceResNet.stem, side: inputSize },
  ...faceResNet.blocks.flatMap(({ first, second, inSide, convolvedSide }) => [
    { layer: first, side: inSide },
    { layer: second, side: convolvedSide },
  ]),
]

/** What a network takes by its sizes alone; norms, activations and pooling are not counted. */
export function costNetwork(network: NetworkSpec): NetworkCost {
  const { arch, inputSize, heads } = network
  const layers = arch === 'face-resnet' ? placeFaceNetwork(inputSize) : placeResNet(arch, inputSize)
  const embedding = embeddingSizes[arch]
  let multiplyAdds = heads.reduce((sum, { classes }) => sum + classes * embedding, 0)
  let activations = 0
  for (const { layer, side } of layers) {
    const { inChannels, outChannels, kernel } = layer
    const pixels = outputSide(side, layer) ** 2
    multiplyAdds += pixels * outChannels * inChannels * kernel * kernel
    activations += pixels * outChannels
  }
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
