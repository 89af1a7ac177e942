import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { expect, test } from 'vitest'
import { importUndoResult } from '#shared/contract/dataset.contract.ts'
import { integrityReport } from '#shared/contract/integrity.contract.ts'
import { nameCopies } from '#engine/data/catalogue/name-copies.ts'
import type { EngineClient } from '#tests/fixtures/engine.ts'
import { dumpCatalogue, importFolder, openProject, writeFiles } from '#tests/fixtures/imports.ts'
import { finishJob, finishWell } from '#tests/fixtures/jobs.ts'
import { makeJpeg } from '#tests/fixtures/pictures.ts'
import { pictureChecks } from '#tests/fixtures/scans.ts'

async function writeFaces(folder: string, names: readonly string[], first = 0): Promise<void> {
  const pictures = names.map(async (name, at) => [name, await makeJpeg(60, 60, first + at)] as const)
  writeFiles(folder, Object.fromEntries(await Promise.all(pictures)))
}

const explain = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => (error instanceof Error ? error.message : ''),
  )

function change(project: string, sql: string): void {
  const connection = new BetterSqlite3(join(project, 'catalogue.sqlite'))
  try {
    connection.exec(sql)
  } finally {
    connection.close()
  }
}

/** Undoes the newest import up to the moment when a statement of it fails, and lets it go on from there. */
async function undoUntil(client: EngineClient, { project, moment }: { project: string; moment: string }) {
  change(project, `CREATE TRIGGER stop BEFORE ${moment} BEGIN SELECT RAISE(ABORT, 'stopped'); END`)
  const [newest] = await client.dataset.imports()
  const { jobId } = await client.dataset.undoImport({ jobId: newest?.jobId ?? 0 })
  expect(await finishJob(client, jobId)).toMatchObject({ state: 'failed' })
  change(project, 'DROP TRIGGER stop')
  const resume = async () => {
    await client.job.resume({ jobId })
    return importUndoResult.parse(await finishWell(client, jobId))
  }
  return { jobId, importJobId: newest?.jobId ?? 0, resume }
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
  await writeFaces(source, ['a.jpg', 'b.jpg', 'd.jpg'])
  const labels = (text: string) => {
    writeFiles(source, { 'labels.csv': text })
    return { source, format: 'csv', labels: 'labels.csv', name: 'A' } as const
  }
  await importFolder(client, labels('file,gender,age\na.jpg,Female,20-29\nb.jpg,,\nd.jpg,Female,\n'))
  const before = dumpCatalogue(project)
  await writeFaces(source, ['c.jpg'], 9)
  const grown = labels(
    'file,gender,age,race\na.jpg,Female,24,Black\nb.jpg,Male,31,\nc.jpg,Male,3,\nd.jpg,Male,4,\ngone.jpg,Male,5,\n',
  )
  expect(await importFolder(client, grown)).toMatchObject({ imported: 1, skipped: [{}, {}] })
  expect((await client.dataset.imports())[0]).toMatchObject({ images: 1, labels: 5 })
  expect(await undoNewest(client)).toMatchObject({ images: 1, labels: 5, isDatasetGone: false })
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

test('one that was cut off is brought to its end before anything else comes in, and leaves files that others read', async () => {
  await using opened = await openProject()
  const { client, project, source } = opened
  await writeFaces(source, ['Ann/1.jpg', 'Bo/1.jpg'])
  const asked = { source, format: 'folder', folderTask: 'identity', name: 'A', copy: true } as const
  await importFolder(client, asked)
  const copies = join(project, 'originals', readdirSync(join(project, 'originals'))[0] ?? '')
  const cut = await undoUntil(client, { project, moment: 'DELETE ON identity' })
  const howToGoOn = `evenhand jobs --resume ${cut.jobId}`
  expect(await explain(client.dataset.undoImport({ jobId: cut.importJobId }))).toContain(howToGoOn)
  expect(await explain(client.dataset.import(asked))).toContain(howToGoOn)

  await importFolder(client, { source: copies, format: 'folder', folderTask: 'identity', name: 'B' })
  expect(await cut.resume()).toMatchObject({ images: 2, isDatasetGone: true })
  expect(listFiles(copies)).toHaveLength(2)
  expect(await checkAll(client)).toBe(true)
  expect(await importFolder(client, asked)).toMatchObject({ imported: 2 })
})

test('an import comes in again only when the undo that left its data set has ended too', async () => {
  await using opened = await openProject()
  const { client, project, source } = opened
  await writeFaces(source, ['a.jpg'])
  const asked = { source, format: 'utkface', name: 'A', copy: true } as const
  await importFolder(client, asked)
  const cut = await undoUntil(client, { project, moment: 'UPDATE ON import_undo' })
  expect(await client.dataset.list()).toEqual([])
  expect(await explain(client.dataset.import(asked))).toContain(`evenhand jobs --resume ${cut.jobId}`)
  expect(await cut.resume()).toMatchObject({ images: 1, kept: 0, isDatasetGone: true })
  expect(await importFolder(client, asked)).toMatchObject({ imported: 1 })
})

test('the only pictures there are do not go, and the catalogue is copied before others do', async () => {
  await using opened = await openProject()
  const { client, project, source } = opened
  await writeFaces(source, ['Ann/1.jpg', 'Bo/1.jpg'])
  await importFolder(client, { source, format: 'folder', folderTask: 'identity', name: 'A', copy: true })
  const [brought] = await client.dataset.imports()
  const undo = () => explain(client.dataset.undoImport({ jobId: brought?.jobId ?? 0 }))
  renameSync(source, `${source}-away`)
  expect(await undo()).toContain(`${source}, which it copied, is gone`)
  renameSync(`${source}-away`, source)
  const [picture, aside] = [join(source, 'Bo', '1.jpg'), join(source, 'Bo', 'aside')]
  renameSync(picture, aside)
  expect(await undo()).toContain(`${picture}, which it copied, is gone`)
  writeFileSync(picture, 'another')
  expect(await undo()).toContain(`${picture}, which it copied, is gone or has changed`)
  expect(listFiles(join(project, 'originals'))).toHaveLength(2)
  rmSync(picture)
  renameSync(aside, picture)
  expect(await undoNewest(client)).toMatchObject({ images: 2, isDatasetGone: true })
  expect((await client.project.copies()).copies[0]).toMatchObject({
    reason: 'undo-import',
    rows: { image: 2 },
  })
})

test('copies that a cut-off import has not written down go with its data set', async () => {
  await using opened = await openProject()
  const { client, project, source } = opened
  await writeFaces(source, ['a.jpg'])
  await importFolder(client, { source, format: 'utkface', name: 'A', copy: true })
  const copies = join(project, 'originals', readdirSync(join(project, 'originals'))[0] ?? '')
  writeFiles(copies, { 'late/b.jpg': 'copied, and then its import was cut off' })
  expect(await undoNewest(client)).toMatchObject({ isDatasetGone: true })
  expect(listFiles(join(project, 'originals'))).toEqual([])
})

test('a folder within the project that was read in place keeps its files', async () => {
  await using opened = await openProject()
  const { client, project } = opened
  const source = join(project, 'originals', nameCopies('mine'))
  await writeFaces(source, ['a.jpg', 'b.jpg'])
  await importFolder(client, { source, format: 'utkface', name: 'mine' })
  expect(await undoNewest(client)).toMatchObject({ images: 2, isDatasetGone: true })
  expect(listFiles(source).toSorted()).toEqual(['a.jpg', 'b.jpg'])
})

test('an import between others is taken back, and the ages of the later one stay', async () => {
  await using opened = await openProject()
  const { client, source } = opened
  await writeFaces(source, ['a.jpg'])
  const bring = (age: string) => {
    writeFiles(source, { 'labels.csv': `file,age\na.jpg,${age}\n` })
    return importFolder(client, { source, format: 'csv', labels: 'labels.csv', name: 'A' })
  }
  await bring('')
  await bring('20-29')
  await bring('24')
  const [, middle] = await client.dataset.imports()
  const { jobId } = await client.dataset.undoImport({ jobId: middle?.jobId ?? 0 })
  expect(await finishWell(client, jobId)).toMatchObject({ images: 0, labels: 1 })
  expect(await client.image.get({ imageId: 1 })).toMatchObject({ ageYears: 24, ageBin: '20-29' })
  await undoNewest(client)
  expect(await client.image.get({ imageId: 1 })).toMatchObject({ ageYears: null, ageBin: null })
})

test('one that was cut off after its labels ends as an undisturbed one, and counts no erased picture as kept', async () => {
  await using opened = await openProject()
  const { client, project, source } = opened
  await writeFaces(source, ['a.jpg', 'b.jpg'])
  const bring = (text: string) => {
    writeFiles(source, { 'labels.csv': `file,identity\n${text}` })
    return importFolder(client, { source, format: 'csv', labels: 'labels.csv', name: 'A' })
  }
  await bring('a.jpg,\nb.jpg,\n')
  const before = dumpCatalogue(project)
  await writeFaces(source, ['c.jpg', 'd.jpg'], 7)
  await bring('a.jpg,Ann\nb.jpg,Bo\nc.jpg,Cy\nd.jpg,Di\n')
  await finishWell(client, (await client.scan.start({ checks: pictureChecks })).jobId)
  const cut = await undoUntil(client, { project, moment: 'DELETE ON image' })
  const erased = await client.erasure.start({ images: [3], reason: 'Withdrawn', backups: 'delete' })
  await finishWell(client, erased.jobId)
  expect(await cut.resume()).toMatchObject({ images: 1, labels: 2, kept: 0, isDatasetGone: false })
  expect(dumpCatalogue(project)).toEqual(before)
})

test('an import that ends before its first batch leaves no data set, no thumbnail and its name free', async () => {
  await using opened = await openProject()
  const { client, project, source } = opened
  await writeFaces(source, ['a.jpg', 'b.jpg'])
  change(project, `CREATE TRIGGER stop BEFORE INSERT ON image BEGIN SELECT RAISE(ABORT, 'stopped'); END`)
  const { jobId } = await client.dataset.import({ source, format: 'utkface', name: 'A' })
  expect(await finishJob(client, jobId)).toMatchObject({ state: 'failed' })
  change(project, 'DROP TRIGGER stop')
  expect(await client.dataset.list()).toEqual([])
  expect(listFiles(join(project, 'thumbs'))).toEqual([])
  expect(
    await importFolder(client, { source, format: 'folder', folderTask: 'race', name: 'A' }),
  ).toMatchObject({
    imported: 2,
    datasetId: 1,
  })
})

/** Imports with copies and is stopped when the second batch is written, or the first where there is one alone. */
async function copyAndFail(client: EngineClient, project: string, request: { source: string; name: string }) {
  change(
    project,
    `CREATE TRIGGER stop BEFORE INSERT ON image WHEN (SELECT count(*) FROM image) >= 64
       OR (SELECT count(*) FROM image) < 3 BEGIN SELECT RAISE(ABORT, 'stopped'); END`,
  )
  const { jobId } = await client.dataset.import({ ...request, format: 'utkface', copy: true })
  expect(await finishJob(client, jobId)).toMatchObject({ state: 'failed' })
  change(project, 'DROP TRIGGER stop')
}

test('an import with copies that ends before its first batch leaves nothing of them', async () => {
  await using opened = await openProject()
  const { client, project, source } = opened
  await writeFaces(source, ['deep/a.jpg', 'deep/b.jpg'])
  await copyAndFail(client, project, { source, name: 'A' })
  expect(readdirSync(join(project, 'originals'))).toEqual([])
  expect(await client.dataset.list()).toEqual([])
  expect(listFiles(source)).toHaveLength(2)
})

test('copies that an import has not written down when it ends go, those of images and files of others stay', async () => {
  await using opened = await openProject()
  const { client, project, source } = opened
  const bring = { source, format: 'utkface', name: 'A', copy: true } as const
  await writeFaces(source, ['a.jpg', 'b.jpg', 'c.jpg'])
  await importFolder(client, bring)
  const copies = join(project, 'originals', nameCopies('A'))
  const part = 'd.jpg.0f3c6f5e-7d6c-4a38-9d9c-1c6a2f6f3c11.part'
  writeFiles(copies, { 'notes.txt': 'put there by hand', [part]: 'cut off', 'gone.jpg': 'of no original' })
  const late = Array.from({ length: 70 }, (_, at) => `late/${String(at).padStart(2, '0')}.jpg`)
  await writeFaces(source, late, 4)
  await copyAndFail(client, project, bring)
  const { items } = await client.image.query({ limit: 200 })
  expect(items.length).toBeLessThan(73)
  const details = await Promise.all(items.map(({ id }) => client.image.get({ imageId: id })))
  const names = details.map(({ path }) => path.split('/').at(-1))
  expect(new Set(listFiles(copies))).toEqual(new Set([...names, 'gone.jpg', 'notes.txt']))
  expect(await importFolder(client, bring)).toMatchObject({ seen: 73 })
  expect(listFiles(copies)).toHaveLength(75)
})

test('copies that a killed import left go with an import that is taken back, also where earlier images stay', async () => {
  await using opened = await openProject()
  const { client, project, source } = opened
  const bring = () => importFolder(client, { source, format: 'utkface', name: 'A', copy: true })
  await writeFaces(source, ['a.jpg'])
  await bring()
  await writeFaces(source, ['b.jpg'], 1)
  await bring()
  await writeFaces(source, ['late/c.jpg'], 2)
  const copies = join(project, 'originals', nameCopies('A'))
  cpSync(join(source, 'late'), join(copies, 'late'), { recursive: true })
  expect(await undoNewest(client)).toMatchObject({ images: 1, isDatasetGone: false })
  expect(readdirSync(copies)).toEqual(['a.jpg'])
})

test('thumbnails of no image go with an import that is taken back, and nothing else of their folder', async () => {
  await using opened = await openProject()
  const { client, project, source } = opened
  const [first, second] = [join(source, 'first'), join(source, 'second')]
  await writeFaces(first, ['a.jpg'])
  await writeFaces(second, ['b.jpg'], 5)
  await importFolder(client, { source: first, format: 'utkface', name: 'A' })
  const kept = listFiles(join(project, 'thumbs'))
  await importFolder(client, { source: second, format: 'utkface', name: 'B' })
  const stray = 'ab'.repeat(32)
  writeFiles(join(project, 'thumbs'), {
    [`ab/${stray}.webp`]: 'of a batch that was never written down',
    [`ab/${stray}.webp.0f3c6f5e-7d6c-4a38-9d9c-1c6a2f6f3c11.part`]: 'cut off',
    'ab/notes.txt': 'put there by hand',
  })
  await undoNewest(client)
  expect(listFiles(join(project, 'thumbs')).toSorted()).toEqual([...kept, 'notes.txt'].toSorted())
})

test('a data set of which no file could be read is taken back too', async () => {
  await using opened = await openProject()
  const { client, source } = opened
  writeFiles(source, { 'a.jpg': 'no picture', 'b.jpg': 'nor this' })
  await importFolder(client, { source, format: 'utkface', name: 'A' })
  expect(await client.dataset.imports()).toMatchObject([{ dataset: 'A', images: 0, labels: 0 }])
  expect(await undoNewest(client)).toMatchObject({ images: 0, isDatasetGone: true, relinked: null })
  expect(await client.dataset.list()).toEqual([])
})

test('a data set that the import had linked to another folder is linked back where that is there again, or it is told', async () => {
  await using opened = await openProject()
  const { client, source } = opened
  const [home, moved, later] = [join(source, 'home'), join(source, 'moved'), join(source, 'later')]
  const bring = (folder: string) => importFolder(client, { source: folder, format: 'utkface', name: 'A' })
  const grow = async (from: string, to: string, name: string) => {
    renameSync(from, to)
    await writeFaces(to, [name], name.length)
    await bring(to)
  }
  const linked = async () => (await client.dataset.list())[0]?.source
  await writeFaces(home, ['a.jpg'])
  await bring(home)
  expect((await client.dataset.imports())[0]).toMatchObject({ relinked: null })
  await grow(home, moved, 'bb.jpg')
  expect((await client.dataset.imports())[0]).toMatchObject({ relinked: { from: home, to: moved } })
  expect(await undoNewest(client)).toMatchObject({
    images: 1,
    relinked: { from: home, to: moved, isRestored: false },
  })
  expect(await linked()).toBe(moved)

  await bring(moved)
  await grow(moved, later, 'cccc.jpg')
  cpSync(later, moved, { recursive: true })
  expect(await undoNewest(client)).toMatchObject({ relinked: { from: moved, to: later, isRestored: true } })
  expect(await linked()).toBe(moved)
})

test.each([
  ['is there again without its images', {}],
  ['holds another picture under the name of one', { 'a.jpg': Buffer.from('another') }],
])('a data set is not linked back to a folder that %s', async (_what, files) => {
  await using opened = await openProject()
  const { client, source } = opened
  const [home, moved] = [join(source, 'home'), join(source, 'moved')]
  const bring = (folder: string) => importFolder(client, { source: folder, format: 'utkface', name: 'A' })
  await writeFaces(home, ['a.jpg'])
  await bring(home)
  renameSync(home, moved)
  await writeFaces(moved, ['b.jpg'], 4)
  await bring(moved)
  mkdirSync(home)
  writeFiles(home, files)
  expect(await undoNewest(client)).toMatchObject({ relinked: { from: home, to: moved, isRestored: false } })
  expect((await client.dataset.list())[0]?.source).toBe(moved)
})

test('what an import in between had linked stands before the later link once it is taken back', async () => {
  await using opened = await openProject()
  const { client, source } = opened
  const [home, moved, later] = [join(source, 'home'), join(source, 'moved'), join(source, 'later')]
  const bring = (folder: string) => importFolder(client, { source: folder, format: 'utkface', name: 'A' })
  await writeFaces(home, ['a.jpg'])
  await bring(home)
  renameSync(home, moved)
  await writeFaces(moved, ['b.jpg'], 4)
  await bring(moved)
  renameSync(moved, later)
  await writeFaces(later, ['c.jpg'], 6)
  await bring(later)
  const [, between] = await client.dataset.imports()
  const { jobId } = await client.dataset.undoImport({ jobId: between?.jobId ?? 0 })
  expect(await finishWell(client, jobId)).toMatchObject({ images: 1, relinked: null })
  expect((await client.dataset.imports())[0]).toMatchObject({ relinked: { from: home, to: later } })
  renameSync(later, home)
  mkdirSync(later)
  await writeFaces(later, ['c.jpg'], 6)
  expect(await undoNewest(client)).toMatchObject({ relinked: { from: home, to: later, isRestored: true } })
})

test('an import on whose pictures only stored answers stand names those, and stays', async () => {
  await using opened = await openProject()
  const { client, source } = opened
  await writeFaces(source, ['Ann/1.jpg', 'Bo/1.jpg'])
  await importFolder(client, { source, format: 'folder', folderTask: 'identity', name: 'A' })
  writeFiles(source, { 'answers.csv': 'file,gender\nAnn/1.jpg,Female\nBo/1.jpg,Male\n' })
  await client.baseline.import({ path: join(source, 'answers.csv'), kind: 'csv', name: 'theirs' })
  await expect(undoNewest(client)).rejects.toThrow(
    'its images are part of stored answers of "theirs". What was',
  )
})
