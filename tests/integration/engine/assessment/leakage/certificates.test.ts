import { join } from 'node:path'
import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { imageId, type ImageId, type SplitId } from '#shared/contract/base.contract.ts'
import { integrityReport } from '#shared/contract/integrity.contract.ts'
import { leakCheck } from '#shared/contract/leakage.contract.ts'
import { splitResult, type PartName } from '#shared/contract/split.contract.ts'
import { changeCatalogue } from '#tests/fixtures/change-catalogue.ts'
import { storeDescriptors } from '#tests/fixtures/descriptors.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { finishJob, finishWell } from '#tests/fixtures/jobs.ts'
import { makeLabelledProject } from '#tests/fixtures/labelled-project.ts'
import { pictureChecks } from '#tests/fixtures/scans.ts'

const folder = makeTemporaryFolder()
const home = join(folder.path, 'home')
let opened = openEngine(home)
let project: string

const images = 60
const id = (one: number): ImageId => imageId.parse(one)

/** Images 1 to 4 are of one person, and so on; the first 40 stand in train, ten in each of the others. */
const personOf = (image: number): number => Math.ceil(image / 4)
const partOf = (image: number): PartName => (image <= 40 ? 'train' : image <= 48 ? 'val' : 'test')

async function reopen(between: () => void): Promise<void> {
  await opened[Symbol.asyncDispose]()
  between()
  opened = openEngine(home)
  await opened.client.project.open({ folder: project })
}

async function adopt(name: string, partFor: (image: number) => PartName): Promise<SplitId> {
  const { client } = opened
  const { items } = await client.image.query({ limit: 100 })
  const rows = await Promise.all(
    items.map(async (tile) => ({
      imageId: tile.id,
      path: (await client.image.get({ imageId: tile.id })).path,
    })),
  )
  const file = join(folder.path, `${name}.csv`)
  await writeFile(
    file,
    ['image,part', ...rows.map(({ imageId: one, path }) => `${path},${partFor(one)}`)].join('\n'),
  )
  const { jobId } = await client.split.create({ name, source: { kind: 'file', file } })
  return splitResult.parse(await finishWell(client, jobId)).splitId
}

async function certify(splitId: SplitId) {
  const { client } = opened
  await finishWell(client, (await client.leakage.certify({ splitId, reviewer: 'Ada' })).jobId)
  const made = await client.leakage.get({ splitId })
  if (made === null) throw new Error('No certificate was made')
  return made
}

async function verify(splitId: SplitId) {
  const { client } = opened
  return leakCheck.parse(await finishWell(client, (await client.leakage.verify({ splitId })).jobId))
}

async function standing(splitId: SplitId) {
  const found = (await opened.client.leakage.standings()).find((one) => one.splitId === splitId)
  if (found === undefined) throw new Error('No standing')
  return found
}

let apart: SplitId

beforeAll(async () => {
  const made = await makeLabelledProject(opened.client, { folder: folder.path, images })
  project = made.project
  await finishWell(opened.client, (await opened.client.scan.start({ checks: pictureChecks })).jobId)
  await reopen(() => {
    storeDescriptors(project, { personOf })
    changeCatalogue(join(project, 'catalogue.sqlite'), (connection) =>
      connection.exec('DELETE FROM check_score WHERE check_id = 21'),
    )
  })
  apart = await adopt('apart', partOf)
})

afterAll(() => opened[Symbol.asyncDispose]())

it('says none before there is a certificate, and refuses to verify', async () => {
  expect(await standing(apart)).toMatchObject({ certificateId: null, state: null })
  await expect(opened.client.leakage.verify({ splitId: apart })).rejects.toMatchObject({
    code: 'PRECONDITION',
  })
  expect(await opened.client.leakage.get({ splitId: apart })).toBeNull()
})

