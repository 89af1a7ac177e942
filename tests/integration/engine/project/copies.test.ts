import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { importFolder, openProject, writeFiles } from '#tests/fixtures/imports.ts'
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
})
