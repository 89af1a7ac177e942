import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomically } from '#engine/base/kernel/atomic-file.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { buildModelFile, locateModel } from '#engine/learning/models/model-file.ts'
import { writeSafetensors } from '#engine/networks/weights/safetensors.ts'
import { describeNetwork } from './compose-training.ts'
import type { TrainAssignment, TrainedModel } from './train-protocol.ts'
import type { StateDict } from '#engine/networks/architecture/training-engine.ts'

/** Writes weights as a model: by torchvision's names, and as an ONNX file. */
export async function writeModel(
  assignment: TrainAssignment,
  best: StateDict,
): Promise<Pick<TrainedModel, 'weightsSha256' | 'onnxSha256'>> {
  const { runFolder, modelName: name, version, labels, splitHash, configHash } = assignment
  const metadata = { 'evenhand.name': name, 'evenhand.labels': JSON.stringify(labels) }
  const weights = writeSafetensors(best, { metadata })
  const weightsSha256 = hashBytes(weights)
  const facts = { name, version, labels, splitHash, configHash, weightsSha256 }
  const onnx = buildModelFile(describeNetwork(assignment), best, facts)
  const files = locateModel(join(runFolder, 'model'))
  await mkdir(join(runFolder, 'model'), { recursive: true })
  await writeFileAtomically(files.weights, weights)
  await writeFileAtomically(files.onnx, onnx)
  return { weightsSha256, onnxSha256: hashBytes(onnx) }
}
