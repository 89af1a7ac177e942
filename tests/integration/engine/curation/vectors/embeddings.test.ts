import { readdirSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { modelId } from '#shared/contract/base.contract.ts'
import { createVectorIndexStore } from '#engine/curation/vectors/usearch.ts'
import { NearestList, squaredDistance } from '#engine/curation/vectors/nearest.ts'
import { createRandom } from '#engine/base/kernel/random.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { finishWell } from '#tests/fixtures/jobs.ts'
import { makeLabelledProject } from '#tests/fixtures/labelled-project.ts'

test("a model's backbone embeds every image once, and its space answers which are most alike", async () => {
  const folder = makeTemporaryFolder()
  const opened = openEngine(join(folder.path, 'home'))
  onTestFinished(async () => {
    await opened[Symbol.asyncDispose]()
    folder[Symbol.dispose]()
  })
  const { client } = opened
  const { splitId } = await makeLabelledProject(client, { folder: folder.path, images: 30 })
  const run = { splitId, inputSize: 32, epochs: 1, batchSize: 8, trainable: 'heads' as const }
  await finishWell(client, (await client.run.start(run)).jobId)
  const one = modelId.parse(1)
  const embed = async () => finishWell(client, (await client.embedding.start({ modelId: one })).jobId)
  expect(await embed()).toEqual({ space: 'model-1', images: 30, unreadable: 0 })
  expect(await embed()).toEqual({ space: 'model-1', images: 0, unreadable: 0 })
  expect(await client.embedding.spaces()).toEqual([
    { name: 'model-1', title: 'Backbone of model 1', modelId: 1, dimensions: 512, images: 30 },
  ])
  const { items } = await client.embedding.neighbours({ imageId: 1, k: 29 })
  expect(items.map(({ tile }) => tile.id).toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 29 }, (_, at) => at + 2),
  )
  const men = await client.embedding.neighbours({ imageId: 1, k: 29, filter: { gender: ['Male'] } })
  expect(men.items.every(({ tile }) => tile.gender === 'Male')).toBe(true)
  expect(men.items.map(({ tile }) => tile.id)).toEqual(
    items.filter(({ tile }) => tile.gender === 'Male').map(({ tile }) => tile.id),
  )
  await expect(client.embedding.start({ modelId: modelId.parse(9) })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  })
})

test('an index finds nearly what comparing all finds, is kept, and is built again for new vectors', async () => {
  using folder = makeTemporaryFolder()
  const dimensions = 32
  const makeVectors = (seed: number) => {
    const random = createRandom(seed)
    return Array.from({ length: 3000 }, (_, at): [number, Float32Array] => [
      at + 1,
      Float32Array.from({ length: dimensions }, () => random.normal()),
    ])
  }
  const searchFor = async (revision: number, vectors: [number, Float32Array][]) => {
    const space = { cacheFolder: folder.path, spaceId: 1, revision, dimensions, count: vectors.length }
    const index = await createVectorIndexStore().open({ ...space, read: () => vectors })
    let right = 0
    for (const [imageId, vector] of vectors.slice(0, 50)) {
      const exact = new NearestList(10)
      for (const [other, candidate] of vectors) exact.offer(other, squaredDistance(candidate, vector))
      const expected = exact.list()
      const found = index.search(vector, 10)
      expect(found[0]).toEqual({ imageId, distance: 0 })
      const wanted = new Set(expected.map((one) => one.imageId))
      right += found.filter((one) => wanted.has(one.imageId)).length
    }
    return right / 500
  }
  const first = makeVectors(1)
  expect(await searchFor(1, first)).toBeGreaterThan(0.97)
  const [kept = '', ...others] = readdirSync(folder.path)
  expect([kept, others]).toEqual([expect.stringMatching(/^vectors-1-1-\w{64}[.]usearch$/), []])
  expect(await searchFor(1, first)).toBeGreaterThan(0.97)
  truncateSync(join(folder.path, kept), 1000)
  expect(await searchFor(1, first)).toBeGreaterThan(0.97)
  expect(await searchFor(2, makeVectors(2))).toBeGreaterThan(0.97)
  expect(readdirSync(folder.path)).toEqual([expect.stringMatching(/^vectors-1-2-\w{64}[.]usearch$/)])
})
