import type { Value } from '#engine/networks/onnx-file/graph-builder.ts'
import { FaceLayers } from '#engine/networks/faces/face-layers.ts'
import { faceMeanRgb } from '#engine/networks/architecture/face-resnet.ts'
import type { NetworkWeights } from '#engine/networks/faces/weight-files.ts'

export const ageGenderSide = 112

/**
 * The age and gender network of face-api, a small Xception, as an ONNX model: input `image` float32 `[batch, 3, 112, 112]`,
 * RGB 0-255; outputs `age` `[batch, 1]` in years and `gender` `[batch, 2]`, the probabilities of male and female.
 */
export function buildAgeGenderNetwork(weights: NetworkWeights): Uint8Array {
  const layers = new FaceLayers()
  const { builder } = layers
  const plain = (input: Value, name: string, stride: number): Value =>
    layers.convolve(input, weights.get(`${name}/filters`), { bias: weights.get(`${name}/bias`).data, stride })
  const separably = (input: Value, name: string): Value =>
    layers.convolveSeparably(input, {
      depthwise: weights.get(`${name}/depthwise_filter`),
      pointwise: weights.get(`${name}/pointwise_filter`),
      bias: weights.get(`${name}/bias`).data,
    })
  const reduce = (input: Value, name: string, isFirst = false): Value => {
    const first = separably(isFirst ? input : layers.rectify(input), `${name}/separable_conv0`)
    const second = separably(layers.rectify(first), `${name}/separable_conv1`)
    const pooled = layers.pool('MaxPool', second, { side: 3, stride: 2, padding: 'same' })
    return layers.add(pooled, plain(input, `${name}/expansion_conv`, 2))
  }
  const repeat = (input: Value, name: string): Value => {
    const mixed = [0, 1, 2].reduce(
      (maps, part) => separably(layers.rectify(maps), `${name}/separable_conv${part}`),
      input,
    )
    return layers.add(mixed, input)
  }
  const image = builder.input('image', 'float32', ['batch', 3, ageGenderSide, ageGenderSide])
  let maps = layers.rectify(plain(layers.normalise(image, faceMeanRgb), 'entry_flow/conv_in', 2))
  maps = reduce(maps, 'entry_flow/reduction_block_0', true)
  maps = reduce(maps, 'entry_flow/reduction_block_1')
  for (const block of [0, 1]) maps = repeat(maps, `middle_flow/main_block_${block}`)
  maps = reduce(maps, 'exit_flow/reduction_block')
  maps = layers.rectify(separably(maps, 'exit_flow/separable_conv'))
  const flat = builder.node('Flatten', [
    layers.pool('AveragePool', maps, { side: 7, stride: 2, padding: 'valid' }),
  ])
  const connect = (name: string, output: Value): Value => {
    const { shape, data } = weights.get(`fc/${name}/weights`)
    const bias = weights.get(`fc/${name}/bias`).data
    return builder.node(
      'Gemm',
      [
        flat,
        builder.initializer(`fc_${name}`, shape, data),
        builder.initializer(`fc_${name}_bias`, [bias.length], bias),
      ],
      { outputs: [output] },
    )
  }
  builder.output(connect('age', 'age'), 'float32', ['batch', 1])
  builder.node('Softmax', [connect('gender', 'gender_logits')], { outputs: ['gender'] })
  builder.output('gender', 'float32', ['batch', 2])
  return builder.build({ name: 'Age and gender of face-api' })
}
