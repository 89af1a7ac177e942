/** The face network's forward and backward pass: planes in the stem, row matrices in the blocks, as the ResNets'. */
import type { ComputeTarget } from '#engine/base/runtime/inference-session.ts'
import { faceMeanRgb, faceResNet } from '#engine/networks/architecture/face-resnet.ts'
import type { FaceBlockSpec, FaceConvolutionSpec } from '#engine/networks/architecture/face-resnet.ts'
import { castTarget } from '#engine/networks/onnx-file/graph-builder.ts'
import type { GraphBuilder, Value } from '#engine/networks/onnx-file/graph-builder.ts'
import { splitPixels } from './activation-rows.ts'
import type { Backbone } from './backbone.ts'
import { reduceToChannels } from './batch-norm.ts'
import { averagePairs, differentiatePadding, padChannels, padRows, spreadPairs } from './face-shortcut.ts'
import { differentiateLinear, differentiateLinearInput } from './heads.ts'
import { convolveRows, differentiateInput, differentiateWeight } from './row-convolution.ts'
import type { ConvolutionShape } from './row-convolution.ts'
import { differentiateRelu, poolStem, type StemPool } from './stem.ts'
import { leaveShapesUnplanned } from './unplanned-shapes.ts'

interface BlockForward {
  readonly block: FaceBlockSpec
  readonly input: Value
  readonly middle: Value
  readonly output: Value
}

interface Context {
  readonly builder: GraphBuilder
  readonly batch: number
}

const shapeOf = (
  spec: FaceConvolutionSpec,
  { batch, side }: { batch: number; side: number },
): ConvolutionShape => ({
  ...spec,
  batch,
  side,
})

function convolve({ builder, batch }: Context, input: Value, spec: FaceConvolutionSpec, side: number): Value {
  const product = convolveRows(builder, input, {
    weight: `${spec.name}.weight`,
    shape: shapeOf(spec, { batch, side }),
  })
  return builder.node('Add', [product, `${spec.name}.bias`])
}

function runBlock(context: Context, input: Value, block: FaceBlockSpec): BlockForward {
  const { builder, batch } = context
  const { first, second, inSide, convolvedSide, outSide, isDown } = block
  const middle = builder.node('Relu', [convolve(context, input, first, inSide)])
  const convolved = convolve(context, middle, second, convolvedSide)
  const branch = padRows(builder, convolved, {
    batch,
    from: convolvedSide,
    to: outSide,
    channels: second.outChannels,
  })
  const shortcut = isDown
    ? padChannels(
        builder,
        averagePairs(builder, input, { batch, from: inSide, to: outSide, channels: first.inChannels }),
        first.outChannels - first.inChannels,
      )
    : input
  const output = builder.node('Relu', [builder.node('Add', [branch, shortcut])])
  return { block, input, middle, output }
}

interface StemForward {
  readonly images: Value
  readonly pool: StemPool
}

/** uint8 colours -> `(colour - mean) / 255` in one pass. */
function normaliseFaces(builder: GraphBuilder, images: Value): Value {
  const colours = builder.node('Cast', [images], { attributes: { to: castTarget('float32') } })
  const factor = builder.float32([1 / 255, 1 / 255, 1 / 255], [3])
  const offset = builder.float32(
    faceMeanRgb.map((mean) => -mean / 255),
    [3],
  )
  const [zeros, ones] = [builder.float32([0, 0, 0], [3]), builder.float32([1, 1, 1], [3])]
  return builder.node('BatchNormalization', [colours, factor, offset, zeros, ones], {
    attributes: { epsilon: { float: 0 } },
  })
}

/** uint8 `[batch, 3, 150, 150]` -> rows `[batch * 35^2, 32]`, whose odd side keeps the order of the pixels. */
function runStem(
  { builder, batch }: Context,
  images: Value,
  target: ComputeTarget,
): { stem: StemForward; rows: Value } {
  const { stem, stemSide: side, pooledSide } = faceResNet
  const { name, kernel, stride, outChannels: channels } = stem
  const normalised = normaliseFaces(builder, images)
  const planes = builder.node('Conv', [normalised, `${name}.weight`, `${name}.bias`], {
    attributes: { kernel_shape: [kernel, kernel], strides: [stride, stride] },
  })
  const rectified = builder.node('Relu', [planes])
  const pool = poolStem(builder, rectified, { batch, channels, side, border: 0, like: planes, target })
  const flat = builder.node('Reshape', [pool.output, builder.int64([batch, channels, pooledSide ** 2])])
  const turned = builder.node('Transpose', [flat], { attributes: { perm: [0, 2, 1] } })
  const rows = builder.node('Reshape', [turned, builder.int64([batch * pooledSide ** 2, channels])])
  return { stem: { images: normalised, pool }, rows }
}

interface Reversal extends Context {
  readonly gradients: Map<string, Value>
}

/** Fills in the gradients of a convolution's weight and bias. */
function reverseWeight(
  { builder, batch, gradients }: Reversal,
  gradient: Value,
  { spec, input, sides }: { spec: FaceConvolutionSpec; input: Value; sides: { in: number; out: number } },
): void {
  const shape = shapeOf(spec, { batch, side: sides.in })
  const counted = { layout: 'rows', channels: spec.outChannels, count: batch * sides.out ** 2 } as const
  gradients.set(`${spec.name}.weight`, differentiateWeight(builder, input, { gradient, shape }))
  gradients.set(
    `${spec.name}.bias`,
    reduceToChannels(builder, 'ReduceSum', { value: gradient, shape: counted }),
  )
}

