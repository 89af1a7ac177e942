/**
 * Writes golden/blazeface.json: what TensorFlow Lite itself, in its build for WebAssembly, answers with the files of
 * @mediapipe/face_detection to pictures made by a formula. `node tests/oracles/make-blazeface-golden.ts FOLDER`, a second;
 * `npm install @tensorflow/tfjs-tflite@0.0.1-alpha.10` was run in the folder.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import * as z from 'zod'
import { blazefaces } from '#engine/networks/faces/blazeface.ts'
import { faceInputs } from './face-inputs.ts'

interface CppVector<Item> {
  readonly size: () => number
  readonly get: (at: number) => Item
}
interface TensorView {
  readonly name: string
  readonly data: () => Float32Array
}
interface Runner {
  readonly GetInputs: () => CppVector<TensorView>
  readonly GetOutputs: () => CppVector<TensorView>
  readonly Infer: () => boolean
}
interface TfliteModule {
  readonly HEAPU8: Uint8Array
  readonly _malloc: (bytes: number) => number
  readonly TFLiteWebModelRunner: {
    readonly CreateFromBufferAndOptions: (
      at: number,
      bytes: number,
      options: Readonly<Record<string, number | boolean>>,
    ) => { readonly ok: () => boolean; readonly errorMessage: () => string; readonly value: () => Runner }
  }
}

const folder = z.string().parse(process.argv[2])

/** The build knows browsers alone: while it loads it must see a window and no process. */
async function loadTflite(): Promise<TfliteModule> {
  const load = createRequire(import.meta.url)
  const wasm = resolve(folder, 'node_modules/@tensorflow/tfjs-tflite/wasm')
  const create = load(join(wasm, 'tflite_web_api_cc.js')) as (options: object) => Promise<TfliteModule>
  const wasmBinary = readFileSync(join(wasm, 'tflite_web_api_cc.wasm'))
  const { process: node } = globalThis
  Reflect.deleteProperty(globalThis, 'process')
  Object.assign(globalThis, { window: globalThis })
  try {
    return await create({ wasmBinary })
  } finally {
    Object.defineProperty(globalThis, 'process', { value: node, configurable: true, writable: true })
  }
}

const listAll = <Item>(vector: CppVector<Item>): Item[] =>
  Array.from({ length: vector.size() }, (_, at) => vector.get(at))

function openRunner({ HEAPU8, _malloc, TFLiteWebModelRunner }: TfliteModule, bytes: Uint8Array): Runner {
  const at = _malloc(bytes.length)
  HEAPU8.set(bytes, at)
  const result = TFLiteWebModelRunner.CreateFromBufferAndOptions(at, bytes.length, {
    numThreads: 1,
    enableProfiling: false,
    maxProfilingBufferEntries: 1024,
    profilingSummaryAsCSV: false,
  })
  if (!result.ok()) throw new Error(result.errorMessage())
  return result.value()
}

const keptOf = (values: Float32Array, kept: number) => {
  const step = Math.max(1, Math.floor(values.length / kept))
  return {
    count: values.length,
    step,
    values: Array.from(
      values.filter((_, at) => at % step === 0),
      (value) => Number(value.toPrecision(7)),
    ),
  }
}

const tflite = await loadTflite()
const require = createRequire(import.meta.url)
const golden = Object.fromEntries(
  (
    [
      ['short', 128],
      ['full', 192],
    ] as const
  ).map(([range, side]) => {
    const { file } = blazefaces[range]
    const bytes = readFileSync(require.resolve(`${file.packageName}/${file.path}`))
    const runner = openRunner(tflite, bytes)
    const answer = (pixels: Float32Array) => {
      listAll(runner.GetInputs())[0]
        ?.data()
        .set(pixels.map((value) => value / 127.5 - 1))
      if (!runner.Infer()) throw new Error(`TensorFlow Lite does not run the ${range} range network`)
      const outputs = listAll(runner.GetOutputs()).map((output) => Float32Array.from(output.data()))
      const [boxes, scores] = outputs.toSorted((a, b) => b.length - a.length)
      return {
        boxes: keptOf(boxes ?? new Float32Array(), 400),
        scores: keptOf(scores ?? new Float32Array(), 400),
      }
    }
    return [range, { noise: answer(faceInputs.noise(side)), waves: answer(faceInputs.waves(side)) }]
  }),
)
writeFileSync(join(import.meta.dirname, 'golden', 'blazeface.json'), `${JSON.stringify(golden)}\n`)
