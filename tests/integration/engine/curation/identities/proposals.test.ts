import { copyFileSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { imageId, type ImageId } from '#shared/contract/base.contract.ts'
import { proposeResult } from '#shared/contract/identity.contract.ts'
import { nameProposal } from '#shared/domain/proposal-key.ts'
import { storeDescriptors } from '#tests/fixtures/descriptors.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { finishWell } from '#tests/fixtures/jobs.ts'
import { makeLabelledProject } from '#tests/fixtures/labelled-project.ts'

const folder = makeTemporaryFolder()
const home = join(folder.path, 'home')
let opened = openEngine(home)
let pictures = ''

const images = 60
const ofPerson = 4
const two = (one: number, other: number): [ImageId, ImageId] => [imageId.parse(one), imageId.parse(other)]

async function propose() {
  const { jobId } = await opened.client.identity.propose()
  return proposeResult.parse(await finishWell(opened.client, jobId))
}

beforeAll(async () => {
  const made = await makeLabelledProject(opened.client, { folder: folder.path, images })
  const { project } = made
  pictures = made.pictures
  await opened[Symbol.asyncDispose]()
  storeDescriptors(project, { personOf: (image) => Math.ceil(image / ofPerson) })
  opened = openEngine(home)
  await opened.client.project.open({ folder: project })
  await propose()
})
afterAll(() => opened[Symbol.asyncDispose]())

it('gives a pair the same number in every run, and refuses what is settled', async () => {
  const { client } = opened
  const [first] = await client.identity.proposals({ limit: 1 })
  if (first === undefined) throw new Error('Some pair is doubtful')
  const { proposalId, kind, images: pair } = first
  expect(proposalId).toBe(nameProposal(kind, pair))
  expect(first.neighbours).toMatchObject({ one: expect.any(Number), both: expect.any(Number) })
  await propose()
  const again = await client.identity.proposals({ limit: 1000 })
  expect(again.find((one) => one.proposalId === proposalId)).toEqual(first)

  const stranger = pair.includes(imageId.parse(60)) ? 59 : 60
  const answer = { kind: 'not-same', proposalId, reviewer: 'Cy' } as const
  await expect(client.identity.act({ ...answer, images: two(pair[0], stranger) })).rejects.toMatchObject({
    code: 'INVALID_INPUT',
  })
  await client.identity.act({ ...answer, images: pair })
  expect(await client.identity.evidence({ proposalId })).toMatchObject({ isOpen: false })
  await expect(client.identity.act({ ...answer, images: pair })).rejects.toMatchObject({ code: 'CONFLICT' })
  await client.identity.undo({ reviewer: 'Cy' })
  expect(await client.identity.evidence({ proposalId })).toMatchObject({ isOpen: true, proposal: first })
})

it('takes the answer that a pair was joined rightly', async () => {
  const { client } = opened
  const joined = (await client.identity.proposals({ limit: 1000 })).find(({ kind }) => kind === 'split')
  if (joined === undefined) throw new Error('Some pair was joined near the limit')
  const { proposalId, images: pair } = joined
  await client.identity.act({ kind: 'same', images: pair, proposalId, reviewer: 'Cy' })
  expect(await client.identity.evidence({ proposalId })).toMatchObject({ isOpen: false })
  await client.identity.undo({ reviewer: 'Cy' })
})

it('lists the people that doubtful pairs ask about first, and all by number', async () => {
  const { client } = opened
  const [first] = await client.identity.proposals({ limit: 1 })
  const doubtful = await client.identity.people({})
  expect(doubtful.people[0]?.doubt).toBe(first?.doubt)
  expect(doubtful.people.map(({ doubt }) => doubt)).toEqual(
    doubtful.people.map(({ doubt }) => doubt).toSorted((a, b) => (b ?? 0) - (a ?? 0)),
  )
  const everybody = await client.identity.list({})
  const page = await client.identity.people({ which: 'all', limit: 4 })
  expect(page).toMatchObject({ total: everybody.length, next: everybody[3]?.identityId })
  expect(
    page.people.map(({ identityId, tiles }) => ({ identityId, images: tiles.map(({ id }) => id) })),
  ).toEqual(everybody.slice(0, 4).map(({ identityId, images: all }) => ({ identityId, images: all })))
  const [one] = everybody
  expect(await client.identity.person({ identityId: one?.identityId ?? 0 })).toMatchObject({
    identityId: one?.identityId,
    count: one?.images.length,
  })
  await expect(client.identity.person({ identityId: 61 })).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

it('finds what another data set brings again, with where each is from', { timeout: 120_000 }, async () => {
  const { client } = opened
  expect(await client.identity.shared({})).toMatchObject({ origins: [{ part: null, images }], pairs: [] })
  const other = join(folder.path, 'other')
  mkdirSync(other)
  const [first = '', second = ''] = readdirSync(pictures)
  for (const name of [first, second]) copyFileSync(join(pictures, name), join(other, name))
  const { jobId } = await client.dataset.import({ source: other, format: 'utkface', name: 'again' })
  await finishWell(client, jobId)
  const found = await client.identity.shared({ limit: 3 })
  expect(found.origins.map(({ dataset, images: count }) => [dataset, count])).toEqual([
    [expect.any(String), images],
    ['again', 2],
  ])
  // Nobody has scanned or inferred the new images yet.
  expect(found.pairs).toEqual([{ a: 0, b: 1, file: 2, pixels: 2, near: 0, person: 0 }])
  expect(found.groups.map(({ kind, origins }) => [kind, origins])).toEqual([
    ['file', [0, 1]],
    ['file', [0, 1]],
    ['pixels', [0, 1]],
  ])
})
