import * as z from 'zod'
import { readPackagedFile } from './packaged-file.ts'

/** The networks whose weights the package carries, with the SHA-256 of each of its files as they were checked. */
const weightFiles = {
  tiny_face_detector: {
    manifest: '5d1af4849ac48d5b985f4a9b16010c512353ddd6fcc63d50fd0bc9e9e64296e5',
    weights: 'b7503ce7df31039b1c43316a9b865cab6a70dd748cc602d3fa28b551503c3871',
  },
  face_landmark_68: {
    manifest: 'ca4886639f86e99b39fed0c155f81b63317225773bd9616716e887b0153389c9',
    weights: '4611ef65c87d836d03d684b30eec4d195d8b219fa1dd58fc58945831c6b9299b',
  },
  face_recognition: {
    manifest: 'cbaffa501b0b9275a12b63357a6843e7e30c054e1c9151e1a5f879b26e32986b',
    weights: 'b413e420d6840b2775fba32008db6f3cddb07d485967fb42cfcf379c16a8c589',
  },
  age_gender: {
    manifest: '74b60bf3ebf981bf4e661e9cca3a185614e10b25d797118b62e2a68d3ff2569f',
    weights: '49f92bbc0afef2342c4385e4a2b0acb6d7a727c6f0aa539499719a81acf9abaa',
  },
} as const

export type FaceNetwork = keyof typeof weightFiles

/** SHA-256 of a network's weights, which names what its answers were made with. */
export const readWeightHash = (network: FaceNetwork): string => weightFiles[network].weights

const readChecked = (file: string, sha256: string): Promise<Uint8Array> =>
  readPackagedFile({ packageName: '@vladmandic/face-api', path: `model/${file}`, sha256 })

const manifest = z.tuple([
  z.object({
    weights: z.array(
      z.object({
        name: z.string(),
        shape: z.array(z.int().nonnegative()),
        dtype: z.enum(['float32', 'int32']),
        quantization: z.object({ dtype: z.literal('uint8'), scale: z.number(), min: z.number() }).optional(),
      }),
    ),
  }),
])

export interface StoredWeight {
  readonly shape: readonly number[]
  /** Row-major in TensorFlow's order: filters are `[height, width, in, out]`. */
  readonly data: Float32Array
}

/** One network's weights by the names of its manifest. */
export class NetworkWeights {
  readonly #weights: ReadonlyMap<string, StoredWeight>

  constructor(weights: ReadonlyMap<string, StoredWeight>) {
    this.#weights = weights
  }

  /** Throws where the manifest has no such weight: the network was built for other weights. */
  get(name: string): StoredWeight {
    const weight = this.#weights.get(name)
    if (weight === undefined) throw new Error(`The face weights hold no ${name}`)
    return weight
  }
}

// By loops: `Float32Array.from` with a function takes a hundred times as long, and every thread that looks for faces waits.
function expand(stored: Uint8Array, { scale, min }: { scale: number; min: number }): Float32Array {
  const values = new Float32Array(stored.length)
  for (let at = 0; at < values.length; at++) values[at] = (stored[at] ?? 0) * scale + min
  return values
}

function readFloats(stored: Uint8Array): Float32Array {
  const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength)
  const values = new Float32Array(stored.byteLength / 4)
  for (let at = 0; at < values.length; at++) values[at] = view.getFloat32(at * 4, true)
  return values
}

/**
 * Reads a network's weights from the installed package, tensor after tensor: bytes that stand for `value * scale + min`,
 * or plain float32 (little-endian).
 * @throws AppError UNAVAILABLE naming the file when it is missing or is not the one that was checked.
 */
export async function readNetworkWeights(network: FaceNetwork): Promise<NetworkWeights> {
  const pinned = weightFiles[network]
  const [description, bytes] = await Promise.all([
    readChecked(`${network}_model-weights_manifest.json`, pinned.manifest),
    readChecked(`${network}_model.bin`, pinned.weights),
  ])
  const [{ weights }] = manifest.parse(JSON.parse(new TextDecoder().decode(description)))
  const tensors = new Map<string, StoredWeight>()
  let at = 0
  for (const { name, shape, quantization } of weights) {
    const count = shape.reduce((product, side) => product * side, 1)
    const stored = bytes.subarray(at, at + count * (quantization === undefined ? 4 : 1))
    tensors.set(name, {
      shape,
      data: quantization === undefined ? readFloats(stored) : expand(stored, quantization),
    })
    at += stored.length
  }
  if (at !== bytes.length) throw new Error(`The manifest of ${network} names ${at} of ${bytes.length} bytes`)
  return new NetworkWeights(tensors)
}
