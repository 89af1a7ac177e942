import { embeddingSizes, type TrainablePart } from '#shared/domain/architectures.ts'
import { descriptorSize, faceConvolutions, faceResNet } from '#engine/networks/architecture/face-resnet.ts'
import type { NetworkSpec } from '#engine/networks/architecture/training-engine.ts'

export type ResNetArch = Exclude<NetworkSpec['arch'], 'face-resnet'>

/** A convolution without bias; square kernels, equal padding on all sides. */
export interface ConvolutionSpec {
  /** The name of its weight `[outChannels, inChannels, kernel, kernel]`, without `.weight`. */
  readonly name: string
  /** The name of the batch normalisation that follows it. */
  readonly norm: string
  readonly inChannels: number
  readonly outChannels: number
  readonly kernel: number
  readonly stride: number
  readonly padding: number
}

/** Two 3x3 convolutions and a shortcut (He et al. 2016, figure 2). */
export interface BasicBlockSpec {
  readonly name: string
  readonly first: ConvolutionSpec
  readonly second: ConvolutionSpec
  readonly downsample: ConvolutionSpec | undefined
}

export interface ResNetSpec {
  readonly stem: ConvolutionSpec
  readonly blocks: readonly BasicBlockSpec[]
}

export interface ParameterSpec {
  readonly name: string
  readonly shape: readonly number[]
  /** `projection`: from the last features to the embedding. `linear`: of a head. */
  readonly kind:
    'convolution' | 'bias' | 'normScale' | 'normShift' | 'projection' | 'linearWeight' | 'linearBias'
}

export interface BufferSpec {
  readonly name: string
  readonly shape: readonly number[]
  readonly kind: 'runningMean' | 'runningVariance'
}

/** Numbers per image that a ResNet gives. */
export const embeddingSize = embeddingSizes.resnet18
export const normEpsilon = 1e-5
export const normMomentum = 0.1

/** Means and deviations of ImageNet's channels, for colours from 0 to 1, as every torchvision weight expects. */
export const imageNetMean = [0.485, 0.456, 0.406] as const
export const imageNetDeviation = [0.229, 0.224, 0.225] as const

const depths = { resnet18: [2, 2, 2, 2], resnet34: [3, 4, 6, 3] } as const

function describeBlock(
  name: string,
  inChannels: number,
  options: { outChannels: number; stride: number },
): BasicBlockSpec {
  const { outChannels, stride } = options
  const common = { outChannels, kernel: 3, padding: 1 }
  return {
    name,
    first: { name: `${name}.conv1`, norm: `${name}.bn1`, inChannels, stride, ...common },
    second: { name: `${name}.conv2`, norm: `${name}.bn2`, inChannels: outChannels, stride: 1, ...common },
    downsample:
      stride === 1 && inChannels === outChannels
        ? undefined
        : {
            name: `${name}.downsample.0`,
            norm: `${name}.downsample.1`,
            inChannels,
            outChannels,
            kernel: 1,
            stride,
            padding: 0,
          },
  }
}

/** The backbone as torchvision defines it (v1, BasicBlock), with torchvision's names. */
export function describeResNet(arch: ResNetArch): ResNetSpec {
  const blocks: BasicBlockSpec[] = []
  let inChannels = 64
  depths[arch].forEach((count, stage) => {
    const outChannels = 64 << stage
    for (let index = 0; index < count; index++) {
      const stride = stage > 0 && index === 0 ? 2 : 1
      blocks.push(describeBlock(`layer${stage + 1}.${index}`, inChannels, { outChannels, stride }))
      inChannels = outChannels
    }
  })
  return {
    stem: { name: 'conv1', norm: 'bn1', inChannels: 3, outChannels: 64, kernel: 7, stride: 2, padding: 3 },
    blocks,
  }
}

/** Every convolution of the backbone in torchvision's order: a block's shortcut comes after its two layers. */
export function listConvolutions({ stem, blocks }: ResNetSpec): ConvolutionSpec[] {
  return [
    stem,
    ...blocks.flatMap(({ first, second, downsample }) => [
      first,
      second,
      ...(downsample ? [downsample] : []),
    ]),
  ]
}

function listResNetParameters(arch: ResNetArch): ParameterSpec[] {
  return listConvolutions(describeResNet(arch)).flatMap((conv): ParameterSpec[] => [
    {
      name: `${conv.name}.weight`,
      shape: [conv.outChannels, conv.inChannels, conv.kernel, conv.kernel],
      kind: 'convolution',
    },
    { name: `${conv.norm}.weight`, shape: [conv.outChannels], kind: 'normScale' },
    { name: `${conv.norm}.bias`, shape: [conv.outChannels], kind: 'normShift' },
  ])
}

function listFaceParameters(): ParameterSpec[] {
  return [
    ...faceConvolutions.flatMap(({ name, inChannels, outChannels, kernel }): ParameterSpec[] => [
      { name: `${name}.weight`, shape: [outChannels, inChannels, kernel, kernel], kind: 'convolution' },
      { name: `${name}.bias`, shape: [outChannels], kind: 'bias' },
    ]),
    { name: 'fc.weight', shape: [descriptorSize, faceResNet.features], kind: 'projection' },
  ]
}

/** Trainable tensors in the order of the pass, heads last; a ResNet's by torchvision's names. */
export function listParameters({ arch, heads }: NetworkSpec): ParameterSpec[] {
  const backbone = arch === 'face-resnet' ? listFaceParameters() : listResNetParameters(arch)
  const ofHeads = heads.flatMap(({ task, classes }): ParameterSpec[] => [
    { name: `head.${task}.weight`, shape: [classes, embeddingSizes[arch]], kind: 'linearWeight' },
    { name: `head.${task}.bias`, shape: [classes], kind: 'linearBias' },
  ])
  return [...backbone, ...ofHeads]
}

/** Running statistics of the batch normalisations. */
export function listBuffers({ arch }: NetworkSpec): BufferSpec[] {
  if (arch === 'face-resnet') return []
  return listConvolutions(describeResNet(arch)).flatMap((conv): BufferSpec[] => [
    { name: `${conv.norm}.running_mean`, shape: [conv.outChannels], kind: 'runningMean' },
    { name: `${conv.norm}.running_var`, shape: [conv.outChannels], kind: 'runningVariance' },
  ])
}

const lastFaceStage = new Set(faceResNet.blocks.filter((block) => block.isLastStage).map(({ name }) => name))

/** Whether a block of the backbone, named by itself or by what is in it, belongs to its last stage. */
const isOfLastStage = (name: string): boolean => {
  const [stage = ''] = name.split('.')
  return stage === 'layer4' || stage === 'fc' || lastFaceStage.has(stage)
}

/** Whether training moves a layer of the backbone: its weights, and the statistics of its normalisation. */
export const isMoved = (name: string, trainable: TrainablePart): boolean =>
  trainable === 'all' || (trainable === 'last-stage' && isOfLastStage(name))
