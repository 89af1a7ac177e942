import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { buildLandmarkNetwork, landmarkInputSide } from '#engine/networks/faces/landmark-network.ts'
import { faceSide } from '#shared/domain/architectures.ts'
import { buildRecognitionNetwork } from '#engine/networks/faces/recognition-network.ts'
import { buildTinyDetector, tinyInputSide } from '#engine/networks/faces/tiny-detector.ts'
import { readNetworkWeights } from '#engine/networks/faces/weight-files.ts'
import { createOrtRuntime } from '#engine/base/runtime/adapters/ort.ts'
import { faceInputs, type FaceInput } from '#tests/oracles/face-inputs.ts'

const kept = z.object({ count: z.int(), step: z.int(), values: z.array(z.number()) })
const answers = z.object({
  tinyCells: kept,
  landmarks: kept,
  descriptor: kept,
})
type Kept = z.infer<typeof kept>

const golden = z
  .object({ noise: answers, waves: answers })
  .parse(
    JSON.parse(
      readFileSync(new URL('../../../../oracles/golden/face-networks.json', import.meta.url), 'utf8'),
    ),
  )

/** Picture after picture, as networks take it: `[3, side, side]`. */
function toPlanes(pixels: Float32Array, side: number): Float32Array {
  const plane = side * side
  return Float32Array.from(pixels, (_, at) => pixels[(at % plane) * 3 + Math.floor(at / plane)] ?? 0)
}

async function run(model: Uint8Array, input: FaceInput, side: number): Promise<Record<string, Float32Array>> {
  const session = await createOrtRuntime().createSession(model, { threads: 1 })
  try {
    const data = toPlanes(faceInputs[input](side), side)
    const outputs = await session.run({ image: { type: 'float32', dims: [1, 3, side, side], data } })
    return Object.fromEntries(
      Object.entries(outputs).map(([name, output]) => [name, Float32Array.from(output.data as Float32Array)]),
    )
  } finally {
    await session.dispose()
  }
}

/** Largest difference to what face-api answers. */
function differ(found: ArrayLike<number> | undefined, { count, step, values }: Kept): number {
  expect(found?.length).toBe(count)
  return Math.max(...values.map((value, at) => Math.abs(value - (found?.[at * step] ?? Number.NaN))))
}

const inputs = ['noise', 'waves'] as const

test.each(inputs)('the tiny detector answers %s as face-api does', async (input) => {
  const model = buildTinyDetector(await readNetworkWeights('tiny_face_detector'))
  const { cells } = await run(model, input, tinyInputSide)
  expect(differ(cells, golden[input].tinyCells)).toBeLessThan(1e-3)
})

test.each(inputs)('the landmark network answers %s as face-api does', async (input) => {
  const model = buildLandmarkNetwork(await readNetworkWeights('face_landmark_68'))
  const { points } = await run(model, input, landmarkInputSide)
  expect(differ(points, golden[input].landmarks)).toBeLessThan(1e-4)
})

test.each(inputs)('the recognition network answers %s as face-api does', async (input) => {
  const model = buildRecognitionNetwork(await readNetworkWeights('face_recognition'))
  const { descriptor } = await run(model, input, faceSide)
  expect(differ(descriptor, golden[input].descriptor)).toBeLessThan(1e-4)
})
