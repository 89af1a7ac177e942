import { copyFileSync, mkdirSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import * as z from 'zod'
import { auditDocument, type AuditResult } from '#shared/contract/audit.contract.ts'
import { imageId } from '#shared/contract/base.contract.ts'
import { auditColumns } from '#shared/derived/describe-audit.ts'
import { callCommand } from '#tests/fixtures/call-command.ts'
import { changeCatalogue } from '#tests/fixtures/change-catalogue.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { finishWell } from '#tests/fixtures/jobs.ts'
import { makeLabelledProject } from '#tests/fixtures/labelled-project.ts'

const folder = makeTemporaryFolder()
const home = join(folder.path, 'home')
let opened = openEngine(home)
let project = ''
let found: AuditResult

const images = 40

/** A face in the first twenty pictures, of which every second one looks aside, and a smaller one beside it. */
function storeFaces(): void {
  changeCatalogue(join(project, 'catalogue.sqlite'), (connection) => {
    const insert = connection.prepare(
      `INSERT INTO image_faces (image_id, pixel_sha256, detector, version, faces)
       SELECT id, pixel_sha256, 'drawn', 1, :faces FROM image WHERE id = :id`,
    )
    for (let id = 1; id <= 20; id++) {
      const face = (x: number, width: number) => ({
        box: { x, y: 10, width, height: 20 },
        score: 0.9,
        landmarks: [],
        pose: { yaw: id % 2 === 0 ? -40 : 2, pitch: 5, roll: 0 },
        disagreement: 0,
      })
      const faces = { width: 40, height: 40, bestScore: 0.9, faces: [face(0, 4), face(10, 20)] }
      insert.run({ id, faces: JSON.stringify(faces) })
    }
  })
}

beforeAll(async () => {
  const made = await makeLabelledProject(opened.client, { folder: folder.path, images })
  project = made.project
  // A second data set, of copies of some pictures.
  const copies = join(folder.path, 'copies')
  mkdirSync(copies)
  for (const name of readdirSync(made.pictures).slice(0, 5))
    copyFileSync(join(made.pictures, name), join(copies, name))
  const { client } = opened
  await finishWell(client, (await client.dataset.import({ source: copies, format: 'utkface' })).jobId)
  await finishWell(client, (await client.scan.start({ checks: ['dark'] })).jobId)
  await client.decision.decide({
    target: { images: [{ imageId: imageId.parse(40), revision: 0 }] },
    action: 'remove',
    reason: 'other',
  })
  await opened[Symbol.asyncDispose]()
  storeFaces()
  opened = openEngine(home)
  await opened.client.project.open({ folder: project })
  found = await opened.client.audit.read()
})
afterAll(() => opened[Symbol.asyncDispose]())

it('measures every data set without its removed images', () => {
  expect(found.datasets.map(({ name, images: n, removed }) => ({ name, n, removed }))).toEqual([
    { name: 'pictures', n: 39, removed: 1 },
    { name: 'copies', n: 5, removed: 0 },
  ])
  const [whole] = found.datasets
  const race = whole?.parity.find(({ axis }) => axis === 'race')
  // Forty pictures of five races in turn, less the last.
  expect(race?.shares.map(({ n }) => n)).toEqual([8, 8, 8, 8, 7])
  expect(race).toMatchObject({ labelled: 39, least: { race: 'Others' }, minMaxRatio: { value: 0.875 } })
  expect(whole?.scale).toMatchObject({ images: 39, isLarge: false, known: { unknown: 39 } })
  expect(whole?.granularity.exactYears).toMatchObject({ value: 1, n: 39 })
})

it('takes measures of pixels and of the main face from what scans stored', () => {
  const [whole] = found.datasets
  const of = (measure: string) =>
    whole?.diversity.find((one) => one.measure === measure && one.axis === 'gender')
  expect(of('brightness')?.all.n).toBe(39)
  expect(of('brightness')?.all.median).toBeGreaterThan(0)
  expect(of('shortSide')?.all).toMatchObject({ n: 39, median: 40 })
  expect(of('faceWidth')?.all).toMatchObject({ n: 20, low: 20, high: 20 })
  expect(of('faceShare')?.all.median).toBe(0.25)
  expect(of('yaw')?.all).toMatchObject({ n: 20, low: 2, high: 40 })
})

it('tells the same by the command line, and writes every figure to a file', async () => {
  await opened[Symbol.asyncDispose]()
  const ask = (...argv: string[]) =>
    callCommand(['audit-dataset', ...argv, '--project', project], {
      userDataFolder: home,
      workingFolder: folder.path,
    })
  const told = await ask('--json')
  expect(auditDocument.parse(JSON.parse(told.stdout))).toEqual({ ...found, generalisation: [] })
  const text = await ask('copies', '--csv', 'audit.csv')
  expect(text.code).toBe(0)
  expect(text.stdout).toContain('Race, gender and age: ')
  expect(text.stdout).toContain('88 empty, 2 below 30 images; n = 5.')
  expect(text.stdout).not.toContain('pictures (utkface5)')
  const [head, ...rows] = readFileSync(join(folder.path, 'audit.csv'), 'utf8').trim().split('\n')
  expect(head).toBe(auditColumns.join(','))
  expect(rows.filter((row) => row.startsWith('copies,parity,Race,Black,share of images,'))).toEqual([
    expect.stringMatching(/,0\.8,0\.3755\d+,0\.9637\d+,5$/),
  ])
  const again = await ask('--csv', 'audit.csv')
  expect(again.code).not.toBe(0)
  const unknown = await ask('nowhere')
  expect(unknown.stderr).toContain('nowhere')
})

it('the schema of the document is published as it is', () => {
  const published: unknown = JSON.parse(readFileSync('docs/schemas/audit.schema.json', 'utf8'))
  expect(published).toEqual(z.toJSONSchema(auditDocument))
})
