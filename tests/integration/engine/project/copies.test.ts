import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { changeCatalogue } from '#tests/fixtures/change-catalogue.ts'
import { importFolder, openProject, writeFiles } from '#tests/fixtures/imports.ts'
import { finishJob, waitFor } from '#tests/fixtures/jobs.ts'
import { makePng } from '#tests/fixtures/pictures.ts'

/** Imports a number of pictures of a colour each. */
async function importPictures(opened: Awaited<ReturnType<typeof openProject>>, names: readonly string[]) {
  const pictures = await Promise.all(
    names.map(async (name, index) => [`White/${name}.png`, await makePng(48, 32, index)] as const),
  )
  writeFiles(opened.source, Object.fromEntries(pictures))
  await importFolder(opened.client, { source: opened.source, format: 'folder', folderTask: 'race' })
}

const readPaths = (file: string): unknown[] => {
  const connection = new BetterSqlite3(file, { readonly: true })
  try {
    return connection.prepare('SELECT path FROM image ORDER BY path').pluck().all()
  } finally {
    connection.close()
  }
}

const catalogueOf = (project: string) => join(project, 'catalogue.sqlite')

/** Images without files. */
function addRows(catalogue: string, count: number): void {
  changeCatalogue(catalogue, (connection) => {
    const insert = connection.prepare(
      `INSERT INTO image (dataset_id, path, bytes, mtime_ms, file_sha256, pixel_sha256, width, height, format,
         exif_orientation, imported_at)
       VALUES (1, ?, 1, 0, ?, ?, 8, 8, 'png', 1, '2026-01-01T00:00:00.000Z')`,
    )
    for (let at = 0; at < count; at++) insert.run(`row ${at}`, hashBytes(`${at}`), hashBytes(`${at}`))
  })
}

/** Makes every copy an hour older. */
function agePresent(project: string): void {
  const folder = join(project, 'backups')
  for (const name of readdirSync(folder)) {
    const { mtimeMs } = statSync(join(folder, name))
    utimesSync(join(folder, name), new Date(mtimeMs - 3_600_000), new Date(mtimeMs - 3_600_000))
  }
}

/** Overwrites pages in the middle of a closed catalogue. */
function damage(project: string): Buffer {
  const content = readFileSync(catalogueOf(project))
  content.fill(0xa5, 4096, Math.min(content.length, 20 * 4096))
  writeFileSync(catalogueOf(project), content)
  return content
}

describe('a copy of the catalogue', () => {
  it('is whole, said with its hash, and is not written over', async () => {
    await using opened = await openProject()
    await importPictures(opened, ['a', 'b'])
    const file = join(opened.project, '../elsewhere/copy.sqlite')
    const copy = await opened.client.project.backUp({ file })
    expect(copy).toMatchObject({ file, reason: 'requested', rows: { image: 2 } })
    expect(readPaths(file)).toEqual(['White/a.png', 'White/b.png'])
    await expect(opened.client.project.backUp({ file })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: `There already is a file ${file}, and files are not overwritten. Choose another name.`,
    })
  })

  it('is refused with the reason where its name is too long for the disk', async () => {
    await using opened = await openProject()
    await importPictures(opened, ['a'])
    const folder = join(opened.project, '..', 'copies')
    const file = join(folder, `${'long'.repeat(64)}.sqlite`)
    await expect(opened.client.project.backUp({ file })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(/the name is too long\. Use a shorter path/),
    })
    expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([])
  })

  it('takes the place of a damaged catalogue, which is kept as it was', async () => {
    await using opened = await openProject()
    const { client, project } = opened
    await importPictures(opened, ['a', 'b'])
    const copy = await client.project.backUp({})
    await client.project.close()
    const damaged = damage(project)

    const refusal = await client.project.open({ folder: project }).catch((error: unknown) => error)
    expect(refusal).toMatchObject({ code: 'PRECONDITION' })
    expect(String(refusal)).toContain(
      `(0 minutes ago). Bring it back with: evenhand restore ${copy.file} --project ${project}`,
    )

    const restored = await client.project.restore({ folder: project, file: copy.file })
    expect(readFileSync(restored.replaced ?? '')).toEqual(damaged)
    expect(await client.project.open({ folder: project })).toMatchObject({ counts: { images: 2 } })
  })

  it('brings a project back whose catalogue is missing', async () => {
    await using opened = await openProject()
    const { client, project } = opened
    await importPictures(opened, ['a'])
    const copy = await client.project.backUp({})
    await client.project.close()
    rmSync(catalogueOf(project))
    await expect(client.project.open({ folder: project })).rejects.toThrow(`evenhand restore ${copy.file}`)
    expect(existsSync(catalogueOf(project))).toBe(false)
    expect(await client.project.restore({ folder: project, file: copy.file })).toMatchObject({
      replaced: null,
    })
    expect(await client.project.open({ folder: project })).toMatchObject({ counts: { images: 1 } })
  })

  it('restored into an open project says what it lacks, and the project is open again', async () => {
    await using opened = await openProject()
    const { client, project } = opened
    await importPictures(opened, ['a'])
    const copy = await client.project.backUp({})
    await importPictures(opened, ['a', 'b', 'c'])
    const restored = await client.project.restore({ folder: project, file: copy.file })
    expect([restored.before?.['image'], restored.after['image']]).toEqual([3, 1])
    expect(await client.project.current()).toMatchObject({ counts: { images: 1 } })
    expect(readPaths(restored.replaced ?? '')).toHaveLength(3)
  })

  it('that has changed, is damaged, or is another project’s is refused, and the project stays open as it is', async () => {
    await using opened = await openProject()
    await using other = await openProject()
    const { client, project } = opened
    await importPictures(opened, ['a'])
    const changed = (await client.project.backUp({ file: join(project, '../changed.sqlite') })).file
    appendFileSync(changed, 'x')
    const foreign = (await other.client.project.backUp({ file: join(project, '../foreign.sqlite') })).file
    const broken = (await client.project.backUp({ file: join(project, '../broken.sqlite') })).file
    rmSync(`${broken}.json`)
    writeFileSync(broken, readFileSync(broken).fill(0xa5, 4096, 20 * 4096))
    const before = readdirSync(project).sort()
    const restore = (file: string) => client.project.restore({ folder: project, file })
    await expect(restore(changed)).rejects.toMatchObject({
      code: 'PRECONDITION',
      message: expect.stringMatching(/has changed since/),
    })
    await expect(restore(foreign)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(/another project/),
    })
    await expect(restore(broken)).rejects.toMatchObject({
      code: 'PRECONDITION',
      message: expect.stringMatching(/is damaged/),
    })
    expect(await client.project.current()).toMatchObject({ counts: { images: 1 } })
    expect(readdirSync(project).sort()).toEqual(before)
  })
})

