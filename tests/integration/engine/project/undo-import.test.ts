import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { importUndoResult } from '#shared/contract/dataset.contract.ts'
import { integrityReport } from '#shared/contract/integrity.contract.ts'
import type { EngineClient } from '#tests/fixtures/engine.ts'
import { dumpCatalogue, importFolder, openProject, writeFiles } from '#tests/fixtures/imports.ts'
import { finishWell } from '#tests/fixtures/jobs.ts'
import { makeJpeg } from '#tests/fixtures/pictures.ts'
import { pictureChecks } from '#tests/fixtures/scans.ts'

async function writeFaces(folder: string, names: readonly string[], first = 0): Promise<void> {
  const pictures = names.map(async (name, at) => [name, await makeJpeg(60, 60, first + at)] as const)
  writeFiles(folder, Object.fromEntries(await Promise.all(pictures)))
}

async function undoNewest(client: EngineClient) {
  const [newest] = await client.dataset.imports()
  const { jobId } = await client.dataset.undoImport({ jobId: newest?.jobId ?? 0, reviewer: 'Ann' })
  return importUndoResult.parse(await finishWell(client, jobId))
}

const listFiles = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ name }) => name)
    : []

const checkAll = async (client: EngineClient) => {
  const { jobId } = await client.integrity.check({})
  return integrityReport.parse(await finishWell(client, jobId)).holds
}

test('an import that is taken back leaves nothing but its line, and comes in again under new numbers', async () => {
  await using opened = await openProject()
  const { client, project, source } = opened
  const [first, second] = [join(source, 'first'), join(source, 'second')]
  await writeFaces(first, ['Ann/1.jpg', 'Bo/1.jpg'])
  // The first of these shows what a picture of the other data set shows.
  await writeFaces(second, ['Cy/1.jpg', 'Cy/2.jpg', 'Di/1.jpg'])
  await importFolder(client, { source: first, format: 'folder', folderTask: 'identity', name: 'A' })
  const before = { rows: dumpCatalogue(project), thumbs: listFiles(join(project, 'thumbs')) }
  const more = { source: second, format: 'folder', folderTask: 'identity', name: 'B', copy: true } as const
  await importFolder(client, more)
  await finishWell(client, (await client.scan.start({ checks: pictureChecks })).jobId)

  expect(await client.dataset.imports()).toMatchObject([
    { dataset: 'B', images: 3, labels: 0 },
    { dataset: 'A', images: 2 },
  ])
  expect(await undoNewest(client)).toMatchObject({ images: 3, labels: 0, kept: 0, isDatasetGone: true })
  expect(dumpCatalogue(project)).toEqual(before.rows)
  expect(listFiles(join(project, 'thumbs')).toSorted()).toEqual(before.thumbs.toSorted())
  expect(listFiles(join(project, 'originals'))).toEqual([])
  expect(listFiles(second)).toHaveLength(3)
  expect((await client.access.list({ filter: { kinds: ['import-undone'] } })).lines).toMatchObject([
    { actor: 'Ann', subject: { images: 3 }, named: { name: 'B' } },
  ])
  expect(await client.access.verify()).toMatchObject({ holds: true })
  expect((await client.image.query({})).items.map(({ id }) => id)).toEqual([1, 2])
  expect(await checkAll(client)).toBe(true)

  expect(await importFolder(client, more)).toMatchObject({ imported: 3, datasetId: 3 })
  expect((await client.image.query({})).items.map(({ id }) => id)).toEqual([1, 2, 6, 7, 8])
})

test('labels that an import gave to earlier images go with it, the labels before it stay', async () => {
  await using opened = await openProject()
  const { client, project, source } = opened
  await writeFaces(source, ['a.jpg', 'b.jpg'])
  const labels = (text: string) => {
    writeFiles(source, { 'labels.csv': text })
    return { source, format: 'csv', labels: 'labels.csv', name: 'A' } as const
  }
  await importFolder(client, labels('file,gender,age\na.jpg,Female,20-29\nb.jpg,,\n'))
  const before = dumpCatalogue(project)
  await writeFaces(source, ['c.jpg'], 9)
  const grown = labels('file,gender,age,race\na.jpg,Female,24,Black\nb.jpg,Male,31,\nc.jpg,Male,3,\n')
  expect(await importFolder(client, grown)).toMatchObject({ imported: 1 })
  expect((await client.dataset.imports())[0]).toMatchObject({ images: 1, labels: 4 })
  expect(await undoNewest(client)).toMatchObject({ images: 1, labels: 4, isDatasetGone: false })
  expect(dumpCatalogue(project)).toEqual(before)
  expect(await checkAll(client)).toBe(true)
})

test('what was decided, read, kept or split keeps its import, and is named', async () => {
  await using opened = await openProject()
  const { client, source } = opened
  await writeFaces(source, ['Ann/1.jpg', 'Bo/1.jpg', 'Cy/1.jpg', 'Di/1.jpg'])
  const { datasetId } = await importFolder(client, { source, format: 'folder', folderTask: 'identity' })
  const [brought] = await client.dataset.imports()
  const undo = () =>
    client.dataset.undoImport({ jobId: brought?.jobId ?? 0 }).then(
      () => 'taken back',
      (error: unknown) => (error instanceof Error ? error.message : ''),
    )
  const split = await client.split.create({ ratios: { train: 0.5, val: 0.25, test: 0.25 }, name: 'Halves' })
  await finishWell(client, split.jobId)
  expect(await undo()).toContain('split 1 ("Halves")')
  await client.snapshot.create({ name: 'Kept' })
  const { revision } = await client.image.get({ imageId: 1 })
  await client.decision.decide({
    action: 'remove',
    target: { images: [{ imageId: 1, revision }] },
    reviewer: 'Ann',
  })
  await client.decision.undo({ reviewer: 'Ann' })
  expect(await undo()).toMatch(/snapshot 1 \("Kept"\), split 1 \("Halves"\), act 2 .*, act 1 \(".*by Ann\)/)
  expect((await client.dataset.list())[0]).toMatchObject({ id: datasetId, images: 4 })
  expect(await client.dataset.undoImport({ jobId: 999 }).catch((error: unknown) => String(error))).toContain(
    'evenhand datasets',
  )
})
