import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { jobSnapshot } from '#shared/contract/job.contract.ts'
import { createRandom } from '#engine/base/kernel/random.ts'
import { finishJob, waitFor } from '#tests/fixtures/jobs.ts'
import { startFixture } from '#tests/fixtures/child-process.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import {
  dumpCatalogue,
  importFolder,
  openProject,
  writeFiles,
  type ImportInput,
} from '#tests/fixtures/imports.ts'
import { makeJpeg } from '#tests/fixtures/pictures.ts'

const images = 500
const kills = 5

async function writeFaces(folder: string): Promise<void> {
  const pictures = await Promise.all(
    Array.from({ length: images }, (_, seed) => makeJpeg(96, 96, seed % 600)),
  )
  const files = pictures.map((bytes, index): [string, Uint8Array] => {
    const person = `person_${String(index % 90).padStart(2, '0')}`
    return [`${person}/${person}_${index}.jpg`, index % 97 === 0 ? bytes.subarray(0, 200) : bytes]
  })
  writeFiles(folder, {
    ...Object.fromEntries(files),
    'female_names.txt': files
      .filter((_, index) => index % 3 === 0)
      .map(([path]) => path.split('/')[1])
      .join('\n'),
    'male_names.txt': files
      .filter((_, index) => index % 3 === 1)
      .map(([path]) => path.split('/')[1])
      .join('\n'),
  })
}

const listFiles = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.part'))
    .map((entry) => entry.name)
    .sort()

test('an import killed at random moments and started again ends in the catalogue of an undisturbed one', async () => {
  using folder = makeTemporaryFolder()
  const home = join(folder.path, 'home')
  const source = join(folder.path, 'faces')
  await writeFaces(source)
  const request: ImportInput = { source, format: 'lfw' }

  const calm = join(folder.path, 'calm')
  const killed = join(folder.path, 'killed')
  await using opened = openEngine(home)
  await opened.client.project.create({ folder: calm })
  await importFolder(opened.client, request)
  await opened.client.project.close()
  const expected = dumpCatalogue(calm)

  const random = createRandom(1, ['kill'])
  for (let round = 0; round < kills; round++) {
    await using importer = startFixture('import-process.ts', [home, killed, JSON.stringify(request)])
    // Somewhere in the first batches that this attempt does, and not in step with any of them.
    const target = random.int(1, 3)
    let advanced = 0
    await importer.readLine((line) => {
      const { done, finishedAt } = jobSnapshot.parse(line)
      if (done > 0) advanced += 1
      return advanced >= target || finishedAt !== null
    })
    await new Promise((resolve) => setTimeout(resolve, random.int(0, 60)))
    await importer.kill()
    const part = dumpCatalogue(killed)
    expect(part.image).toEqual(expected.image.slice(0, part.image.length))
  }

  await opened.client.project.open({ folder: killed })
  expect(await importFolder(opened.client, request)).toMatchObject({ seen: images })
  await opened.client.project.close()
  expect(dumpCatalogue(killed)).toEqual(expected)
  expect(listFiles(join(killed, 'thumbs'))).toEqual(listFiles(join(calm, 'thumbs')))
})

test('a job that was interrupted and resumed reports what it brought over all its attempts', async () => {
  using folder = makeTemporaryFolder()
  const home = join(folder.path, 'home')
  const source = join(folder.path, 'faces')
  const project = join(folder.path, 'project')
  await writeFaces(source)
  await using importer = startFixture('import-process.ts', [
    home,
    project,
    JSON.stringify({ source, format: 'lfw' }),
  ])
  await importer.readLine(
    (line) => typeof line === 'object' && line !== null && 'done' in line && Number(line.done) > 0,
  )
  await importer.kill()

  await using opened = openEngine(home)
  const { client } = opened
  await client.project.open({ folder: project })
  const [interrupted] = await client.job.list({})
  expect(interrupted).toMatchObject({ kind: 'import', state: 'interrupted' })
  const jobId = interrupted?.id ?? 0
  await client.job.resume({ jobId })
  expect(await finishJob(client, jobId)).toMatchObject({
    state: 'succeeded',
    result: { seen: images, imported: images - 6, unchanged: 0 },
  })
})

test('a cancelled import keeps what it has, and the next one goes on from there', async () => {
  await using opened = await openProject()
  const { client, source } = opened
  await writeFaces(source)
  const { jobId } = await client.dataset.import({ source, format: 'lfw' })
  await waitFor(async () => {
    const { done, finishedAt } = await client.job.get({ jobId })
    return done > 0 || finishedAt !== null ? done : null
  })
  await client.job.cancel({ jobId })
  expect((await finishJob(client, jobId)).state).toBe('cancelled')
  const result = await importFolder(client, { source, format: 'lfw' })
  expect(result.unchanged).toBeGreaterThan(0)
  expect(result.imported + result.unchanged + result.skipped.length).toBe(images)
})
