import { faceSide } from '#shared/domain/architectures.ts'
import { descriptorSize } from '#engine/networks/architecture/face-resnet.ts'
import type { HeadSpec, StateDict } from '#engine/networks/architecture/training-engine.ts'
import { addHeads } from '#engine/networks/onnx-file/add-heads.ts'
import { addFaceBackbone, addFaceWeights } from '#engine/networks/onnx-file/face-backbone.ts'
import { createGraphBuilder } from '#engine/networks/onnx-file/graph-builder.ts'
import { foldRecognition } from './recognition-network.ts'
import type { NetworkWeights } from './weight-files.ts'

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
  const builder = createGraphBuilder()
  const image = builder.input('image', 'float32', ['batch', 3, faceSide, faceSide])
  addFaceWeights(builder, foldRecognition(recognition))
  addFaceBackbone(builder, image, 'embedding')
  builder.output('embedding', 'float32', ['batch', descriptorSize])
  for (const { task, classes } of heads)
    for (const [part, shape] of [
      ['weight', [classes, descriptorSize]],
      ['bias', [classes]],
    ] as const) {
      const name = `head.${task}.${part}`
      const tensor = weights.get(name)
      if (tensor === undefined) throw new RangeError(`The weights lack ${name}`)
      builder.initializer(name, shape, tensor.data)
    }
  addHeads(builder, heads)
  return builder.build({ name: 'Evenhand probe on face descriptors', metadata })
}
