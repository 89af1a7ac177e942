import { faceMeanRgb, faceResNet } from '#engine/networks/architecture/face-resnet.ts'
import type { FaceBlockSpec, FaceConvolutionSpec } from '#engine/networks/architecture/face-resnet.ts'
import {
  describeResNet,
  imageNetDeviation,
  imageNetMean,
  normEpsilon,
  normMomentum,
} from '#engine/networks/architecture/resnet.ts'
import type { BasicBlockSpec, ConvolutionSpec, ResNetArch } from '#engine/networks/architecture/resnet.ts'
import type { NetworkSpec } from '#engine/networks/architecture/training-engine.ts'
import type { Tensor, TensorLibrary } from './tensor-library.ts'

/** Tensors by torchvision's names; convolutions are `[height, width, in, out]` here. */
export type TensorState = ReadonlyMap<string, Tensor>

export interface ForwardOptions {
  readonly network: NetworkSpec
  readonly state: TensorState
  /** Where the running statistics after this batch go, kept; normalises by the running statistics where left out. */
  readonly nextStatistics?: Map<string, Tensor>
  /** Whether training moves a layer; the others are normalised by the running statistics. All where left out. */
  readonly isMoved?: (name: string) => boolean
}

interface Context extends ForwardOptions {
  readonly tf: TensorLibrary
}

/** Axes of images and pixels in `[batch, height, width, channels]`. */
const pixelAxes = [0, 1, 2] as const

export function takeTensor(state: TensorState, name: string): Tensor {
  const tensor = state.get(name)
  if (tensor === undefined) throw new Error(`The state lacks ${name}`)
  return tensor
}

/** What a colour is shifted and divided by, as the network was trained. */
const colours = {
  imageNet: {
    mean: imageNetMean.map((value) => value * 255),
    deviation: imageNetDeviation.map((value) => value * 255),
  },
  face: { mean: faceMeanRgb, deviation: [255, 255, 255] },
} as const

/** uint8 `[batch, 3, side, side]` -> normalised `[batch, side, side, 3]`. */
export function normaliseImages(
  tf: TensorLibrary,
  images: Uint8Array,
  { arch, inputSize: side }: Pick<NetworkSpec, 'arch' | 'inputSize'>,
): Tensor {
  const { mean, deviation } = colours[arch === 'face-resnet' ? 'face' : 'imageNet']
  return tf.tidy(() => {
    const planes = tf.tensor(Float32Array.from(images), [images.length / (3 * side * side), 3, side, side])
    const centred = tf.sub(tf.transpose(planes, [0, 2, 3, 1]), tf.tensor(Float32Array.from(mean), [3]))
    return tf.div(centred, tf.tensor(Float32Array.from(deviation), [3]))
  })
}

/** `padding` on all four sides, as PyTorch has it; TensorFlow's own `same` differs where a stride is 2. */
function padSides(tf: TensorLibrary, x: Tensor, padding: number): Tensor {
  if (padding === 0) return x
  return tf.pad(x, [
    [0, 0],
    [padding, padding],
    [padding, padding],
    [0, 0],
  ])
}

function applyConvolution(context: Context, x: Tensor, spec: ConvolutionSpec): Tensor {
  const { tf, state } = context
  const weight = takeTensor(state, `${spec.name}.weight`)
  if (spec.stride === 1) return tf.conv2d(x, weight, 1, 'same')
  return tf.conv2d(padSides(tf, x, spec.padding), weight, spec.stride, 'valid')
}

/** running += momentum * (batch - running), with the variance over n - 1, as PyTorch has it. */
function updateStatistics(
  { tf, state }: Context,
  next: Map<string, Tensor>,
  batch: { norm: string; mean: Tensor; variance: Tensor; count: number },
): void {
  const { norm, mean, variance, count } = batch
  const values = [
    [`${norm}.running_mean`, mean],
    [`${norm}.running_var`, tf.mul(variance, count / Math.max(1, count - 1))],
  ] as const
  for (const [name, value] of values) {
    const running = takeTensor(state, name)
    next.set(name, tf.keep(tf.add(tf.mul(running, 1 - normMomentum), tf.mul(value, normMomentum))))
  }
}

