import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { RunId, SplitId } from '#shared/contract/base.contract.ts'
import type { TrainConfigInput } from '#shared/contract/train-config.contract.ts'
import { trainResult } from '#shared/contract/run.contract.ts'
import { cropSource } from '#engine/networks/faces/crop-face.ts'
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

async function storeDescriptors(lost: (imageId: number) => boolean, source: string): Promise<void> {
  await opened[Symbol.asyncDispose]()
  writeDescriptors(join(project, 'catalogue.sqlite'), { lost, source })
  opened = openEngine(home)
  await opened.client.project.open({ folder: project })
}

const probe: Pick<TrainConfigInput, 'arch' | 'tasks'> = { arch: 'face-probe', tasks: ['race', 'gender'] }
const start = async (seed = 1) => opened.client.run.start({ splitId, ...probe, seed })

beforeAll(async () => {
  const made = await makeLabelledProject(opened.client, { folder: folder.path, images: 60 })
  project = made.project
  splitId = made.splitId
}, 120_000)

afterAll(async () => {
  await opened[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

it('is refused before faces were looked for, by another detector, or in an image that is new, and says what to do', async () => {
  const refused = (message: RegExp) => ({
    code: 'PRECONDITION',
    message: expect.stringMatching(message),
  })
  await expect(start()).rejects.toMatchObject(refused(/not been described yet.*evenhand scan/))
  await storeDescriptors(() => false, 'f'.repeat(64))
  await expect(start()).rejects.toMatchObject(refused(/another detector.*evenhand scan/))
  await storeDescriptors(() => false, cropSource)
  await opened[Symbol.asyncDispose]()
  changeCatalogue(join(project, 'catalogue.sqlite'), (connection) => {
    connection.exec(`UPDATE embedding SET pixel_sha256 = '${'0'.repeat(64)}' WHERE image_id <= 60`)
  })
  opened = openEngine(home)
  await opened.client.project.open({ folder: project })
  await expect(start()).rejects.toMatchObject(
    refused(/48 of 48 images have not been looked at.*\.png and 43 more\./),
  )
})

it('learns from described faces alone, counts the others by group, and is a model like any other', async () => {
  await storeDescriptors((id) => id % 6 === 0, cropSource)
  const before = await opened.client.run.estimate({ splitId, inputSize: 32, epochs: 1, batchSize: 8 })
  expect(before).toMatchObject({
    isProbe: false,
    quickLook: { probe: null, ofFaces: null, fromRandom: null },
  })
  const planned = await opened.client.run.estimate({ splitId, ...probe, classWeights: 'balanced' })
  expect(planned.isProbe).toBe(true)
  expect(planned.notes).toContainEqual('A probe does not follow what was chosen here: Class weights.')

  const { runId, jobId } = await start()
  const result = trainResult.parse(await finishWell(opened.client, jobId))
  const run = await opened.client.run.get({ runId })
  const lost = 36 + 12 - run.counts.train - run.counts.validation
  expect(lost).toBeGreaterThan(0)
  expect(run.notes.filter((note) => note.startsWith('No face was found in')).join(' ')).toMatch(
    /of 36 training images, which teach nothing; by race: .*; by gender: .*Male \d+ of \d+/,
  )
  expect(run).toMatchObject({
    name: 'Probe on face descriptors',
    config: { inputSize: 150, epochs: 1 },
    data: { train: { images: run.counts.train }, validation: { images: run.counts.validation } },
    state: 'succeeded',
  })
  expect(result.validation.race).toMatchObject({ n: run.counts.validation, accuracy: { value: 1 } })
  const [model] = await opened.client.model.list()
  expect(model).toMatchObject({ runId, arch: 'face-probe', inputSize: 150 })
  const after = await opened.client.run.estimate({ splitId, inputSize: 32, epochs: 1, batchSize: 8 })
  expect(after.quickLook.probe).toMatchObject({ runId, validation: { race: { accuracy: { value: 1 } } } })
  await expect(opened.client.embedding.start({ modelId: result.modelId })).rejects.toMatchObject({
    code: 'PRECONDITION',
  })
})

it('gives the same weights again, whatever the seed', async () => {
  const weights = async (runId: RunId) => {
    const models = await opened.client.model.list()
    return models.find((model) => model.runId === runId)?.weightsSha256
  }
  const [first, second] = [await start(1), await start(2)]
  await finishWell(opened.client, first.jobId)
  await finishWell(opened.client, second.jobId)
  expect(await weights(first.runId)).toMatch(/^[0-9a-f]{64}$/)
  expect(await weights(second.runId)).toBe(await weights(first.runId))
})

it('is not resumed with other faces than it was planned for', async () => {
  const [ahead, waiting] = [await start(), await start()]
  await opened.client.run.stop({ runId: waiting.runId })
  await finishWell(opened.client, ahead.jobId)
  await storeDescriptors((id) => id % 6 === 1, cropSource)
  const { jobId } = await opened.client.run.resume({ runId: waiting.runId })
  expect(await finishJob(opened.client, jobId)).toMatchObject({
    state: 'failed',
    error: {
      code: 'CONFLICT',
      message: expect.stringMatching(/^Start a new run: faces were looked for anew/),
    },
  })
  await storeDescriptors((id) => id % 6 === 0, cropSource)
  await finishWell(opened.client, (await opened.client.run.resume({ runId: waiting.runId })).jobId)
})

it('is cross-validated: each fold learns from the faces of the others and answers every image', async () => {
  const { crossvalId, jobId } = await opened.client.crossval.start({
    config: { splitId, ...probe },
    folds: 2,
  })
  await finishWell(opened.client, jobId)
  const made = (await opened.client.crossval.list()).find((one) => one.id === crossvalId)
  expect(made).toMatchObject({ images: 48, results: { race: { accuracy: { n: 48 } } } })
  const { notes } = await opened.client.crossval.get({ crossvalId })
  for (const fold of [1, 2]) {
    const sentence = `^No face was found in \\d+ of \\d+ images of fold ${fold}, which its model answered by the whole picture`
    expect(notes).toContainEqual(expect.stringMatching(new RegExp(`${sentence}.*; by race: .*; by gender: `)))
  }
  const runs = (await opened.client.run.list()).filter((run) => run.crossvalId === crossvalId)
  expect(runs.map(({ config, state }) => [config.arch, state])).toEqual([
    ['face-probe', 'succeeded'],
    ['face-probe', 'succeeded'],
  ])
})

it('answers pictures without a face by the whole of them, and tells of whom there were how many', async () => {
  const [model] = await opened.client.model.list()
  if (model === undefined) throw new Error('There is no model')
  const { jobId } = await opened.client.evaluation.create({ modelId: model.id, splitId, part: 'val' })
  await finishWell(opened.client, jobId)
  const [summary] = await opened.client.evaluation.list()
  if (summary === undefined) throw new Error('There is no evaluation')
  const { notes } = await opened.client.evaluation.get({ evaluationId: summary.evaluationId })
  expect(notes.join(' ')).toMatch(
    /No face was found in 12 of 12 images, which are answered by the whole picture .*by race: .*Accuracy apart: .*race too few for a figure \(n = 0\) with a face, too few for a figure \(n = 12\) without/,
  )
})

it('says of them anew what is left when pictures were erased', async () => {
  const { client } = opened
  const [evaluation] = await client.evaluation.list()
  const { items } = await client.image.query({ filter: { split: { splitId, parts: ['val'] } } })
  const [erased] = items
  if (evaluation === undefined || erased === undefined) throw new Error('There is nothing to erase')
  const { jobId } = await client.erasure.start({ images: [erased.id], reason: 'Consent withdrawn' })
  await finishWell(client, jobId)
  const { notes, images } = await client.evaluation.get({ evaluationId: evaluation.evaluationId })
  expect(images).toBe(11)
  expect(notes.join(' ')).toMatch(
    /No face was found in 11 of 11 images, .*Accuracy apart: .*too few for a figure \(n = 11\) without/,
  )
})