/** From the gradient of the rectified output to that of the input, or undefined where nobody asks for it. */
function reverseBlock(
  reversal: Reversal,
  gradient: Value,
  { forward, isInputWanted }: { forward: BlockForward; isInputWanted: boolean },
): Value | undefined {
  const { builder, batch } = reversal
  const { block, input, middle, output } = forward
  const { first, second, inSide, convolvedSide, outSide, isDown } = block
  const masked = differentiateRelu(builder, gradient, output)
  const convolved = differentiatePadding(builder, masked, { batch, from: convolvedSide, to: outSide })
  const ofSecond = { spec: second, input: middle, sides: { in: convolvedSide, out: convolvedSide } }
  reverseWeight(reversal, convolved, ofSecond)
  const middleGradient = differentiateInput(builder, convolved, {
    weight: `${second.name}.weight`,
    shape: shapeOf(second, { batch, side: convolvedSide }),
  })
  const firstGradient = differentiateRelu(builder, middleGradient, middle)
  reverseWeight(reversal, firstGradient, { spec: first, input, sides: { in: inSide, out: convolvedSide } })
  if (!isInputWanted) return undefined
  const shortcut = isDown
    ? spreadPairs(builder, masked, { batch, from: inSide, to: outSide, channels: first.inChannels })
    : masked
  return differentiateInput(builder, firstGradient, {
    weight: `${first.name}.weight`,
    shape: shapeOf(first, { batch, side: inSide }),
    addend: shortcut,
  })
}

/**
 * Gradient of the stem's weight `[out, 3, kernel, kernel]` as one convolution of the images by the planes' gradient, spread by
 * the stride, with images and channels in each other's place.
 */
function reverseStem({ builder, batch, gradients }: Reversal, gradient: Value, stem: StemForward): void {
  const { stem: spec, stemSide: side, pooledSide } = faceResNet
  const { name, outChannels: channels, stride, kernel } = spec
  const maps = builder.node('Reshape', [gradient, builder.int64([batch, pooledSide ** 2, channels])])
  const turned = builder.node('Transpose', [maps], { attributes: { perm: [0, 2, 1] } })
  const pooled = builder.node('Reshape', [turned, builder.int64([batch, channels, pooledSide, pooledSide])])
  // A maximum is 0 only where ReLU cut it off.
  const planes = stem.pool.differentiate(differentiateRelu(builder, pooled, stem.pool.output))
  gradients.set(
    `${name}.bias`,
    reduceToChannels(builder, 'ReduceSum', {
      value: planes,
      shape: { layout: 'planes', channels, count: batch * side ** 2 },
    }),
  )
  const square = builder.node('Reshape', [planes, builder.int64([batch, channels, side, side])])
  const swap = { attributes: { perm: [1, 0, 2, 3] } }
  const product = builder.node(
    'Conv',
    [builder.node('Transpose', [stem.images], swap), builder.node('Transpose', [square], swap)],
    { attributes: { kernel_shape: [side, side], dilations: [stride, stride] } },
  )
  const [from, to, axes] = [builder.int64([0, 0]), builder.int64([kernel, kernel]), builder.int64([2, 3])]
  const taps = builder.node('Slice', [product, from, to, axes])
  gradients.set(`${name}.weight`, builder.node('Transpose', [taps], swap))
}

/** The mean over the last maps' pixels: `[batch, features]`, and its way back to their rows. */
function averageMaps({ builder, batch }: Context, rows: Value) {
  const { blocks, features } = faceResNet
  const side = blocks.at(-1)?.outSide ?? 1
  const shape = splitPixels({ batch, side }, features)
  const maps = builder.node('Reshape', [rows, builder.int64(shape)])
  const output = builder.node('ReduceMean', [maps, builder.int64([0, 2])], { attributes: { keepdims: 0 } })
  const differentiate = (gradient: Value): Value => {
    const mean = builder.node('Mul', [gradient, builder.float32([1 / side ** 2])])
    const perImage = builder.node('Reshape', [mean, builder.int64([1, batch, 1, features])])
    const spread = builder.node('Expand', [perImage, builder.int64(shape)])
    return builder.node('Reshape', [spread, builder.int64([batch * side ** 2, features])])
  }
  return { output, differentiate }
}

/** Aligned faces to descriptors, and back to the gradients of what training moves. */
export function runFaceNetwork(
  given: GraphBuilder,
  images: Value,
  { batch, target, isMoved }: { batch: number; target: ComputeTarget; isMoved: (name: string) => boolean },
): Backbone {
  const builder = target === 'cpu' ? leaveShapesUnplanned(given, images) : given
  const context: Context = { builder, batch }
  const { stem, rows } = runStem(context, images, target)
  const blocks: BlockForward[] = []
  for (const block of faceResNet.blocks) blocks.push(runBlock(context, blocks.at(-1)?.output ?? rows, block))
  const average = averageMaps(context, blocks.at(-1)?.output ?? rows)
  const embedding = builder.node('Gemm', [average.output, 'fc.weight'], { attributes: { transB: 1 } })
  return {
    embedding,
    nextBuffers: new Map(),
    differentiate(embeddingGradient, gradients) {
      const reversal: Reversal = { ...context, gradients }
      gradients.set(
        'fc.weight',
        differentiateLinear(builder, embeddingGradient, { input: average.output }).weight,
      )
      const features = differentiateLinearInput(builder, embeddingGradient, {
        weight: 'fc.weight',
        addend: undefined,
      })
      let gradient: Value | undefined = average.differentiate(features)
      const moved = blocks.filter(({ block }) => isMoved(block.name))
      for (const forward of moved.toReversed()) {
        if (gradient === undefined) break
        const isInputWanted = forward !== moved[0] || isMoved(faceResNet.stem.name)
        gradient = reverseBlock(reversal, gradient, { forward, isInputWanted })
      }
      if (gradient !== undefined) reverseStem(reversal, gradient, stem)
    },
  }
}