function applyNorm(context: Context, x: Tensor, norm: string): Tensor {
  const { tf, state, nextStatistics, isMoved } = context
  const scale = takeTensor(state, `${norm}.weight`)
  const shift = takeTensor(state, `${norm}.bias`)
  const normalise = (centred: Tensor, variance: Tensor): Tensor =>
    tf.add(tf.mul(centred, tf.mul(tf.rsqrt(tf.add(variance, normEpsilon)), scale)), shift)
  if (nextStatistics === undefined || isMoved?.(norm) === false) {
    const mean = takeTensor(state, `${norm}.running_mean`)
    return normalise(tf.sub(x, mean), takeTensor(state, `${norm}.running_var`))
  }
  const mean = tf.mean(x, pixelAxes)
  const centred = tf.sub(x, mean)
  const variance = tf.mean(tf.square(centred), pixelAxes)
  const [batch = 1, height = 1, width = 1] = x.shape
  updateStatistics(context, nextStatistics, { norm, mean, variance, count: batch * height * width })
  return normalise(centred, variance)
}

function applyLayer(context: Context, x: Tensor, spec: ConvolutionSpec): Tensor {
  return applyNorm(context, applyConvolution(context, x, spec), spec.norm)
}

function applyBlock(context: Context, x: Tensor, { first, second, downsample }: BasicBlockSpec): Tensor {
  const { tf } = context
  const inner = applyLayer(context, tf.relu(applyLayer(context, x, first)), second)
  const shortcut = downsample === undefined ? x : applyLayer(context, x, downsample)
  return tf.relu(tf.add(inner, shortcut))
}

function applyResNet(context: Context, images: Tensor, arch: ResNetArch): Tensor {
  const { tf } = context
  const { stem, blocks } = describeResNet(arch)
  const activated = tf.relu(applyLayer(context, images, stem))
  // Behind a ReLU a border of zeros never wins over a pixel, as PyTorch's border of minus infinity never does.
  const pooled = tf.maxPool(padSides(tf, activated, 1), 3, 2, 'valid')
  const maps = blocks.reduce((x, block) => applyBlock(context, x, block), pooled)
  return tf.mean(maps, [1, 2])
}

function applyFaceConvolution({ tf, state }: Context, x: Tensor, spec: FaceConvolutionSpec): Tensor {
  const { name, stride, padding } = spec
  const weight = takeTensor(state, `${name}.weight`)
  const product = tf.conv2d(x, weight, stride, padding === 0 ? 'valid' : 'same')
  return tf.add(product, takeTensor(state, `${name}.bias`))
}

/** Zeros after the last row, column and channel. */
function padEnd(tf: TensorLibrary, x: Tensor, { side = 0, channels = 0 }): Tensor {
  if (side === 0 && channels === 0) return x
  return tf.pad(x, [
    [0, 0],
    [0, side],
    [0, side],
    [0, channels],
  ])
}

function applyFaceBlock(context: Context, x: Tensor, block: FaceBlockSpec): Tensor {
  const { tf } = context
  const { first, second, isDown, convolvedSide, outSide } = block
  const inner = applyFaceConvolution(context, tf.relu(applyFaceConvolution(context, x, first)), second)
  const branch = padEnd(tf, inner, { side: outSide - convolvedSide })
  const channels = first.outChannels - first.inChannels
  const shortcut = isDown ? padEnd(tf, tf.avgPool(x, 2, 2, 'valid'), { channels }) : x
  return tf.relu(tf.add(branch, shortcut))
}

function applyFaceNetwork(context: Context, faces: Tensor): Tensor {
  const { tf, state } = context
  const { stem, blocks } = faceResNet
  const pooled = tf.maxPool(tf.relu(applyFaceConvolution(context, faces, stem)), 3, 2, 'valid')
  const maps = blocks.reduce((x, block) => applyFaceBlock(context, x, block), pooled)
  return tf.matMul(tf.mean(maps, [1, 2]), takeTensor(state, 'fc.weight'), false, true)
}

/** Normalised `[batch, side, side, 3]` -> embedding `[batch, 512]`, of the face network `[batch, 128]`. */
export function applyBackbone(tf: TensorLibrary, images: Tensor, options: ForwardOptions): Tensor {
  const context: Context = { tf, ...options }
  const { arch } = options.network
  return arch === 'face-resnet' ? applyFaceNetwork(context, images) : applyResNet(context, images, arch)
}

/** Embedding `[batch, numbers]` -> the head's numbers `[batch, classes]`. */
export function applyHead(
  tf: TensorLibrary,
  embedding: Tensor,
  options: { task: string; state: TensorState },
): Tensor {
  const { task, state } = options
  const product = tf.matMul(embedding, takeTensor(state, `head.${task}.weight`), false, true)
  return tf.add(product, takeTensor(state, `head.${task}.bias`))
}
