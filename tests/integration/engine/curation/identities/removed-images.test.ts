import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { imageId, type ImageId } from '#shared/contract/base.contract.ts'
import { personId } from '#shared/contract/identity.contract.ts'
import { changeCatalogue } from '#tests/fixtures/change-catalogue.ts'
import { storeDescriptors } from '#tests/fixtures/descriptors.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { finishWell } from '#tests/fixtures/jobs.ts'
import { makeLabelledProject } from '#tests/fixtures/labelled-project.ts'

const folder = makeTemporaryFolder()
const home = join(folder.path, 'home')
let opened = openEngine(home)

const images = 20
const ofPerson = 4

const propose = async () => finishWell(opened.client, (await opened.client.identity.propose()).jobId)

const listPeople = async (): Promise<number[][]> =>
  (await opened.client.identity.list({ limit: 1000 })).map((person) => person.images)

async function remove(...numbers: number[]): Promise<void> {
  const ids: ImageId[] = numbers.map((one) => imageId.parse(one))
  const found = await Promise.all(ids.map((id) => opened.client.image.get({ imageId: id })))
  const asked = found.map(({ revision }, at) => ({ imageId: ids[at] ?? imageId.parse(0), revision }))
  const target = { images: asked }
  expect(await opened.client.decision.decide({ action: 'remove', target, reviewer: 'Ada' })).toMatchObject({
    changed: numbers.length,
  })
}

beforeAll(async () => {
  const { project } = await makeLabelledProject(opened.client, { folder: folder.path, images })
  await opened[Symbol.asyncDispose]()
  // Drawn labels contradict each other at random: without them the faces alone count.
  changeCatalogue(join(project, 'catalogue.sqlite'), (connection) => {
    connection.exec('UPDATE image SET gender = NULL, age_years = NULL, age_bin = NULL, identity_id = NULL')
  })
  storeDescriptors(project, { personOf: (image) => Math.ceil(image / ofPerson) })
  opened = openEngine(home)
  await opened.client.project.open({ folder: project })
  await propose()
})
afterAll(() => opened[Symbol.asyncDispose]())

it('keeps a merge over a new run where the first images of both people are removed', async () => {
  const { client } = opened
  const people = [1, 5].map((one) => personId.parse(one))
  const { act } = await client.identity.act({ kind: 'merge', people, reviewer: 'Ada' })
  expect(act.images).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  await remove(1, 5)
  await propose()
  expect((await listPeople())[0]).toEqual([2, 3, 4, 6, 7, 8])
})

it('counts people by the images that are not removed, as it counts images', async () => {
  const { client } = opened
  await remove(9, 10, 11, 13, 14, 15, 16)
  expect(await client.identity.summary()).toMatchObject({ images: 11, people: 3, several: 2, unassigned: 0 })
  expect(await listPeople()).toEqual([
    [2, 3, 4, 6, 7, 8],
    [17, 18, 19, 20],
  ])
})
