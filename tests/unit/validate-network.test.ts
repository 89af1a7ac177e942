import { expect, it } from 'vitest'
import type { TrainingSession } from '#engine/training/training-engine.ts'
import { TensorCache } from '#engine/training/tensor-cache.ts'
import { TensorReader } from '#engine/training/tensor-reader.ts'
import { validateNetwork } from '#engine/training/validate-network.ts'
import { makeTemporaryFolder } from '../fixtures/folders.ts'
import { createLinearSession } from '../fixtures/linear-session.ts'

const inputSize = 8
const margin = 2

/** Answers with the class that is drawn into the image, by a margin of 2. */
function createReadingSession(): TrainingSession {
  const bytes = 3 * inputSize ** 2
  return {
    ...createLinearSession({ batchSize: 2, inputSize, classes: 2 }),
    predict: async (images, count) => {
      const race = Float32Array.from({ length: count * 3 }, (_, at) =>
        images[Math.floor(at / 3) * bytes] === at % 3 ? margin : 0,
      )
      return { embedding: new Float32Array(count * 512), logits: new Map([['race', race]]) }
    },
  }
}

it('counts every image of a part once, over several chunks, each beside its own label', async () => {
  using folder = makeTemporaryFolder()
  await using cache = await TensorCache.open(folder.path, inputSize)
  const count = 300
  const names = Array.from({ length: count }, (_, index) => index.toString(16).padStart(64, '0'))
  const drawn = Array.from({ length: count }, (_, index) => (index * index) % 3)
  // Wrong in each chunk; unlabelled in the last.
  const labels = Int32Array.from(drawn, (label, index) => ([5, 130, 299].includes(index) ? 2 : label))
  labels[290] = -1
  await cache.append(
    names.map((pixelSha256, index) => ({
      pixelSha256,
      tensor: new Uint8Array(3 * inputSize ** 2).fill(drawn[index] ?? 0),
    })),
  )
  using reader = new TensorReader(cache.paths.tensors, inputSize)
  const rows = names.map((name) => cache.find(name)).filter((row) => row !== undefined)
  const measured = await validateNetwork(
    createReadingSession(),
    { rows, labels: new Map([['race', labels]]) },
    { reader, labels: { age: null, gender: null, race: ['a', 'b', 'c'] }, isCancelled: () => false },
  )
  expect(measured?.result).toMatchObject({
    age: null,
    gender: null,
    race: { accuracy: { value: 296 / 299, n: 299 } },
  })
  const shareOfOthers = 1 + 2 * Math.exp(-margin)
  expect(measured?.loss).toBeCloseTo(Math.log(shareOfOthers) + (3 * margin) / 299, 6)
  const totals = [0, 1, 2].map((group) => labels.filter((label) => label === group).length)
  expect(measured?.raceByGroup.map(({ accuracy }) => accuracy.n)).toEqual(totals)
  expect(measured?.raceByGroup.map(({ accuracy }) => accuracy.value)).toEqual([1, 1, 0])
})
