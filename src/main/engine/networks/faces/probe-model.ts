import { addYears } from '#engine/networks/onnx-file/export-onnx.ts'
import type { HeadSpec, StateDict } from '#engine/networks/architecture/training-engine.ts'
import { FaceLayers } from './face-layers.ts'
import { faceMeanRgb } from './landmark-network.ts'
import { addRecognition, descriptorSize, recognitionInputSide } from './recognition-network.ts'
import type { NetworkWeights } from './weight-files.ts'

/** How the descriptor network takes its colours, for whoever reads the file. */
export const probeNormalisation = `(x - [${faceMeanRgb.join(', ')}]) / 255`

/**
 * The face recognition network with heads on its descriptor as one ONNX model: input `image` float32 `[batch, 3, 150, 150]`, an
 * aligned face, RGB, 0-255; outputs `embedding` `[batch, 128]`, the logits of each head under its task's name, and
 * `age_years` for an age head in years.
 * @param heads.weights `head.<task>.weight` `[numbers, 128]` and `.bias`; throws a RangeError naming one that is missing
 */
export function buildProbeModel(
  recognition: NetworkWeights,
  { heads, weights }: { heads: readonly HeadSpec[]; weights: StateDict },
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const layers = new FaceLayers()
  const { builder } = layers
  const image = builder.input('image', 'float32', ['batch', 3, recognitionInputSide, recognitionInputSide])
  addRecognition(layers, image, { weights: recognition, output: 'embedding' })
  builder.output('embedding', 'float32', ['batch', descriptorSize])
  for (const head of heads) {
    const { task, classes } = head
    const add = (part: string, shape: readonly number[]) => {
      const name = `head.${task}.${part}`
      const tensor = weights.get(name)
      if (tensor === undefined) throw new RangeError(`The weights lack ${name}`)
      return builder.initializer(name, shape, tensor.data)
    }
    const inputs = ['embedding', add('weight', [classes, descriptorSize]), add('bias', [classes])]
    builder.node('Gemm', inputs, { attributes: { transB: 1 }, outputs: [task] })
    builder.output(task, 'float32', ['batch', classes])
    addYears(builder, head)
  }
  return builder.build({ name: 'Evenhand probe on face descriptors', metadata })
}
