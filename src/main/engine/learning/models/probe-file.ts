import { faceSide } from '#shared/domain/architectures.ts'
import { tasks } from '#shared/domain/tasks.ts'
import type { HeadSpec, StateDict } from '#engine/networks/architecture/training-engine.ts'
import { cropSource } from '#engine/networks/faces/crop-face.ts'
import { buildProbeModel } from '#engine/networks/faces/probe-model.ts'
import type { NetworkWeights } from '#engine/networks/faces/weight-files.ts'
import { faceNormalisation } from '#engine/networks/onnx-file/face-backbone.ts'
import { describeMetadata } from '#engine/networks/onnx-file/export-onnx.ts'
import { ageReadOutKey, cropSourceKey, facePreprocessing } from '#engine/networks/onnx-file/model-metadata.ts'
import { cropInWords } from './crop-in-words.ts'
import type { ModelFacts } from './model-file.ts'

/** The ONNX file that evaluation, prediction and export of a probe use. */
export function buildProbeFile(
  recognition: NetworkWeights,
  probe: { readonly heads: readonly HeadSpec[]; readonly weights: StateDict },
  facts: ModelFacts,
): Uint8Array {
  const labels = Object.fromEntries(
    tasks.flatMap((task) => (facts.labels[task] ? [[task, facts.labels[task]]] : [])),
  )
  const network = { arch: 'face-probe', inputSize: faceSide, normalisation: faceNormalisation }
  const metadata = describeMetadata(network, {
    version: facts.version,
    labels,
    resize: cropInWords,
    extra: {
      [ageReadOutKey]: probe.heads.find(({ task }) => task === 'age')?.readOut ?? 'class',
      [cropSourceKey]: cropSource,
      'evenhand.name': facts.name,
      'evenhand.preprocessing': facePreprocessing,
      'evenhand.training_data_hash': facts.splitHash,
      'evenhand.run_config_hash': facts.configHash,
      'evenhand.weights_sha256': facts.weightsSha256,
    },
  })
  return buildProbeModel(recognition, probe, metadata)
}
