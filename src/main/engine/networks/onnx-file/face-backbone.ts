import type { GraphBuilder, Value } from '#engine/networks/onnx-file/graph-builder.ts'
import {
  faceConvolutions,
  faceMeanRgb,
  faceResNet,
  type FaceBlockSpec,
  type FaceConvolutionSpec,
} from '#engine/networks/architecture/face-resnet.ts'
import type { StateDict } from '#engine/networks/architecture/training-engine.ts'

/** How the network takes its colours, for whoever reads a file. */
export const faceNormalisation = `(x - [${faceMeanRgb.join(', ')}]) / 255`

function convolve(builder: GraphBuilder, input: Value, spec: FaceConvolutionSpec): Value {
  const { name, kernel, stride, padding } = spec
  return builder.node('Conv', [input, `${name}.weight`, `${name}.bias`], {
    attributes: {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: [padding, padding, padding, padding],
    },
  })
}

/** Zeros after the last row, column and channel. */
function padEnd(builder: GraphBuilder, input: Value, { side = 0, channels = 0 }): Value {
  if (side === 0 && channels === 0) return input
  return builder.node('Pad', [
    input,
    builder.int64([0, 0, 0, 0, 0, channels, side, side]),
    builder.float32([0]),
  ])
}

function applyBlock(builder: GraphBuilder, input: Value, block: FaceBlockSpec): Value {
  const { first, second, isDown, convolvedSide, outSide } = block
  const middle = builder.node('Relu', [convolve(builder, input, first)])
  const branch = padEnd(builder, convolve(builder, middle, second), { side: outSide - convolvedSide })
  if (!isDown) return builder.node('Relu', [builder.node('Add', [branch, input])])
  const average = builder.node('AveragePool', [input], {
    attributes: { kernel_shape: [2, 2], strides: [2, 2] },
  })
  const shortcut = padEnd(builder, average, { channels: first.outChannels - first.inChannels })
  return builder.node('Relu', [builder.node('Add', [shortcut, branch])])
}

/** Adds the weights under their own names. Throws a RangeError naming a missing one. */
export function addFaceWeights(builder: GraphBuilder, weights: StateDict): void {
  const names = [...faceConvolutions.flatMap(({ name }) => [`${name}.weight`, `${name}.bias`]), 'fc.weight']
  for (const name of names) {
    const tensor = weights.get(name)
    if (tensor === undefined) throw new RangeError(`The weights lack ${name}`)
    builder.initializer(name, tensor.shape, tensor.data)
  }
}

/**
 * Adds the face recognition network, from the aligned face `[batch, 3, 150, 150]`, RGB, 0-255, to its 128 numbers named
 * `output`, by weights that the graph has.
 */
export function addFaceBackbone(builder: GraphBuilder, image: Value, output: Value): void {
  const centred = builder.node('Sub', [image, builder.float32(faceMeanRgb, [3, 1, 1])])
  const normalised = builder.node('Div', [centred, builder.float32([255])])
  const { stem, blocks } = faceResNet
  let maps = builder.node('MaxPool', [builder.node('Relu', [convolve(builder, normalised, stem)])], {
    attributes: { kernel_shape: [3, 3], strides: [2, 2] },
  })
  for (const block of blocks) maps = applyBlock(builder, maps, block)
  const features = builder.node('Flatten', [builder.node('GlobalAveragePool', [maps])])
  builder.node('Gemm', [features, 'fc.weight'], { attributes: { transB: 1 }, outputs: [output] })
}
