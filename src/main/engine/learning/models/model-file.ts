import { join } from 'node:path'
import type { AgeReadOut } from '#shared/domain/age-read-out.ts'
import { seesFaces } from '#shared/domain/architectures.ts'
import { tasks } from '#shared/domain/tasks.ts'
import type { HeadSpec, NetworkSpec, StateDict } from '#engine/networks/architecture/training-engine.ts'
import type { ModelLabels } from '#engine/networks/architecture/model-labels.ts'
import { countAgeNumbers } from '#engine/networks/architecture/read-age.ts'
import { preprocessingVersion } from '#engine/networks/architecture/resize-image.ts'
import { describeInferenceModel } from '#engine/networks/onnx-file/export-onnx.ts'
import { foldNorms } from '#engine/networks/onnx-file/fold-norms.ts'
import { encodeModel } from '#engine/networks/onnx-file/graph-builder.ts'
import { cropSource } from '#engine/networks/faces/crop-face.ts'
import { ageReadOutKey, cropSourceKey, facePreprocessing } from '#engine/networks/onnx-file/model-metadata.ts'
import { cropInWords } from './crop-in-words.ts'

/** Where a model's files lie, within `models/<id>/` of its project. */
export function locateModel(modelFolder: string) {
  return {
    weights: join(modelFolder, 'model.safetensors'),
    onnx: join(modelFolder, 'model.onnx'),
    card: join(modelFolder, 'card.json'),
  }
}

export interface ModelFacts {
  readonly name: string
  readonly version: string
  readonly labels: ModelLabels
  readonly splitHash: string
  readonly configHash: string
  readonly weightsSha256: string
}

/** How an image file becomes the input, in words for whoever serves the file elsewhere. */
const resizeInWords =
  'The whole upright sRGB image, a cropped face, drawn into the square without keeping its aspect: antialiased bilinear ' +
  `(triangle filter widened by the scale when shrinking, half-pixel centres), rounded to whole numbers (${preprocessingVersion})`

/** Heads in the order age, gender, race; a task without labels has none. */
export function listHeads(labels: ModelLabels, ageReadOut: AgeReadOut): HeadSpec[] {
  return tasks.flatMap((task): HeadSpec[] => {
    const classes = labels[task]?.length
    if (classes === undefined) return []
    if (task !== 'age' || ageReadOut === 'class') return [{ task, classes }]
    return [{ task, classes: countAgeNumbers(ageReadOut), readOut: ageReadOut }]
  })
}

/** The ONNX file that evaluation, prediction and export use. */
export function buildModelFile(network: NetworkSpec, weights: StateDict, facts: ModelFacts): Uint8Array {
  const labels = Object.fromEntries(
    tasks.flatMap((task) => (facts.labels[task] ? [[task, facts.labels[task]]] : [])),
  )
  const isOfFaces = seesFaces(network.arch)
  const model = describeInferenceModel(network, weights, {
    version: facts.version,
    labels,
    resize: isOfFaces ? cropInWords : resizeInWords,
    extra: {
      ...(isOfFaces && { [cropSourceKey]: cropSource }),
      [ageReadOutKey]: network.heads.find(({ task }) => task === 'age')?.readOut ?? 'class',
      'evenhand.name': facts.name,
      'evenhand.preprocessing': isOfFaces ? facePreprocessing : preprocessingVersion,
      'evenhand.training_data_hash': facts.splitHash,
      'evenhand.run_config_hash': facts.configHash,
      'evenhand.weights_sha256': facts.weightsSha256,
    },
  })
  // The face network has no normalisations left to fold.
  if (!isOfFaces) foldNorms(model)
  return encodeModel(model)
}
