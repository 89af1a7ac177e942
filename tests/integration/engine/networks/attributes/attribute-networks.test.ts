import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { createOrtRuntime } from '#engine/base/runtime/adapters/ort.ts'
import { ageGenderSide, buildAgeGenderNetwork } from '#engine/networks/attributes/age-gender-network.ts'
import { openAttributeNetwork } from '#engine/networks/attributes/attribute-networks.ts'
import { assertAnswersKnown, makeCheckPicture } from '#engine/networks/attributes/check-answers.ts'
import { readTfjsGraph } from '#engine/networks/attributes/tfjs-graph.ts'
import { convertTfjsGraph } from '#engine/networks/attributes/tfjs-network.ts'
import { ImageNetwork } from '#engine/networks/faces/image-network.ts'
import { readNetworkWeights } from '#engine/networks/faces/weight-files.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { faceInputs } from '#tests/oracles/face-inputs.ts'
import { smallGraph, smallGraphOutputs, smallGraphSide } from '#tests/oracles/small-tfjs-graph.ts'

const numbers = z.array(z.number())
const answers = z.object({ age: numbers, gender: numbers })
const golden = z
  .object({
    faceApi: z.object({ noise: answers, waves: answers, check: answers }),
    small: z.record(z.string(), numbers),
  })
  .parse(
    JSON.parse(readFileSync(new URL('../../../../oracles/golden/attributes.json', import.meta.url), 'utf8')),
  )
const machine = { runtime: createOrtRuntime(), threads: 1 }

function toPlanes(pixels: Float32Array, side: number): Float32Array {
  const plane = side * side
  return Float32Array.from(pixels, (_, at) => pixels[(at % plane) * 3 + Math.floor(at / plane)] ?? 0)
}

const differ = (found: Float32Array, wanted: readonly number[]): number => {
  expect(found.length).toBe(wanted.length)
  return Math.max(...wanted.map((number, at) => Math.abs(number - (found[at] ?? Number.NaN))))
}

const pictures = {
  noise: toPlanes(faceInputs.noise(ageGenderSide), ageGenderSide),
  waves: toPlanes(faceInputs.waves(ageGenderSide), ageGenderSide),
  check: makeCheckPicture(ageGenderSide),
}

test.each(['noise', 'waves', 'check'] as const)(
  'the age and gender network answers %s as face-api does',
  async (name) => {
    await using network = await ImageNetwork.open(
      buildAgeGenderNetwork(await readNetworkWeights('age_gender')),
      machine,
    )
    const { age, gender } = await network.run([pictures[name]], ['age', 'gender'])
    expect(differ(age, golden.faceApi[name].age)).toBeLessThan(1e-3)
    expect(differ(gender, golden.faceApi[name].gender)).toBeLessThan(1e-5)
  },
)

const encode = (description: object): Uint8Array => new TextEncoder().encode(JSON.stringify(description))
const readSmall = () => readTfjsGraph(encode(smallGraph.description), smallGraph.weights)

test('a graph with every operator answers as TensorFlow.js does', async () => {
  const model = convertTfjsGraph(readSmall(), {
    title: 'small',
    side: smallGraphSide,
    outputs: smallGraphOutputs,
  })
  await using network = await ImageNetwork.open(model, machine)
  const names = smallGraphOutputs.map(({ name }) => name)
  const picture = toPlanes(faceInputs.noise(smallGraphSide), smallGraphSide)
  const found = await network.run([picture], names)
  for (const name of names)
    expect(differ(found[name] ?? new Float32Array(), golden.small[name] ?? [])).toBeLessThan(1e-6)
})

test('an operator that is not known is named, and so are bytes that nobody declared', () => {
  const { modelTopology } = smallGraph.description
  const strange = {
    ...smallGraph.description,
    modelTopology: {
      node: modelTopology.node.map((one) => (one.name === 'bent' ? { ...one, op: 'Erf' } : one)),
    },
  }
  const graph = readTfjsGraph(encode(strange), smallGraph.weights)
  const convert = () =>
    convertTfjsGraph(graph, { title: 'small', side: smallGraphSide, outputs: smallGraphOutputs })
  expect(convert).toThrow('Erf of bent')
  const longer = new Uint8Array(smallGraph.weights.length + 4)
  longer.set(smallGraph.weights)
  expect(() => readTfjsGraph(encode(smallGraph.description), longer)).toThrow('The manifest names')
})

test('a network that answers otherwise than TensorFlow.js is not asked', async () => {
  const ask = () => Promise.resolve({ age: Float32Array.of(30.2) })
  const check = (age: number) => assertAnswersKnown('small', { ask, side: 8, known: { age: [age] } })
  await expect(check(30.21)).resolves.toBeUndefined()
  await expect(check(30.4)).rejects.toMatchObject({ code: 'UNAVAILABLE', details: { output: 'age' } })
})

test('a network whose weights do not come with the program says where they come from', async () => {
  const open = (folder: string | null) => openAttributeNetwork({ name: 'gear', folder }, machine)
  await expect(open(null)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  using folder = makeTemporaryFolder()
  await expect(open(folder.path)).rejects.toThrow(/gear\.json cannot be read.*@vladmandic\/human-models/)
})
