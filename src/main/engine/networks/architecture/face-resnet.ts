import { faceSide } from '#shared/domain/architectures.ts'

/** A convolution with a bias; square kernels, equal padding on all sides. */
export interface FaceConvolutionSpec {
  /** The name of its weight `[outChannels, inChannels, kernel, kernel]` and its bias, without `.weight` and `.bias`. */
  readonly name: string
  readonly inChannels: number
  readonly outChannels: number
  readonly kernel: number
  readonly stride: number
  readonly padding: number
}

/** Two 3x3 convolutions and a shortcut without weights. */
export interface FaceBlockSpec {
  readonly name: string
  readonly first: FaceConvolutionSpec
  readonly second: FaceConvolutionSpec
  readonly inSide: number
  /** Of what the convolutions give. */
  readonly convolvedSide: number
  /** Of the output, to which the convolutions' rows and columns are filled up with zeros at the end. */
  readonly outSide: number
  /** Averages 2x2 pixels in its shortcut, and fills missing channels up with zeros. */
  readonly isDown: boolean
  /** Of the blocks that `last-stage` trains. */
  readonly isLastStage: boolean
}

export interface FaceResNetSpec {
  readonly stem: FaceConvolutionSpec
  readonly stemSide: number
  /** After a maximum over 3x3 pixels, stride 2, without padding. */
  readonly pooledSide: number
  readonly blocks: readonly FaceBlockSpec[]
  /** Numbers that the last maps are averaged to, and that `fc.weight` `[descriptorSize, features]` reads. */
  readonly features: number
}

export const descriptorSize = 128

/** The mean colour that the network was trained with, RGB, 0-255; its input is `(colour - mean) / 255`. */
export const faceMeanRgb = [122.782, 117.001, 104.298] as const

/** Blocks in order; a `down` block halves the sides and may add channels. */
const blocks = [
  { name: 'conv32_1', channels: 32, isDown: false },
  { name: 'conv32_2', channels: 32, isDown: false },
  { name: 'conv32_3', channels: 32, isDown: false },
  { name: 'conv64_down', channels: 64, isDown: true },
  { name: 'conv64_1', channels: 64, isDown: false },
  { name: 'conv64_2', channels: 64, isDown: false },
  { name: 'conv64_3', channels: 64, isDown: false },
  { name: 'conv128_down', channels: 128, isDown: true },
  { name: 'conv128_1', channels: 128, isDown: false },
  { name: 'conv128_2', channels: 128, isDown: false },
  { name: 'conv256_down', channels: 256, isDown: true },
  { name: 'conv256_1', channels: 256, isDown: false },
  { name: 'conv256_2', channels: 256, isDown: false },
  { name: 'conv256_down_out', channels: 256, isDown: true },
]

const sideAfter = (side: number, { kernel, stride, padding }: FaceConvolutionSpec): number =>
  Math.floor((side + 2 * padding - kernel) / stride) + 1

const stem: FaceConvolutionSpec = {
  name: 'conv32_down',
  inChannels: 3,
  outChannels: 32,
  kernel: 7,
  stride: 2,
  padding: 0,
}

function describe(): FaceResNetSpec {
  const stemSide = sideAfter(faceSide, stem)
  const pooledSide = Math.floor((stemSide - 3) / 2) + 1
  let side = pooledSide
  let inChannels = stem.outChannels
  const described = blocks.map(({ name, channels: outChannels, isDown }): FaceBlockSpec => {
    const down = isDown ? { stride: 2, padding: 0 } : { stride: 1, padding: 1 }
    const first = { name: `${name}.conv1`, inChannels, outChannels, kernel: 3, ...down }
    const second = {
      name: `${name}.conv2`,
      inChannels: outChannels,
      outChannels,
      kernel: 3,
      stride: 1,
      padding: 1,
    }
    const [inSide, convolvedSide] = [side, sideAfter(side, first)]
    side = isDown ? Math.floor(side / 2) : side
    inChannels = outChannels
    const isLastStage = outChannels === 256
    return { name, first, second, inSide, convolvedSide, outSide: side, isDown, isLastStage }
  })
  return { stem, stemSide, pooledSide, blocks: described, features: inChannels }
}

/**
 * The face recognition network of face-api, which is dlib's ResNet (King 2017): 150 x 150 pixels of an aligned face to 128
 * numbers. Behind each convolution dlib had a batch normalisation, of which a factor and an offset per channel were left when it was
 * stored; here they stand in the convolution's weights and bias, so that there are no statistics.
 */
export const faceResNet: FaceResNetSpec = describe()

/** Every convolution in the order of the pass. */
export const faceConvolutions: readonly FaceConvolutionSpec[] = [
  faceResNet.stem,
  ...faceResNet.blocks.flatMap(({ first, second }) => [first, second]),
]
