import type { NetworkSpec } from '#engine/networks/architecture/training-engine.ts'
import { initialiseNetwork } from '#engine/networks/architecture/initialise-network.ts'
import { usualChoice, type InferenceChoice } from '#engine/networks/inference/inference-choice.ts'
import { openRuntime } from '#engine/networks/inference/open-runtime.ts'
import { buildInferenceModel } from '#engine/networks/onnx-file/export-onnx.ts'

/** Relative, of the embedding. bf16 keeps 8 bits of a number, which 20 convolutions add up to about one part in a hundred. */
const furthest = { float32: 1e-4, bf16: 0.05 } as const

/** One program of many images and one of a single one. */
const images = 17

const network: NetworkSpec = { arch: 'resnet18', inputSize: 64, heads: [{ task: 'gender', classes: 2 }] }

async function embed(file: Uint8Array, choice: InferenceChoice, threads: number): Promise<Float32Array> {
  const session = await openRuntime(choice).createSession(file, { threads })
  try {
    const { inputSize } = network
    const size = images * 3 * inputSize ** 2
    const data = Float32Array.from({ length: size }, (_, at) => (Math.imul(at + 1, 2654435761) >>> 13) & 255)
    const image = { type: 'float32', dims: [images, 3, inputSize, inputSize], data } as const
    const { embedding } = await session.run({ image })
    if (embedding?.type !== 'float32') throw new Error('It gave no embedding')
    return embedding.data
  } finally {
    await session.dispose()
  }
}

/** Throws with the reason where oneDNN answers by an exported file otherwise than ONNX Runtime does. */
export async function checkAnswers(arithmetic: 'float32' | 'bf16', threads: number): Promise<void> {
  const file = buildInferenceModel(network, initialiseNetwork(network, 1))
  const wanted = await embed(file, usualChoice, threads)
  const given = await embed(file, { engine: 'onednn', arithmetic }, threads)
  let [difference, total] = [0, 0]
  wanted.forEach((value, at) => {
    difference += (value - (given[at] ?? Number.NaN)) ** 2
    total += value ** 2
  })
  const relative = Math.sqrt(difference / total)
  if (relative <= furthest[arithmetic]) return
  throw new Error(
    `its answers by an exported file in ${arithmetic} are further from ONNX Runtime's than rounding explains: by ${relative.toExponential(1)}`,
  )
}