it('names pairs that stand in two parts and are near, and nothing within a part', async () => {
  // The third image of the first person goes to the test part.
  const cut = await adopt('cut', (image) => (image === 3 ? 'test' : partOf(image)))
  const made = await certify(cut)
  expect(made).toMatchObject({ state: 'undecided', thresholdOf: 'default', threshold: 0.5, madeBy: 'Ada' })
  expect(made.facePairs.map(({ a, b }) => [a, b].includes(id(3)))).toEqual([true, true, true])
  // Nobody was inferred, so that the image is of no person: what it shows can be said all the same, once.
  const faceless = { kind: 'not-a-face' as const, images: [id(3)], reviewer: 'Ada' }
  await opened.client.identity.act(faceless)
  await expect(opened.client.identity.act(faceless)).rejects.toMatchObject({ code: 'CONFLICT' })
  expect(
    (await opened.client.leakage.get({ splitId: cut }))?.facePairs.map(({ verdict }) => verdict),
  ).toEqual(['not-a-face', 'not-a-face', 'not-a-face'])
  await opened.client.identity.undo({ reviewer: 'Ada' })
  expect(made.joins).toEqual({ identity: 0, file: 0, pixel: 0, person: 0, group: 0 })
})

it('is undecided until somebody says of each pair that it is not the same, and then clean', async () => {
  const made = await certify(apart)
  expect(made.facePairs).toEqual([])
  for (const { a, b } of made.nearPairs)
    await opened.client.identity.act({ kind: 'not-same', images: [a, b], reviewer: 'Ada' })
  expect(await standing(apart)).toMatchObject({ state: 'clean', broken: [], undecided: 0 })
  expect(await verify(apart)).toMatchObject({ state: 'clean', broken: [] })
})

it('is not clean with a threshold below the usual one, nor while the faces of an image were never looked for', async () => {
  const { client } = opened
  const { jobId } = await client.leakage.certify({ splitId: apart, threshold: 0.1, reviewer: 'Ada' })
  await finishWell(client, jobId)
  expect(await standing(apart)).toMatchObject({ state: 'undecided', undecided: 0 })
  await reopen(() =>
    changeCatalogue(join(project, 'catalogue.sqlite'), (connection) =>
      connection.exec('DELETE FROM embedding WHERE image_id = 60'),
    ),
  )
  expect(await certify(apart)).toMatchObject({ state: 'undecided', compared: { facesUnsought: 1 } })
  await reopen(() => storeDescriptors(project, { personOf }))
  expect(await certify(apart)).toMatchObject({ state: 'clean', compared: { facesUnsought: 0 } })
})

it('breaks by a merge, says by what, and holds again when that is taken back', async () => {
  const { client } = opened
  await client.identity.act({ kind: 'same', images: [id(1), id(60)], reviewer: 'Ada' })
  const broken = {
    state: 'leaks',
    broken: [
      { kind: 'person', count: 1 },
      { kind: 'group', count: 1 },
    ],
  }
  expect(await standing(apart)).toMatchObject(broken)
  expect(await verify(apart)).toMatchObject(broken)
  await client.identity.undo({ reviewer: 'Ada' })
  expect(await standing(apart)).toMatchObject({ state: 'clean', broken: [] })
})

let without: SplitId

it('breaks when a removed image comes back that ties two parts together', async () => {
  const decide = async (action: 'remove' | 'restore') => {
    const { client } = opened
    const { revision } = await client.image.get({ imageId: id(3) })
    const target = { images: [{ imageId: id(3), revision }] }
    await client.decision.decide({ target, action, reviewer: 'Ada' })
  }
  await opened.client.identity.act({ kind: 'same', images: [id(2), id(3)], reviewer: 'Ada' })
  await reopen(() =>
    changeCatalogue(join(project, 'catalogue.sqlite'), (connection) =>
      connection.exec(
        'UPDATE image SET pixel_sha256 = (SELECT pixel_sha256 FROM image WHERE id = 60) WHERE id = 3',
      ),
    ),
  )
  await decide('remove')
  without = await adopt('without', partOf)
  expect((await certify(without)).state).toBe('clean')
  await decide('restore')
  expect(await standing(without)).toMatchObject({ state: 'leaks', broken: [{ kind: 'group', count: 1 }] })
  await decide('remove')
  expect(await standing(without)).toMatchObject({ state: 'clean', broken: [] })
})

