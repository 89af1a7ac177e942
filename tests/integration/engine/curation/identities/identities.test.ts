import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { imageId, type ImageId } from '#shared/contract/base.contract.ts'
import { integrityReport } from '#shared/contract/integrity.contract.ts'
import { identityActId, personId, proposeResult } from '#shared/contract/identity.contract.ts'
import { IdentityActRepo } from '#engine/curation/identities/identity-act.repo.ts'
import { changeCatalogue } from '#tests/fixtures/change-catalogue.ts'
import { storeDescriptors } from '#tests/fixtures/descriptors.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { finishJob, finishWell } from '#tests/fixtures/jobs.ts'
import { makeLabelledProject } from '#tests/fixtures/labelled-project.ts'

const folder = makeTemporaryFolder()
const home = join(folder.path, 'home')
let opened = openEngine(home)
let project: string

const images = 60
const ofPerson = 4
const personOf = (image: number): number => Math.ceil(image / ofPerson)
const ids = (...numbers: number[]): ImageId[] => numbers.map((one) => imageId.parse(one))
const two = (one: number, other: number): [ImageId, ImageId] => [imageId.parse(one), imageId.parse(other)]

async function reopen(between: () => void): Promise<void> {
  await opened[Symbol.asyncDispose]()
  between()
  opened = openEngine(home)
  await opened.client.project.open({ folder: project })
}

async function propose() {
  const { jobId } = await opened.client.identity.propose()
  return proposeResult.parse(await finishWell(opened.client, jobId))
}

/** Images of each person with several, by the first of them. */
const listPeople = async (): Promise<number[][]> =>
  (await opened.client.identity.list({ limit: 1000 })).map((person) => person.images)

/** The labels of the drawn pictures contradict each other at random: without them the faces alone count. */
const forgetLabels = (): void =>
  changeCatalogue(join(project, 'catalogue.sqlite'), (connection) => {
    connection.exec('UPDATE image SET gender = NULL, age_years = NULL, age_bin = NULL, identity_id = NULL')
  })

const drawn = Array.from({ length: images / ofPerson }, (_, person) =>
  Array.from({ length: ofPerson }, (_image, at) => person * ofPerson + at + 1),
)

beforeAll(async () => {
  const made = await makeLabelledProject(opened.client, { folder: folder.path, images })
  project = made.project
  await reopen(() => {
    forgetLabels()
    storeDescriptors(project, { personOf, lost: (image) => image === images })
  })
})

afterAll(() => opened[Symbol.asyncDispose]())

it('wants descriptors first', async () => {
  await reopen(() => storeDescriptors(project, { personOf, lost: () => true }))
  await expect(opened.client.identity.propose()).rejects.toMatchObject({ code: 'PRECONDITION' })
  await reopen(() => storeDescriptors(project, { personOf, lost: (image) => image === images }))
})

it('finds the people of the faces, tells who is of nobody, and writes the same again', async () => {
  const result = await propose()
  expect(result).toMatchObject({ space: 'face-128', threshold: 0.5 })
  const last = drawn.at(-1) ?? []
  const expected = [...drawn.slice(0, -1), last.slice(0, -1)]
  expect(await listPeople()).toEqual(expected)
  const summary = await opened.client.identity.summary()
  expect(summary).toMatchObject({ people: 15, several: 15, unassigned: 1, images, isStale: false })
  expect(await opened.client.identity.list({ limit: 1 })).toEqual([
    { identityId: 1, images: [1, 2, 3, 4], origin: 'inferred' },
  ])
  const nameless = ({ proposals, ...rest }: Awaited<ReturnType<typeof propose>>) => ({
    ...rest,
    proposals: proposals.map(({ proposalId: _id, ...proposal }) => proposal),
  })
  expect(nameless(await propose())).toEqual(nameless(result))
  expect(await listPeople()).toEqual(expected)
})