describe('copies by themselves', () => {
  it('are made before a further import once the last is not fresh, and on opening when it is a day old', async () => {
    await using opened = await openProject()
    const { client, project } = opened
    await importPictures(opened, ['a'])
    await importPictures(opened, ['a', 'b'])
    await importPictures(opened, ['a', 'b', 'c'])
    const { copies, rows } = await client.project.copies()
    expect(copies).toMatchObject([{ reason: 'import', rows: { image: 1 } }])
    expect(rows).toMatchObject({ image: 3 })
    await client.project.close()
    for (const name of readdirSync(join(project, 'backups'))) {
      renameSync(join(project, 'backups', name), join(project, `../${name}`))
    }
    await client.project.open({ folder: project })
    await client.project.close()
    await client.project.open({ folder: project })
    expect((await client.project.copies()).copies).toMatchObject([{ reason: 'age', rows: { image: 3 } }])
  })

  it('are made before decisions on many images, and not before those on few', async () => {
    await using opened = await openProject()
    const { client, project } = opened
    await importPictures(opened, ['a'])
    await client.project.close()
    addRows(catalogueOf(project), 250)
    await client.project.open({ folder: project })
    const { items } = await client.image.window({ limit: 250 })
    const images = items.map(({ id, revision }) => ({ imageId: id, revision }))
    await client.decision.decide({ target: { images: images.slice(0, 10) }, action: 'keep' })
    // That of the opening is made in the background.
    await waitFor(async () => ((await client.project.copies()).copies[0]?.reason === 'age' ? true : null))
    agePresent(project)
    await client.decision.decide({ target: { images: images.slice(10, 20) }, action: 'keep' })
    expect((await client.project.copies()).copies.map(({ reason }) => reason)).toEqual(['age'])
    await client.decision.decide({ target: { images }, action: 'remove' })
    const [newest] = (await client.project.copies()).copies
    expect(newest).toMatchObject({ reason: 'decisions' })
    await client.project.restore({ folder: project, file: newest?.file ?? '' })
    const { total } = await client.image.window({ filter: { status: ['removed'] }, limit: 1 })
    expect(total).toBe(0)
  })

  it('keep an act from going ahead that none can be made for', async () => {
    await using opened = await openProject()
    const { client, project } = opened
    await importPictures(opened, ['a'])
    writeFileSync(join(project, 'backups'), 'in the way')
    writeFiles(opened.source, { 'White/b.png': await makePng(48, 32, 9) })
    const { jobId } = await client.dataset.import({
      source: opened.source,
      format: 'folder',
      folderTask: 'race',
    })
    expect(await finishJob(client, jobId)).toMatchObject({
      state: 'failed',
      error: { message: expect.stringContaining(join(project, 'backups')) },
    })
    expect(await client.project.current()).toMatchObject({ counts: { images: 1 } })
  })

  it('keep decisions on many images from being made that none can be made for', async () => {
    await using opened = await openProject()
    const { client, project } = opened
    await importPictures(opened, ['a'])
    await client.project.close()
    addRows(catalogueOf(project), 600)
    writeFileSync(join(project, 'backups'), 'in the way')
    await client.project.open({ folder: project })
    const { total } = await client.image.window({ limit: 1 })
    const target = { query: {}, expectedCount: total }
    await expect(client.decision.decide({ target, action: 'remove' })).rejects.toMatchObject({
      message: expect.stringContaining(join(project, 'backups')),
    })
    expect(await client.image.facets({ filter: { status: ['removed'] } })).toMatchObject({ total: 0 })
    expect((await client.decision.history({ limit: 5 })).items).toEqual([])
  })

  it('stay as many as the settings say, the newest ones, and never take one that somebody asked for', async () => {
    await using opened = await openProject()
    const { client, project } = opened
    await client.settings.update({ copiesKept: 2 })
    await importPictures(opened, ['a'])
    const asked = await client.project.backUp({})
    const names: string[] = []
    for (let round = 0; round < 4; round++) {
      agePresent(project)
      await importPictures(opened, ['a'])
      const { copies } = await client.project.copies()
      names.push(copies.find(({ reason }) => reason === 'import')?.file ?? '')
    }
    const { copies } = await client.project.copies()
    expect(copies.map(({ file }) => file).toSorted()).toEqual([asked.file, ...names.slice(-2)].toSorted())
    expect(readdirSync(join(project, 'backups'))).toHaveLength(copies.length * 2)
  })
})
