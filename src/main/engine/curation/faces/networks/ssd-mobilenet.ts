import type { Value } from '#engine/networks/onnx-file/graph-builder.ts'
import { FaceLayers } from './face-layers.ts'
import type { NetworkWeights } from './weight-files.ts'

/** Pixels of the square that the network looks at. */
export const ssdInputSide = 512

/** Batch norm of TensorFlow's MobileNet v1. */
const epsilon = 0.001
const stridedPairs = new Set([2, 4, 6, 12])
const pairs = Array.from({ length: 13 }, (_, index) => index + 1)
const predictors = [0, 1, 2, 3, 4, 5]

export interface SsdNetwork {
  readonly model: Uint8Array
  /** `[anchors, 4]`: top, left, bottom, right as shares of the input square. */
  readonly anchors: Float32Array
}

/** A convolution with its offset, between 0 and 6. */
function convolvePointwise(
  layers: FaceLayers,
  input: Value,
  { weights, name, stride = 1 }: { weights: NetworkWeights; name: string; stride?: number },
): Value {
  const bias = weights.get(`${name}_pointwise/convolution_bn_offset`).data
  const filters = weights.get(`${name}_pointwise/weights`)
  return layers.rectifyToSix(layers.convolve(input, filters, { bias, stride }))
}

/** A depthwise convolution whose batch norm is put into filters and bias. */
function convolveDepthwise(
  layers: FaceLayers,
  input: Value,
  { weights, name, stride }: { weights: NetworkWeights; name: string; stride: number },
): Value {
  const norm = (part: string) => weights.get(`${name}/BatchNorm/${part}`).data
  const [gamma, beta, mean, variance] = [
    norm('gamma'),
    norm('beta'),
    norm('moving_mean'),
    norm('moving_variance'),
  ]
  const scale = gamma.map((factor, channel) => factor / Math.sqrt((variance[channel] ?? 0) + epsilon))
  const bias = beta.map((offset, channel) => offset - (mean[channel] ?? 0) * (scale[channel] ?? 0))
  const filters = weights.get(`${name}/depthwise_weights`)
  return layers.rectifyToSix(layers.convolveDepthwise(input, filters, { bias, scale, stride }))
}

/** The trunk: what its eleventh and its last pair of convolutions give. */
function buildTrunk(
  layers: FaceLayers,
  weights: NetworkWeights,
  image: Value,
): { eleventh: Value; last: Value } {
  let maps = convolvePointwise(layers, image, { weights, name: 'MobilenetV1/Conv2d_0', stride: 2 })
  let eleventh = maps
  for (const pair of pairs) {
    const name = `MobilenetV1/Conv2d_${pair}`
    const stride = stridedPairs.has(pair) ? 2 : 1
    maps = convolveDepthwise(layers, maps, { weights, name: `${name}_depthwise`, stride })
    maps = convolvePointwise(layers, maps, { weights, name })
    if (pair === 11) eleventh = maps
  }
  return { eleventh, last: maps }
}

/**
 * The SSD MobileNet v1 face detector of face-api as an ONNX model: input `image` float32 `[batch, 3, 512, 512]`, RGB
 * 0-255; outputs `boxes` `[batch, 5118, 4]`, encoded against the anchors, and `scores` `[batch, 5118]` in [0, 1].
 */
export function buildSsdMobilenet(weights: NetworkWeights): SsdNetwork {
  const layers = new FaceLayers()
  const { builder } = layers
  const image = builder.input('image', 'float32', ['batch', 3, ssdInputSide, ssdInputSide])
  const scaled = builder.node('Sub', [
    builder.node('Div', [image, builder.float32([127.5])]),
    builder.float32([1]),
  ])
  const { eleventh, last } = buildTrunk(layers, weights, scaled)
  const sources = [eleventh, last]
  let maps = last
  for (let layer = 0; layer < 8; layer++) {
    const stride = layer % 2 === 1 ? 2 : 1
    maps = convolvePointwise(layers, maps, { weights, name: `Prediction/Conv2d_${layer}`, stride })
    if (stride === 2) sources.push(maps)
  }
  const predict = (kind: 'BoxEncodingPredictor' | 'ClassPredictor', numbers: number): Value[] =>
    predictors.map((predictor) => {
      const name = `Prediction/BoxPredictor_${predictor}/${kind}`
      const bias = weights.get(`${name}/biases`).data
      const found = layers.convolve(sources[predictor] ?? last, weights.get(`${name}/weights`), { bias })
      const lastAxis = builder.node('Transpose', [found], { attributes: { perm: [0, 2, 3, 1] } })
      return builder.node('Reshape', [lastAxis, builder.int64([0, -1, numbers])])
    })
  const join = { attributes: { axis: 1 } }
  builder.node('Concat', predict('BoxEncodingPredictor', 4), { ...join, outputs: ['boxes'] })
  const classes = builder.node('Concat', predict('ClassPredictor', 3), join)
  // Of the three classes the second is the face; the others are background and a leftover of training.
  const face = builder.node('Gather', [classes, builder.indices(Int32Array.of(1))], {
    attributes: { axis: 2 },
  })
  const flat = builder.node('Squeeze', [face, builder.int64([2])])
  builder.node('Sigmoid', [flat], { outputs: ['scores'] })
  const anchors = weights.get('Output/extra_dim').data
  builder.output('boxes', 'float32', ['batch', anchors.length / 4, 4])
  builder.output('scores', 'float32', ['batch', anchors.length / 4])
  return { model: builder.build({ name: 'SSD MobileNet v1 face detector' }), anchors }
}
