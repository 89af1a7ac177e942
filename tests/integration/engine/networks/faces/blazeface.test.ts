import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { buildBlazeface } from '#engine/networks/faces/blazeface.ts'
import { createOrtRuntime } from '#engine/base/runtime/adapters/ort.ts'
import { faceInputs } from '#tests/oracles/face-inputs.ts'

const kept = z.object({ count: z.int(), step: z.int(), values: z.array(z.number()) })
const answers = z.object({ boxes: kept, scores: kept })
const golden = z
  .record(z.string(), z.object({ noise: answers, waves: answers }))
  .parse(
    JSON.parse(readFileSync(new URL('../../../../oracles/golden/blazeface.json', import.meta.url), 'utf8')),
  )

/** `[side, side, 3]` as networks take it: `[3, side, side]`. */
function toPlanes(pixels: Float32Array, side: number): Float32Array {
  const plane = side * side
  return Float32Array.from(pixels, (_, at) => pixels[(at % plane) * 3 + Math.floor(at / plane)] ?? 0)
}

test.each(['short', 'full'] as const)(
  'the %s range network answers as TensorFlow Lite does',
  async (range) => {
    const session = await createOrtRuntime().createSession(await buildBlazeface(range), { threads: 1 })
    // What the file was made for; as ONNX it takes others too.
    const side = { short: 128, full: 192 }[range]
    const inputs = ['noise', 'waves'] as const
    // Both at once: a picture's answers must not hang on what else is in the batch.
    const data = new Float32Array(2 * 3 * side * side)
    inputs.forEach((input, at) => data.set(toPlanes(faceInputs[input](side), side), at * 3 * side * side))
    const outputs = await session.run({ image: { type: 'float32', dims: [2, 3, side, side], data } })
    await session.dispose()
    inputs.forEach((input, place) => {
      for (const name of ['boxes', 'scores'] as const) {
        const output = outputs[name]
        if (output?.type !== 'float32') throw new Error(`no ${name}`)
        const { count, step, values } = golden[range]?.[input][name] ?? kept.parse(null)
        const own = output.data.subarray(
          (place * output.data.length) / 2,
          ((place + 1) * output.data.length) / 2,
        )
        expect(own.length).toBe(count)
        const differences = values.map((value, at) => Math.abs(value - (own[at * step] ?? Number.NaN)))
        // Pixels of the square; scores before their activation.
        expect(Math.max(...differences)).toBeLessThan(2e-3)
      }
    })
  },
)