it('is stale when faces are described anew, until it is certified anew', async () => {
  await reopen(() => storeDescriptors(project, { personOf: (image) => (image === 60 ? 1 : personOf(image)) }))
  expect(await standing(without)).toMatchObject({
    state: 'stale',
    broken: [{ kind: 'faces', count: null }],
  })
  expect((await verify(without)).broken).toContainEqual({ kind: 'pairs', count: 3 })
  expect((await certify(without)).facePairs.map(({ b, partB }) => [b, partB])).toEqual([
    [60, 'test'],
    [60, 'test'],
    [60, 'test'],
  ])
  expect(await standing(without)).toMatchObject({ state: 'undecided', undecided: 3 })
})

it('lists a face pair of each of two near copies, since copies are no tie until somebody says so', async () => {
  await reopen(() =>
    changeCatalogue(join(project, 'catalogue.sqlite'), (connection) =>
      connection.exec(
        'INSERT INTO check_score (check_id, image_id, score, is_flagged, group_id) VALUES (21, 1, 0.9, 0, 1), (21, 2, 0.9, 0, 1)',
      ),
    ),
  )
  const { facePairs } = await certify(without)
  expect(facePairs.map(({ a }) => a).toSorted((a, b) => a - b)).toEqual([1, 2, 4])
  expect(facePairs.every(({ b }) => b === 60)).toBe(true)
})

it('is a line of a chain that a change outside of Evenhand breaks', async () => {
  const check = async () => {
    const { jobId } = await opened.client.integrity.check({})
    const job = await finishJob(opened.client, jobId)
    return integrityReport
      .parse(job.result)
      .checks.find(({ subject }) => subject.startsWith('The leakage certificates'))
  }
  expect(await check()).toMatchObject({ holds: true })
  await reopen(() =>
    changeCatalogue(join(project, 'catalogue.sqlite'), (connection) => {
      connection.exec(
        `DROP TRIGGER leak_certificate_no_update;
         UPDATE leak_certificate SET open = replace(open, '"by":"Ada"', '"by":"Eve"') WHERE position = 1`,
      )
    }),
  )
  expect(await check()).toMatchObject({ holds: false, subject: 'The leakage certificates at line 1' })
})

it('is stale where its record was changed outside of Evenhand, also beyond reading, until it is certified anew', async () => {
  const change = (to: string) =>
    reopen(() =>
      changeCatalogue(join(project, 'catalogue.sqlite'), (connection) => {
        connection.exec('DROP TRIGGER IF EXISTS leak_certificate_no_update')
        connection.exec(
          `UPDATE leak_certificate SET open = ${to} WHERE position = (SELECT max(position) FROM leak_certificate WHERE split_id = ${without})`,
        )
      }),
    )
  const broken = [{ kind: 'record', count: null }]
  await certify(without)
  await change(`json_set(open, '$.findings.facePairs', json('[]'), '$.findings.undecided.faces', 0)`)
  expect(await standing(without)).toMatchObject({ state: 'stale', broken })
  expect(await opened.client.leakage.get({ splitId: without })).toMatchObject({ state: 'stale', broken })
  expect((await verify(without)).broken).toContainEqual(broken[0])
  await change(`'{"by":"Eve"}'`)
  expect(await standing(without)).toMatchObject({ state: 'stale', broken })
  expect(await standing(apart)).toHaveProperty('state')
  await expect(opened.client.leakage.get({ splitId: without })).rejects.toMatchObject({
    code: 'PRECONDITION',
  })
  expect(await verify(without)).toMatchObject({ state: 'stale', broken })
  expect((await certify(without)).broken).toEqual([])
})
