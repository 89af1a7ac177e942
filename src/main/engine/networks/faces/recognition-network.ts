import type { Value } from '#engine/networks/onnx-file/graph-builder.ts'
import { FaceLayers } from './face-layers.ts'
import { faceMeanRgb } from './landmark-network.ts'
import type { NetworkWeights } from './weight-files.ts'

export const recognitionInputSide = 150
export const descriptorSize = 128

/** Blocks of the residual network in order; a `down` block halves the sides and may add channels. */
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

interface Part {
  readonly weights: NetworkWeights
  readonly name: string
  readonly stride?: number
  readonly padding?: 'same' | 'valid'
}

/** A convolution, then a scale and an offset per channel, which are put into filters and bias. */
function convolve(
  layers: FaceLayers,
  input: Value,
  { weights, name, stride = 1, padding = 'same' }: Part,
): Value {
  const scale = weights.get(`${name}/scale/weights`).data
  const offset = weights.get(`${name}/scale/biases`).data
  const bias = weights
    .get(`${name}/conv/bias`)
    .data.map((value, channel) => value * (scale[channel] ?? 1) + (offset[channel] ?? 0))
  return layers.convolve(input, weights.get(`${name}/conv/filters`), { scale, bias, stride, padding })
}

/** Sides of the maps after a valid convolution 3 x 3 of stride 2, and after an average over 2 x 2. */
const sidesAfterDown = (side: number) => ({
  convolved: Math.floor((side - 3) / 2) + 1,
  pooled: Math.floor(side / 2),
})

/** Zeros after the last row, column and channel. */
function padEnd(
  layers: FaceLayers,
  input: Value,
  { side = 0, channels = 0 }: { side?: number; channels?: number },
) {
  if (side === 0 && channels === 0) return input
  const { builder } = layers
  return builder.node('Pad', [
    input,
    builder.int64([0, 0, 0, 0, 0, channels, side, side]),
    builder.float32([0]),
  ])
}

/** The shortcut is averaged and filled up with empty channels; the other branch with an empty row and column. */
function addDownBlock(
  layers: FaceLayers,
  input: Value,
  {
    weights,
    name,
    channels,
  }: { weights: NetworkWeights; name: string; channels: { in: number; out: number } },
  side: number,
): Value {
  const { convolved, pooled } = sidesAfterDown(side)
  const first = layers.rectify(
    convolve(layers, input, { weights, name: `${name}/conv1`, stride: 2, padding: 'valid' }),
  )
  const second = convolve(layers, first, { weights, name: `${name}/conv2` })
  const average = layers.pool('AveragePool', input, { side: 2, stride: 2, padding: 'valid' })
  const filled = padEnd(layers, second, { side: pooled - convolved })
  const shortcut = padEnd(layers, average, { channels: channels.out - channels.in })
  return layers.rectify(layers.add(shortcut, filled))
}

function addBlock(layers: FaceLayers, input: Value, { weights, name }: Part): Value {
  const first = layers.rectify(convolve(layers, input, { weights, name: `${name}/conv1` }))
  return layers.rectify(layers.add(convolve(layers, first, { weights, name: `${name}/conv2` }), input))
}

/** Adds the face recognition network of face-api (dlib's ResNet), from the aligned face to its descriptor named `output`. */
export function addRecognition(
  layers: FaceLayers,
  image: Value,
  { weights, output }: { weights: NetworkWeights; output: Value },
): void {
  const normalised = layers.normalise(image, faceMeanRgb)
  const stem = convolve(layers, normalised, { weights, name: 'conv32_down', stride: 2, padding: 'valid' })
  let maps = layers.pool('MaxPool', layers.rectify(stem), { side: 3, stride: 2, padding: 'valid' })
  // 150 pixels, a valid 7 x 7 of stride 2, then a valid 3 x 3 of stride 2.
  let side = Math.floor((Math.floor((recognitionInputSide - 7) / 2) + 1 - 3) / 2) + 1
  let channelsIn = 32
  for (const { name, channels, isDown } of blocks) {
    if (!isDown) {
      maps = addBlock(layers, maps, { weights, name })
      continue
    }
    maps = addDownBlock(layers, maps, { weights, name, channels: { in: channelsIn, out: channels } }, side)
    side = sidesAfterDown(side).pooled
    channelsIn = channels
  }
  const average = layers.builder.node('Flatten', [layers.builder.node('GlobalAveragePool', [maps])])
  layers.connect(average, weights.get('fc'), { output })
}

/**
 * The face recognition network as an ONNX model: input `image` float32 `[batch, 3, 150, 150]`, RGB 0-255, the aligned face;
 * output `descriptor` `[batch, 128]`. Two descriptors of one person lie near each other in Euclidean distance.
 */
export function buildRecognitionNetwork(weights: NetworkWeights): Uint8Array {
  const layers = new FaceLayers()
  const { builder } = layers
  const image = builder.input('image', 'float32', ['batch', 3, recognitionInputSide, recognitionInputSide])
  addRecognition(layers, image, { weights, output: 'descriptor' })
  builder.output('descriptor', 'float32', ['batch', descriptorSize])
  return builder.build({ name: 'Face descriptor, 128 numbers' })
}
