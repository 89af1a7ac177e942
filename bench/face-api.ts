import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** face-api's own networks on its own TensorFlow.js, as far as the comparison uses them. */

interface Tensor {
  dataSync(): Float32Array
  dispose(): void
}

interface Network {
  loadFromWeightMap(weights: unknown): void
}

interface FaceApi {
  readonly tf: {
    env(): { setPlatform(name: string, platform: unknown): void }
    setBackend(name: string): Promise<boolean>
    setWasmPaths?(folder: string): void
    tensor3d(data: Float32Array, shape: [number, number, number]): Tensor
    transpose(tensor: Tensor, order: number[]): Tensor
    readonly io: { decodeWeights(bytes: ArrayBuffer, weights: unknown): unknown }
  }
  readonly env: { setEnv(environment: unknown): void }
  readonly nets: {
    readonly tinyFaceDetector: Network & { forward(picture: Tensor, side: number): Promise<Tensor> }
    readonly faceLandmark68Net: Network & { forward(picture: Tensor): Promise<Tensor> }
    readonly ageGenderNet: Network & {
      forward(picture: Tensor): Promise<{ readonly age: Tensor; readonly gender: Tensor }>
    }
    readonly faceRecognitionNet: Network & { computeFaceDescriptor(picture: Tensor): Promise<Float32Array> }
  }
  readonly TinyFaceDetectorOptions: new (options: { inputSize: number; scoreThreshold: number }) => unknown
  detectAllFaces(picture: Tensor, options: unknown): FaceApiTask<FaceApiDetection>
}

interface FaceApiDetection {
  readonly score: number
  readonly box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number }
}
interface FaceApiFace {
  readonly detection: FaceApiDetection
  readonly landmarks: { readonly positions: readonly { readonly x: number; readonly y: number }[] }
  readonly descriptor: Float32Array
}
interface FaceApiTask<Found> extends PromiseLike<Found[]> {
  withFaceLandmarks(): { withFaceDescriptors(): PromiseLike<FaceApiFace[]> }
}

const { resolve } = createRequire(import.meta.url)
const modelFile = (name: string): string => resolve(`@vladmandic/face-api/model/${name}`)

/**
 * The package's build for browsers bundles TensorFlow.js and runs in Node once it is told so by hand: while it loads it must
 * not take Node for its platform, because it was bundled without Node's modules.
 */
async function loadBundle(): Promise<FaceApi> {
  const { process: node } = globalThis
  Reflect.deleteProperty(globalThis, 'process')
  try {
    return (await import(pathToFileURL(resolve('@vladmandic/face-api/dist/face-api.esm.js')).href)) as FaceApi
  } finally {
    Object.defineProperty(globalThis, 'process', { value: node, configurable: true, writable: true })
  }
}

function loadWeights(api: FaceApi, network: Network, name: string): void {
  const [manifest] = JSON.parse(readFileSync(modelFile(`${name}_model-weights_manifest.json`), 'utf8')) as [
    { weights: unknown },
  ]
  const bytes = new Uint8Array(readFileSync(modelFile(`${name}_model.bin`)))
  network.loadFromWeightMap(api.tf.io.decodeWeights(bytes.buffer, manifest.weights))
}

/** The build on WebAssembly, from a folder where it and its TensorFlow.js packages are installed. */
function loadWasm(folder: string): FaceApi {
  const load = createRequire(join(folder, 'package.json'))
  const api = load('@vladmandic/face-api/dist/face-api.node-wasm.js') as FaceApi
  api.tf.setWasmPaths?.(join(folder, 'node_modules', '@tensorflow', 'tfjs-backend-wasm', 'dist', '/'))
  return api
}

/**
 * Loads face-api with its networks.
 * @param wasmFolder Where `npm install @vladmandic/face-api @tensorflow/tfjs @tensorflow/tfjs-backend-wasm` was run; without
 *   it TensorFlow.js runs on the processor in JavaScript, which comes with the package.
 */
export async function openFaceApi(wasmFolder?: string): Promise<FaceApi> {
  const api = wasmFolder === undefined ? await loadBundle() : loadWasm(wasmFolder)
  const { tf, env, nets } = api
  tf.env().setPlatform('node', {
    fetch,
    now: () => performance.now(),
    encode: (text: string) => new TextEncoder().encode(text),
    decode: (bytes: Uint8Array, encoding: string) => new TextDecoder(encoding).decode(bytes),
    isTypedArray: (value: unknown) => ArrayBuffer.isView(value) && !(value instanceof DataView),
  })
  const Absent = function Absent() {}
  const create = () => ({})
  env.setEnv({
    Canvas: Absent,
    Image: Absent,
    ImageData: Absent,
    Video: Absent,
    CanvasRenderingContext2D: Absent,
    createCanvasElement: create,
    createImageElement: create,
    fetch,
    readFile: create,
  })
  if (!(await tf.setBackend(wasmFolder === undefined ? 'cpu' : 'wasm')))
    throw new Error('TensorFlow.js does not start')
  loadWeights(api, nets.tinyFaceDetector, 'tiny_face_detector')
  loadWeights(api, nets.ageGenderNet, 'age_gender')
  loadWeights(api, nets.faceLandmark68Net, 'face_landmark_68')
  loadWeights(api, nets.faceRecognitionNet, 'face_recognition')
  return api
}