it('keeps what people say through a new run, and takes back exactly that', async () => {
  const before = await listPeople()
  const { client } = opened
  await client.identity.act({ kind: 'same', images: two(1, 5), reviewer: 'Ada' })
  const parted = await client.identity.act({ kind: 'not-same', images: two(9, 10), reviewer: 'Ada' })
  expect(parted.people.flatMap((person) => person.images).toSorted((a, b) => a - b)).toEqual([9, 10, 11, 12])
  expect(parted.people).toHaveLength(2)
  await client.identity.act({ kind: 'split', images: ids(13, 14), reviewer: 'Ada' })
  await client.identity.act({ kind: 'not-a-face', images: ids(17), reviewer: 'Ben' })
  const [first, ...others] = await listPeople()
  expect(first).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  expect(others).toEqual(
    expect.arrayContaining([
      [13, 14],
      [15, 16],
      [18, 19, 20],
    ]),
  )
  await propose()
  const after = await listPeople()
  expect(after[0]).toEqual(first)
  expect(after).toEqual(
    expect.arrayContaining([
      [13, 14],
      [15, 16],
      [18, 19, 20],
    ]),
  )
  // 9 and 10 stay apart, wherever the new run puts the others of theirs.
  expect(after.some((person) => person.includes(9) && person.includes(10))).toBe(false)

  const undone = await client.identity.undo({ reviewer: 'Ada' })
  expect(undone.act).toMatchObject({ kind: 'undo', origin: 3 })
  expect(undone.people.map((person) => person.images)).toEqual([[13, 14, 15, 16]])
  for (const actId of [1, 2, 4])
    await client.identity.undo({ actId: identityActId.parse(actId), reviewer: 'Ada' })
  // The run before was told that 9 is not 10 and that 17 is no face.
  expect(await client.identity.summary()).toMatchObject({ isStale: true })
  await propose()
  expect(await client.identity.summary()).toMatchObject({ isStale: false })
  expect(await listPeople()).toEqual(before)
  const reads = vi.spyOn(IdentityActRepo.prototype, 'list')
  expect((await client.identity.acts({})).map(({ kind, isUndone }) => [kind, isUndone])).toEqual([
    ...Array.from({ length: 4 }, () => ['undo', false]),
    ['not-a-face', true],
    ['split', true],
    ['not-same', true],
    ['same', true],
  ])
  // Once, however many are listed.
  expect(reads).toHaveBeenCalledTimes(1)
  reads.mockRestore()
})

it('refuses what cannot be, by name', async () => {
  const { client } = opened
  const codeOf = async (asked: Promise<unknown>): Promise<unknown> =>
    asked.then(
      () => 'none',
      (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
    )
  expect(await codeOf(client.identity.act({ kind: 'same', images: two(1, 9999) }))).toBe('NOT_FOUND')
  expect(await codeOf(client.identity.act({ kind: 'same', images: two(1, 2) }))).toBe('CONFLICT')
  expect(await codeOf(client.identity.act({ kind: 'same', images: two(1, 1) }))).toBe('INVALID_INPUT')
  expect(await codeOf(client.identity.act({ kind: 'split', images: ids(1, 2, 3, 4) }))).toBe('INVALID_INPUT')
  expect(
    await codeOf(client.identity.act({ kind: 'merge', people: [personId.parse(1), personId.parse(2)] })),
  ).toBe('NOT_FOUND')
  expect(await codeOf(client.identity.undo({ actId: identityActId.parse(1) }))).toBe('CONFLICT')
  expect(await codeOf(client.identity.undo({ reviewer: 'Nobody' }))).toBe('PRECONDITION')
})

it('shows a change of what people said, and lets go of an erased picture', async () => {
  const check = async () => {
    const { jobId } = await opened.client.integrity.check({})
    return integrityReport.parse((await finishJob(opened.client, jobId)).result).checks
  }
  await opened.client.identity.act({ kind: 'same', images: two(21, 25) })
  const { jobId } = await opened.client.erasure.start({
    images: ids(22),
    reason: 'Withdrawn',
    backups: 'delete',
  })
  await finishWell(opened.client, jobId)
  expect((await listPeople()).find((person) => person.includes(21))).toEqual([21, 23, 24, 25, 26, 27, 28])
  expect((await check()).find(({ subject }) => subject === 'The acts on identities')?.holds).toBe(true)
  await reopen(() =>
    changeCatalogue(join(project, 'catalogue.sqlite'), (connection) => {
      connection.exec('DROP TRIGGER identity_act_no_update')
      connection.exec(
        `UPDATE identity_act SET open = replace(open, '"same"', '"not-same"') WHERE position = 9`,
      )
    }),
  )
  const broken = (await check()).find(({ subject }) => subject.startsWith('The acts on identities'))
  expect(broken).toMatchObject({ holds: false, subject: 'The acts on identities at line 9' })
})
