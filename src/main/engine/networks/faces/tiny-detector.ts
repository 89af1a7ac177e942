import type { Value } from '#engine/networks/onnx-file/graph-builder.ts'
import { FaceLayers } from './face-layers.ts'
import type { NetworkWeights } from './weight-files.ts'

/** Pixels of the square that the network looks at. */
export const tinyInputSide = 416
/** Rows and columns of cells that the answer has. */
export const tinyCells = tinyInputSide / 32
/** Widths and heights of the anchors in cells, as published with the weights. */
export const tinyAnchors = [
  [1.603231, 2.094468],
  [6.041143, 7.080126],
  [2.882459, 3.518061],
  [4.266906, 5.178857],
  [9.041765, 10.66308],
] as const
const meanRgb = [117.001, 114.697, 97.404] as const

/**
 * The tiny face detector of face-api as an ONNX model: input `image` float32 `[batch, 3, 416, 416]`, RGB 0-255; output
 * `cells` `[batch, 25, 13, 13]`: for each of the five anchors x, y, width, height and score, all before their activation.
 */
export function buildTinyDetector(weights: NetworkWeights): Uint8Array {
  const layers = new FaceLayers()
  const { builder } = layers
  const image = builder.input('image', 'float32', ['batch', 3, tinyInputSide, tinyInputSide])
  const leak = (input: Value): Value =>
    builder.node('LeakyRelu', [input], { attributes: { alpha: { float: 0.1 } } })
  const halve = (input: Value, stride: number): Value =>
    layers.pool('MaxPool', input, { side: 2, stride, padding: 'same' })
  const plain = (input: Value, name: string): Value =>
    layers.convolve(input, weights.get(`${name}/filters`), {
      bias: weights.get(`${name}/bias`).data,
      padding: 'valid',
    })
  let maps = halve(leak(plain(layers.normalise(image, meanRgb), 'conv0')), 2)
  for (const part of [1, 2, 3, 4, 5]) {
    const name = `conv${part}`
    const filters = {
      depthwise: weights.get(`${name}/depthwise_filter`),
      pointwise: weights.get(`${name}/pointwise_filter`),
      bias: weights.get(`${name}/bias`).data,
    }
    maps = halve(leak(layers.convolveSeparably(maps, filters)), part === 5 ? 1 : 2)
  }
  builder.node('Identity', [plain(maps, 'conv8')], { outputs: ['cells'] })
  builder.output('cells', 'float32', ['batch', 5 * tinyAnchors.length, tinyCells, tinyCells])
  return builder.build({ name: 'Tiny face detector' })
}
