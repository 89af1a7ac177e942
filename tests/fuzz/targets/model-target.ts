import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ModelProtoSchema } from '#engine/networks/onnx-file/gen/onnx_pb.js'
import { createGraphBuilder } from '#engine/networks/onnx-file/graph-builder.ts'
import { preprocessingVersion } from '#engine/networks/architecture/resize-image.ts'
import { ExportedModel } from '#engine/networks/inference/exported-model.ts'
import type { InferenceRuntime } from '#engine/base/runtime/inference-session.ts'
import { oddNumbers, oddText } from '../../hostile/odd-values.ts'
import { chance, pick, type Random } from '../../hostile/pick.ts'
import { promise, type FuzzTarget } from '../fuzz-target.ts'
import { mutateBytes, mutateJson } from '../mutate.ts'

const file = 'hostile.onnx'
const labels = { gender: ['Male', 'Female'] }

/** Two numbers for each picture, whatever it shows. */
function buildModel(): Uint8Array {
  const graph = createGraphBuilder()
  const image = graph.input('image', 'float32', ['batch', 3, 32, 32])
  graph.node('Shape', [image], { outputs: ['shape'] })
  graph.output('gender', 'float32', ['batch', 2])
  return graph.build({
    name: 'model',
    metadata: {
      'evenhand.preprocessing': preprocessingVersion,
      'evenhand.input_size': '32',
      'evenhand.labels': JSON.stringify(labels),
      'evenhand.name': 'model',
    },
  })
}

function distortMetadata(random: Random): Uint8Array {
  const model = fromBinary(ModelProtoSchema, buildModel())
  for (const entry of model.metadataProps) {
    if (!chance(random, 0.4)) continue
    entry.value = pick<() => string>(random, [
      () => JSON.stringify(mutateJson(labels, random)) ?? '',
      () => String(pick(random, oddNumbers)),
      () => pick(random, ['1000000', '65536', '1e5', '0x10', '-32', '33']),
      () => oddText(random).toWellFormed(),
    ])()
  }
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, model))
}

/** Answers as the real one does for a file that it can open; what is tested is what is believed of the file. */
const runtime: InferenceRuntime = {
  name: 'stand-in',
  version: '0',
  target: 'cpu',
  createSession: async () => ({
    inputNames: ['image'],
    outputNames: ['gender'],
    computedBy: { library: 'stand-in', arithmetic: 'float32', instead: null },
    run: async ({ image }) => {
      const count = image?.dims[0] ?? 0
      return { gender: { type: 'float32', dims: [count, 2], data: new Float32Array(2 * count) } }
    },
    dispose: async () => undefined,
  }),
}

export const modelTarget: FuzzTarget = {
  name: 'model-file',
  file,
  covers: [
    'main/engine/networks/onnx-file/graph-builder.ts',
    'main/engine/networks/onnx-file/model-metadata.ts',
  ],
  good: () => [buildModel()],
  make: (random, good) =>
    chance(random, 0.8) ? distortMetadata(random) : mutateBytes(pick(random, good), random, good),
  async read(bytes, { folder }) {
    const path = join(folder, file)
    writeFileSync(path, bytes)
    const model = await ExportedModel.open({ onnxFile: path, sha256: null }, runtime, 1)
    const { inputSize, labels: read } = model.metadata
    const images = new Uint8Array(3 * inputSize * inputSize)
    if (!read.has('gender') || read.size > 1) return
    const answers = await model.run(images, 1)
    promise(
      answers.heads.get('gender')?.length === read.get('gender')?.length,
      'a head of another size than its labels',
    )
  },
}
