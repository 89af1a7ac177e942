import { faceSide } from '#shared/domain/architectures.ts'
import { descriptorSize, faceConvolutions } from '#engine/networks/architecture/face-resnet.ts'
import type { NamedTensor, StateDict } from '#engine/networks/architecture/training-engine.ts'
import { addFaceBackbone, addFaceWeights } from '#engine/networks/onnx-file/face-backbone.ts'
import { createGraphBuilder } from '#engine/networks/onnx-file/graph-builder.ts'
import type { NetworkWeights } from './weight-files.ts'

/** Where the stored weights have a convolution's: the stem stands alone, a block's two have parts of their own. */
const nameStored = (name: string): string => name.replace('.', '/')

/** `[height, width, in, out]` as `[out, in, height, width]`, each output channel times its factor. */
function turnFilters(filters: NamedTensor, factors: Float32Array): NamedTensor {
  const [height = 1, width = 1, inputs = 1, outputs = 1] = filters.shape
  const data = new Float32Array(filters.data.length)
  let at = 0
  for (let output = 0; output < outputs; output++)
    for (let input = 0; input < inputs; input++)
      for (let cell = 0; cell < height * width; cell++)
        data[at++] = (filters.data[(cell * inputs + input) * outputs + output] ?? 0) * (factors[output] ?? 1)
  return { shape: [outputs, inputs, height, width], data }
}

/**
 * The bundled weights as the face network has them: the factor and the offset per channel behind each convolution, all that is
 * left of its batch normalisation, multiplied into its weights and added to its bias.
 */
export function foldRecognition(weights: NetworkWeights): StateDict {
  const folded = faceConvolutions.flatMap(({ name }): [string, NamedTensor][] => {
    const stored = nameStored(name)
    const factors = weights.get(`${stored}/scale/weights`).data
    const offsets = weights.get(`${stored}/scale/biases`).data
    const bias = weights
      .get(`${stored}/conv/bias`)
      .data.map((value, channel) => value * (factors[channel] ?? 1) + (offsets[channel] ?? 0))
    return [
      [`${name}.weight`, turnFilters(weights.get(`${stored}/conv/filters`), factors)],
      [`${name}.bias`, { shape: [bias.length], data: bias }],
    ]
  })
  const { shape, data } = weights.get('fc')
  const [features = 1] = shape
  const turned = data.map((_, at) => data[(at % features) * descriptorSize + Math.floor(at / features)] ?? 0)
  return new Map([...folded, ['fc.weight', { shape: [descriptorSize, features], data: turned }]])
}

/**
 * The face recognition network as an ONNX model: input `image` float32 `[batch, 3, 150, 150]`, RGB 0-255, the aligned face;
 * output `descriptor` `[batch, 128]`. Two descriptors of one person lie near each other in Euclidean distance.
 */
export function buildRecognitionNetwork(weights: NetworkWeights): Uint8Array {
  const builder = createGraphBuilder()
  const image = builder.input('image', 'float32', ['batch', 3, faceSide, faceSide])
  addFaceWeights(builder, foldRecognition(weights))
  addFaceBackbone(builder, image, 'descriptor')
  builder.output('descriptor', 'float32', ['batch', descriptorSize])
  return builder.build({ name: 'Face descriptor, 128 numbers' })
}
