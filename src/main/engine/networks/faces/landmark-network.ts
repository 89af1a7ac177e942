import type { Value } from '#engine/networks/onnx-file/graph-builder.ts'
import { faceMeanRgb } from '#engine/networks/architecture/face-resnet.ts'
import { FaceLayers } from './face-layers.ts'
import type { NetworkWeights } from './weight-files.ts'

export const landmarkInputSide = 112

/** A block whose every part sees the sum of all before it. */
function addDenseBlock(
  layers: FaceLayers,
  input: Value,
  { weights, block }: { weights: NetworkWeights; block: number },
): Value {
  const add = (first: Value, second: Value): Value => layers.add(first, second)
  const rectify = (value: Value): Value => layers.rectify(value)
  const separably = (from: Value, part: number, stride: number): Value => {
    const name = `dense${block}/conv${part}`
    return layers.convolveSeparably(
      from,
      {
        depthwise: weights.get(`${name}/depthwise_filter`),
        pointwise: weights.get(`${name}/pointwise_filter`),
        bias: weights.get(`${name}/bias`).data,
      },
      stride,
    )
  }
  const plain = (): Value => {
    const bias = weights.get(`dense${block}/conv0/bias`).data
    return layers.convolve(input, weights.get(`dense${block}/conv0/filters`), { bias, stride: 2 })
  }
  const first = rectify(block === 0 ? plain() : separably(input, 0, 2))
  const second = separably(first, 1, 1)
  const third = separably(rectify(add(first, second)), 2, 1)
  const sum = add(first, add(second, third))
  const fourth = separably(rectify(sum), 3, 1)
  return rectify(add(first, add(second, add(third, fourth))))
}

/**
 * The 68-point landmark network of face-api as an ONNX model: input `image` float32 `[batch, 3, 112, 112]`, RGB 0-255,
 * the face box in the middle of a square; output `points` `[batch, 136]`, x and y in turn as shares of that square.
 */
export function buildLandmarkNetwork(weights: NetworkWeights): Uint8Array {
  const layers = new FaceLayers()
  const { builder } = layers
  const image = builder.input('image', 'float32', ['batch', 3, landmarkInputSide, landmarkInputSide])
  let maps = layers.normalise(image, faceMeanRgb)
  for (const block of [0, 1, 2, 3]) maps = addDenseBlock(layers, maps, { weights, block })
  const pooled = layers.pool('AveragePool', maps, { side: 7, stride: 2, padding: 'valid' })
  const flat = builder.node('Flatten', [pooled])
  layers.connect(flat, weights.get('fc/weights'), { bias: weights.get('fc/bias').data, output: 'points' })
  builder.output('points', 'float32', ['batch', 136])
  return builder.build({ name: 'Face landmarks, 68 points' })
}
