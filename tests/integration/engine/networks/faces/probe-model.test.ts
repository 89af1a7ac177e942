import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { expectedYearsCount } from '#shared/domain/age-read-out.ts'
import { ageBinLabels, labelSchemes } from '#shared/domain/label-schemes.ts'
import { createRandom } from '#engine/base/kernel/random.ts'
import { createOrtRuntime } from '#engine/base/runtime/adapters/ort.ts'
import { openProbeTrainer, type Trainer } from '#engine/learning/export/probe-trainer.ts'
import { buildProbeFile } from '#engine/learning/models/probe-file.ts'
import { readYears } from '#engine/networks/architecture/read-age.ts'
import type { HeadSpec } from '#engine/networks/architecture/training-engine.ts'
import { ExportedModel } from '#engine/networks/inference/exported-model.ts'
import { cropSource } from '#engine/networks/faces/crop-face.ts'
import { faceSide } from '#shared/domain/architectures.ts'
import { descriptorSize } from '#engine/networks/architecture/face-resnet.ts'
import { readNetworkWeights } from '#engine/networks/faces/weight-files.ts'
import { decodeModel } from '#engine/networks/onnx-file/graph-builder.ts'
import { prepareHandOut } from '#engine/networks/onnx-file/hand-out.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'

const { race, gender } = labelSchemes.utkface5
const labels = { age: [...ageBinLabels], gender: [...gender], race: [...race] }
const heads: HeadSpec[] = [
  { task: 'age', classes: expectedYearsCount, readOut: 'expected-years' },
  { task: 'gender', classes: gender.length },
  { task: 'race', classes: race.length },
]
const random = createRandom(9)
const draw = (shape: number[]) => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((all, side) => all * side, 1) }, () => random.normal()),
})
const weights = new Map(
  heads.flatMap(({ task, classes }) => [
    [`head.${task}.weight`, draw([classes, descriptorSize])] as const,
    [`head.${task}.bias`, draw([classes])] as const,
  ]),
)
const facts = {
  name: 'Probe',
  version: '0.0.0',
  labels,
  splitHash: '0'.repeat(64),
  configHash: '0'.repeat(64),
  weightsSha256: '0'.repeat(64),
}
const pixels = 3 * faceSide ** 2
const faces = Uint8Array.from({ length: 2 * pixels }, () => random.int(0, 255))

const folder = makeTemporaryFolder()
const file = join(folder.path, 'probe.onnx')
const runtime = createOrtRuntime()
let bytes: Uint8Array
let trainer: Trainer

beforeAll(async () => {
  bytes = buildProbeFile(await readNetworkWeights('face_recognition'), { heads, weights }, facts)
  writeFileSync(file, bytes)
  trainer = await openProbeTrainer(weights, heads, { runtime, threads: 1 })
})
afterAll(async () => {
  await trainer.dispose()
  folder[Symbol.dispose]()
})

const largest = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(
    Math.abs(a.length - b.length),
    ...Array.from(a, (value, at) => Math.abs(value - (b[at] ?? Number.NaN))),
  )

it("answers from an aligned face what the scan's descriptor and the fitted heads answer", async () => {
  const model = await ExportedModel.open({ onnxFile: file, sha256: null }, runtime, 1)
  try {
    expect(model.view).toBe('face')
    expect(model.metadata).toMatchObject({ inputSize: 150, ageReadOut: 'expected-years', cropSource })
    const served = await model.run(faces, 2)
    const { logits } = await trainer.predictAsTrained(faces, 2)
    for (const { task } of heads)
      expect(largest(served.heads.get(task) ?? [], logits.get(task) ?? [])).toBeLessThan(1e-4)
    const years = logits.get('age') ?? new Float32Array()
    const expected = [0, 1].map((at) =>
      readYears(years.subarray(at * expectedYearsCount, (at + 1) * expectedYearsCount), 'expected-years'),
    )
    expect(largest(served.ageYears ?? [], expected)).toBeLessThan(1e-3)
  } finally {
    await model.dispose()
  }
})

it('gives the descriptor beside its answers', async () => {
  const session = await runtime.createSession(bytes, { threads: 1 })
  const dims = [2, 3, faceSide, faceSide]
  const outputs = await session.run({ image: { type: 'float32', dims, data: Float32Array.from(faces) } })
  const { embedding } = await trainer.predictAsTrained(faces, 2)
  expect(embedding).toHaveLength(2 * descriptorSize)
  const given = outputs['embedding']?.type === 'float32' ? outputs['embedding'].data : []
  expect(largest(given, embedding)).toBeLessThan(1e-6)
  await session.dispose()
})

it('is handed out without a head that is withheld', () => {
  const left = decodeModel(prepareHandOut(bytes, { purpose: null, guarded: ['race'], withheld: ['race'] }))
  expect(left.graph?.output.map(({ name }) => name)).toEqual(['embedding', 'age', 'age_years', 'gender'])
  expect(left.graph?.initializer.some(({ name }) => name.includes('race'))).toBe(false)
})

it('is refused where faces would be cut out otherwise than for its training', async () => {
  const other = join(folder.path, 'other.onnx')
  writeFileSync(other, replaceText(bytes, cropSource))
  await expect(ExportedModel.open({ onnxFile: other, sha256: null }, runtime, 1)).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    message: expect.stringMatching(
      /other\.onnx was made for faces as another version.*train the probe again/,
    ),
  })
})

/** The same bytes with another hash in the place of one. */
function replaceText(from: Uint8Array, hash: string): Uint8Array {
  const changed = Buffer.from(from)
  const at = changed.indexOf(hash)
  changed.write('f'.repeat(hash.length), at)
  return changed
}
