import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { measurePortraitsResult } from '#shared/contract/audit.contract.ts'
import { callCommand } from '#tests/fixtures/call-command.ts'
import { changeCatalogue } from '#tests/fixtures/change-catalogue.ts'
import { storeDrawnFaces } from '#tests/fixtures/portrait-faces.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { finishJob } from '#tests/fixtures/jobs.ts'
import { makeLabelledProject } from '#tests/fixtures/labelled-project.ts'

const folder = makeTemporaryFolder()
const home = join(folder.path, 'home')
let opened = openEngine(home)
let project = ''
let pictures = ''
const images = 35

async function reopen(alter: () => void): Promise<void> {
  await opened[Symbol.asyncDispose]()
  alter()
  opened = openEngine(home)
  await opened.client.project.open({ folder: project })
}

const readFirst = async () => {
  const [first] = (await opened.client.audit.read()).datasets
  if (first === undefined) throw new Error('There is no data set')
  return first
}

async function measure() {
  const { client } = opened
  return measurePortraitsResult.parse((await finishJob(client, (await client.audit.measure()).jobId)).result)
}

beforeAll(async () => {
  const made = await makeLabelledProject(opened.client, { folder: folder.path, images })
  project = made.project
  pictures = made.pictures
})
afterAll(() => opened[Symbol.asyncDispose]())

it('refuses before a scan has looked for faces, and says what to do', async () => {
  await expect(opened.client.audit.measure()).rejects.toMatchObject({
    code: 'PRECONDITION',
    message: expect.stringContaining('evenhand scan') as string,
  })
  const { skin } = await readFirst()
  expect(skin).toMatchObject({ measured: 0, leftOut: { unmeasured: images }, onePerson: null })
})

it('measures what scans found faces in, once, and tells every image it says nothing of', async () => {
  await reopen(() => storeDrawnFaces(project))
  expect(await measure()).toEqual({ measured: images, unreadable: 0 })
  expect(await measure()).toEqual({ measured: 0, unreadable: 0 })
  const { skin, diversity } = await readFirst()
  const left = Object.values(skin.leftOut).reduce((sum, n) => sum + n, 0)
  expect(skin.measured + left).toBe(images)
  expect(skin.measured).toBeGreaterThanOrEqual(20)
  // Of 20 pixels every seventh, and of 29 every third.
  expect(skin.leftOut).toMatchObject({ unmeasured: 0, unreadable: 0, noFace: 0, small: 15 })
  const [all, ...groups] = skin.tones
  expect(all?.cells.reduce((sum, { n }) => sum + n, 0)).toBe(skin.measured)
  const races = groups.filter(({ axis }) => axis === 'race')
  expect(races.reduce((sum, { usable }) => sum + usable.n, 0)).toBe(images)
  const of = (name: string) => diversity.find(({ measure: one, axis }) => one === name && axis === 'race')
  expect(of('skinLightness')?.all.n).toBe(skin.measured)
  expect(of('eyesOpen')?.all.n).toBe(images)
  expect(of('interEyeDistance')?.all.high).toBeLessThan(15)
  expect(of('backgroundLightness')?.all.n).toBe(5)
})

it('measures again where another detector looked, and where the pixels have become others', async () => {
  await reopen(() =>
    changeCatalogue(join(project, 'catalogue.sqlite'), (connection) => {
      connection.exec("UPDATE image_faces SET detector = 'other' WHERE image_id <= 4")
      connection.exec("UPDATE image_portrait SET pixel_sha256 = 'before' WHERE image_id = 5")
    }),
  )
  expect((await readFirst()).skin.leftOut.unmeasured).toBe(5)
  expect(await measure()).toEqual({ measured: 5, unreadable: 0 })
})

it('tells files that cannot be read, and reads them when they are back', async () => {
  const [first] = readdirSync(pictures)
  rmSync(join(pictures, first!))
  await reopen(() =>
    changeCatalogue(join(project, 'catalogue.sqlite'), (connection) => {
      connection.exec('UPDATE image_portrait SET version = 0')
    }),
  )
  expect(await measure()).toEqual({ measured: images - 1, unreadable: 1 })
  expect((await readFirst()).skin.leftOut.unreadable).toBe(1)
})

it('compares pictures of one person', async () => {
  await reopen(() =>
    changeCatalogue(join(project, 'catalogue.sqlite'), (connection) => {
      connection.exec("INSERT INTO identity (dataset_id, name) VALUES (1, 'One'), (1, 'Two')")
      connection.exec('UPDATE image SET identity_id = 1 + id % 2 WHERE id <= 30')
    }),
  )
  const { skin } = await readFirst()
  expect(skin.onePerson).toMatchObject({ people: 2 })
  const [lightness] = skin.onePerson?.figures ?? []
  expect(lightness).toMatchObject({ measure: 'skinLightness', across: { n: 2 } })
  expect(lightness?.within.value).toBeGreaterThan(0)
  expect(lightness?.within.low).toBeLessThan(lightness?.within.value ?? 0)
})

it('measures and tells by the command line', async () => {
  await opened[Symbol.asyncDispose]()
  const told = await callCommand(['audit-dataset', '--measure', '--csv', 'audit.csv', '--project', project], {
    userDataFolder: home,
    workingFolder: folder.path,
  })
  expect(told.code).toBe(0)
  expect(told.stderr).toContain('0 images measured, 1 files could not be read.')
  expect(told.stdout).toContain('Apparent skin colour:')
  expect(told.stdout).toContain('stands for neither race nor a person')
  expect(told.stdout).toContain('standard deviation among pictures of one person')
  expect(told.stdout).toContain('Generalisation: no model was evaluated on a split that it did not learn by')
})
