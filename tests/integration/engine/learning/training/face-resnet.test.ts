/** The face ResNet as a run and a model; its aligned faces are patterns laid into the cache where the cropper would. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { SplitId } from '#shared/contract/base.contract.ts'
import type { TrainConfigInput } from '#shared/contract/train-config.contract.ts'
import { trainResult } from '#shared/contract/run.contract.ts'
import { cropSource } from '#engine/networks/faces/crop-face.ts'
import { TensorCache } from '#engine/networks/tensors/tensor-cache.ts'
import { changeCatalogue } from '#tests/fixtures/change-catalogue.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { writeDescriptors } from '#tests/fixtures/face-descriptors.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { finishJob, finishWell } from '#tests/fixtures/jobs.ts'
import { makeLabelledProject } from '#tests/fixtures/labelled-project.ts'

const folder = makeTemporaryFolder()
const home = join(folder.path, 'home')
let opened = openEngine(home)
let project: string
let splitId: SplitId

const config = {
  arch: 'face-resnet',
  tasks: ['race', 'gender'],
  trainable: 'last-stage',
  epochs: 1,
  batchSize: 8,
} as const satisfies Partial<TrainConfigInput>
const start = async (changes: Partial<TrainConfigInput> = {}) =>
  opened.client.run.start({ splitId, ...config, ...changes })

/** For every image but those without a face; what is told of a face never stands in a test. */
async function layFaces(lost: (imageId: number) => boolean): Promise<void> {
  let images: { id: number; hash: string }[] = []
  changeCatalogue(join(project, 'catalogue.sqlite'), (connection) => {
    images = connection
      .prepare('SELECT id, pixel_sha256 AS hash FROM image ORDER BY id')
      .all() as typeof images
  })
  await using cache = await TensorCache.open(join(project, 'cache'), 150, 'face')
  await cache.append(
    images.map(({ id, hash }) => ({
      pixelSha256: hash,
      tensor: Uint8Array.from({ length: 3 * 150 * 150 }, (_, at) =>
        lost(id) ? 0 : 40 + ((id * 37 + at * (1 + (id % 5))) % 200),
      ),
    })),
  )
}

const isLost = (id: number): boolean => id % 4 === 0

beforeAll(async () => {
  const made = await makeLabelledProject(opened.client, { folder: folder.path, images: 60 })
  project = made.project
  splitId = made.splitId
  await opened[Symbol.asyncDispose]()
  writeDescriptors(join(project, 'catalogue.sqlite'), { lost: isLost, source: cropSource })
  await layFaces(isLost)
  opened = openEngine(home)
  await opened.client.project.open({ folder: project })
}, 120_000)

afterAll(async () => {
  await opened[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

it('learns from aligned faces alone, starts from what comes with this version, and is a model like any other', async () => {
  const { runId, jobId } = await start()
  const result = trainResult.parse(await finishWell(opened.client, jobId))
  const run = await opened.client.run.get({ runId })
  expect(run).toMatchObject({
    name: 'Face ResNet, 150 px, seed 1',
    config: { arch: 'face-resnet', inputSize: 150, init: 'bundled', trainable: 'last-stage' },
    state: 'succeeded',
  })
  const lost = 36 + 12 - run.counts.train - run.counts.validation
  expect(lost).toBeGreaterThan(0)
  expect(run.notes.join(' ')).toMatch(/Training starts from the face recognition network that comes with/)
  expect(run.notes.filter((note) => note.startsWith('No face was found in')).join(' ')).toMatch(
    /of 36 training images, which teach nothing; by race: .*; by gender: .*Male \d+ of \d+/,
  )
  expect(result.validation.race).toMatchObject({ n: run.counts.validation })
  expect(await opened.client.model.list()).toMatchObject([{ runId, arch: 'face-resnet', inputSize: 150 }])
  const estimate = await opened.client.run.estimate({ splitId, inputSize: 32, epochs: 1, batchSize: 8 })
  expect(estimate.quickLook).toMatchObject({ probe: null, ofFaces: { runId }, fromRandom: null })
  const { jobId: evaluated } = await opened.client.evaluation.create({
    modelId: result.modelId,
    splitId,
    part: 'val',
  })
  await finishWell(opened.client, evaluated)
  const [summary] = await opened.client.evaluation.list()
  const { notes } = await opened.client.evaluation.get({ evaluationId: summary?.evaluationId ?? fail() })
  expect(notes.join(' ')).toMatch(
    /No face was found in \d+ of 12 images, which are answered by the whole picture/,
  )
  const { jobId: embedded } = await opened.client.embedding.start({ modelId: result.modelId })
  await finishWell(opened.client, embedded)
  const spaces = await opened.client.embedding.spaces()
  expect(spaces).toContainEqual(expect.objectContaining({ modelId: result.modelId, dimensions: 128 }))
})

it('gives the same weights for the same seed', async () => {
  const hashOf = async () => {
    const { jobId } = await start({ seed: 3 })
    const { modelId } = trainResult.parse(await finishWell(opened.client, jobId))
    return (await opened.client.model.list()).find(({ id }) => id === modelId)?.weightsSha256
  }
  const [first, second] = [await hashOf(), await hashOf()]
  expect(first).toMatch(/^[0-9a-f]{64}$/)
  expect(second).toBe(first)
})

it('is refused by what has no operations for it, and where faces are found no more', async () => {
  await expect(start({ engine: 'onednn' })).rejects.toMatchObject({
    code: 'PRECONDITION',
    message: expect.stringMatching(/^oneDNN trains ResNets.*engine onnx/),
  })
  await opened[Symbol.asyncDispose]()
  writeDescriptors(join(project, 'catalogue.sqlite'), { lost: () => false, source: cropSource })
  opened = openEngine(home)
  await opened.client.project.open({ folder: project })
  const { jobId } = await start()
  expect(await finishJob(opened.client, jobId)).toMatchObject({
    state: 'failed',
    error: {
      code: 'CONFLICT',
      message: expect.stringMatching(/^No face is found any more in \d+ of 48 images.*evenhand scan --fresh/),
    },
  })
})

function fail(): never {
  throw new Error('There is no evaluation')
}
