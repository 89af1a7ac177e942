import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { openEngine } from '#tests/fixtures/engine.ts'

describe('making a project', () => {
  it('makes its folders and catalogue, opens it, and counts nothing', async () => {
    using folder = makeTemporaryFolder()
    await using opened = openEngine(join(folder.path, 'home'))
    const path = join(folder.path, 'faces')
    const summary = await opened.client.project.create({ folder: path, name: 'My faces' })
    expect(summary).toEqual({
      folder: path,
      name: 'My faces',
      uuid: expect.any(String),
      createdAt: expect.any(String),
      isSynthetic: false,
      files: { audience: 'owner', notice: null },
      counts: {
        datasets: 0,
        images: 0,
        removed: 0,
        splits: 0,
        runs: 0,
        models: 0,
        evaluations: 0,
        exports: 0,
      },
    })
    expect(await opened.client.project.current()).toEqual(summary)
    expect(readdirSync(path)).toEqual(
      expect.arrayContaining(['catalogue.sqlite', 'models', 'reports', 'runs', 'thumbs']),
    )
  })

  it('takes an empty folder, and names the project after it', async () => {
    using folder = makeTemporaryFolder()
    await using opened = openEngine(join(folder.path, 'home'))
    const path = join(folder.path, 'faces')
    mkdirSync(path)
    await expect(opened.client.project.create({ folder: path })).resolves.toMatchObject({ name: 'faces' })
  })

  it('leaves a folder alone that holds other things, and says what to do', async () => {
    using folder = makeTemporaryFolder()
    await using opened = openEngine(join(folder.path, 'home'))
    const path = join(folder.path, 'photos')
    mkdirSync(path)
    writeFileSync(join(path, 'holiday.jpg'), 'x')
    await expect(opened.client.project.create({ folder: path })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: `${path} is not empty. A project wants a folder of its own: name a new or an empty one.`,
    })
    expect(readdirSync(path)).toEqual(['holiday.jpg'])
  })

  it('is refused where a file or a project already is', async () => {
    using folder = makeTemporaryFolder()
    await using opened = openEngine(join(folder.path, 'home'))
    const file = join(folder.path, 'letter.txt')
    const project = join(folder.path, 'faces')
    writeFileSync(file, 'x')
    await opened.client.project.create({ folder: project })
    await expect(opened.client.project.create({ folder: file })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: `${file} is a file. Name a new or an empty folder.`,
    })
    await expect(opened.client.project.create({ folder: join(file, 'inside') })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    })
    await expect(opened.client.project.create({ folder: project })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: `${project} already is an Evenhand project. Open it instead.`,
    })
  })
})

describe('opening a project', () => {
  it('gives the same project again after closing', async () => {
    using folder = makeTemporaryFolder()
    await using opened = openEngine(join(folder.path, 'home'))
    const { project } = opened.client
    const made = await project.create({ folder: join(folder.path, 'faces') })
    expect(await project.close()).toEqual({ closed: true })
    expect([await project.current(), await project.close()]).toEqual([null, { closed: false }])
    expect(await project.open({ folder: made.folder })).toEqual(made)
  })

  it('works after the folder has moved', async () => {
    using folder = makeTemporaryFolder()
    await using opened = openEngine(join(folder.path, 'home'))
    const { project } = opened.client
    const made = await project.create({ folder: join(folder.path, 'faces') })
    await project.close()
    const moved = join(folder.path, 'moved')
    renameSync(made.folder, moved)
    expect(await project.open({ folder: moved })).toEqual({ ...made, folder: moved })
  })

  it('that is open already, by the same path or by a link, changes nothing', async () => {
    using folder = makeTemporaryFolder()
    await using opened = openEngine(join(folder.path, 'home'))
    const { project } = opened.client
    const made = await project.create({ folder: join(folder.path, 'faces') })
    const link = join(folder.path, 'link')
    symlinkSync(made.folder, link, 'junction')
    expect([await project.open({ folder: made.folder }), await project.open({ folder: link })]).toEqual([
      made,
      made,
    ])
  })

  it('replaces the open one only when it succeeds', async () => {
    using folder = makeTemporaryFolder()
    await using opened = openEngine(join(folder.path, 'home'))
    const { project } = opened.client
    const first = await project.create({ folder: join(folder.path, 'first') })
    await expect(project.open({ folder: join(folder.path, 'nowhere') })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    expect(await project.current()).toEqual(first)
    const second = await project.create({ folder: join(folder.path, 'second') })
    expect(await project.current()).toEqual(second)
  })

  it.each([
    {
      what: 'a missing folder',
      make: () => undefined,
      code: 'NOT_FOUND',
      message:
        'There is no folder PATH. Check the path, or make a project there with `evenhand init <folder>`.',
    },
    {
      what: 'a file',
      make: (path: string) => writeFileSync(path, 'x'),
      code: 'INVALID_INPUT',
      message: 'PATH is a file. A project is a folder: name the folder.',
    },
    {
      what: 'a folder that is no project',
      make: (path: string) => mkdirSync(path),
      code: 'PRECONDITION',
      message:
        'PATH is not an Evenhand project: it has no catalogue.sqlite. Choose another folder, or make a project in a new one with `evenhand init <folder>`.',
    },
    {
      what: 'a catalogue that is no database',
      make: (path: string) => {
        mkdirSync(path)
        writeFileSync(join(path, 'catalogue.sqlite'), 'Dear catalogue, '.repeat(500))
      },
      code: 'PRECONDITION',
      message:
        'Cannot open PATH/catalogue.sqlite: it is not a database. Bring back a copy of it. There is no copy of it in PATH/backups. With a copy of your own: evenhand restore FILE --project PATH',
    },
    {
      what: 'an empty catalogue',
      make: (path: string) => {
        mkdirSync(path)
        writeFileSync(join(path, 'catalogue.sqlite'), '')
      },
      code: 'PRECONDITION',
      message:
        'PATH/catalogue.sqlite is empty: no project was ever finished in it, or its content was lost. There is no copy of it in PATH/backups. With a copy of your own: evenhand restore FILE --project PATH',
    },
    {
      what: 'a catalogue of another program',
      make: (path: string) => {
        mkdirSync(path)
        const connection = new BetterSqlite3(join(path, 'catalogue.sqlite'))
        connection.exec('CREATE TABLE song (title TEXT)')
        connection.close()
      },
      code: 'PRECONDITION',
      message: expect.stringMatching(
        /is a SQLite database, but not an Evenhand catalogue\. There is no copy/,
      ),
    },
    {
      what: 'a folder in the place of the catalogue',
      make: (path: string) => mkdirSync(join(path, 'catalogue.sqlite'), { recursive: true }),
      code: 'PRECONDITION',
      message: expect.stringContaining('catalogue.sqlite is no regular file. Move it away.'),
    },
    ...['thumbs', 'runs', 'models', 'reports', 'backups'].map((part) => ({
      what: `a project with ${part} whose catalogue is missing`,
      make: (path: string) => mkdirSync(join(path, part, 'one'), { recursive: true }),
      code: 'PRECONDITION',
      message:
        'PATH holds a project whose catalogue.sqlite is missing; nothing was made in its place. Put the file back if it was moved. There is no copy of it in PATH/backups. With a copy of your own: evenhand restore FILE --project PATH',
    })),
    {
      what: 'a catalogue from a newer version',
      make: (path: string) => {
        mkdirSync(path)
        const connection = new BetterSqlite3(join(path, 'catalogue.sqlite'))
        connection.pragma('application_id = 0x45564e48')
        connection.pragma('user_version = 9990')
        connection.close()
      },
      code: 'PRECONDITION',
      message: expect.stringMatching(
        /was written by a newer Evenhand \(catalogue version 9990; this one reads up to \d+\)\. Update Evenhand to open it\.$/,
      ),
    },
  ])('refuses $what, saying what to do', async ({ make, code, message }) => {
    using folder = makeTemporaryFolder()
    await using opened = openEngine(join(folder.path, 'home'))
    const path = join(folder.path, 'faces')
    make(path)
    const list = () =>
      readdirSync(folder.path, { recursive: true, encoding: 'utf8' })
        .filter((name) => !/project\.lock|home/.test(name))
        .toSorted()
    const before = list()
    await expect(opened.client.project.open({ folder: path })).rejects.toMatchObject({
      code,
      message: typeof message === 'string' ? message.replaceAll('PATH', path) : message,
    })
    expect(await opened.client.project.current()).toBeNull()
    expect(list()).toEqual(before)
  })

  it('leaves nothing locked behind when it fails', async () => {
    using folder = makeTemporaryFolder()
    await using opened = openEngine(join(folder.path, 'home'))
    const { project } = opened.client
    const made = await project.create({ folder: join(folder.path, 'faces') })
    await project.close()
    const catalogue = join(made.folder, 'catalogue.sqlite')
    const content = readFileSync(catalogue)
    writeFileSync(catalogue, 'not a database '.repeat(100))
    await expect(project.open({ folder: made.folder })).rejects.toMatchObject({ code: 'PRECONDITION' })
    writeFileSync(catalogue, content)
    expect(await project.open({ folder: made.folder })).toEqual(made)
  })
})

describe('without a project', () => {
  it('procedures that need one say how to open it', async () => {
    using folder = makeTemporaryFolder()
    await using opened = openEngine(join(folder.path, 'home'))
    await expect(opened.client.job.list({})).rejects.toMatchObject({
      code: 'PRECONDITION',
      status: 412,
      message: 'No project is open. Open one on Home, or make one with `evenhand init <folder>`.',
    })
  })
})

describe('recent projects', () => {
  it('stand newest first, without repeats, and say which are gone', async () => {
    using folder = makeTemporaryFolder()
    await using opened = openEngine(join(folder.path, 'home'))
    const { project } = opened.client
    for (const name of ['a', 'b']) await project.create({ folder: join(folder.path, name) })
    await project.open({ folder: join(folder.path, 'a') })
    await project.close()
    rmSync(join(folder.path, 'b'), { recursive: true })
    expect(await project.recent()).toEqual([
      { folder: join(folder.path, 'a'), name: 'a', openedAt: expect.any(String), isMissing: false },
      { folder: join(folder.path, 'b'), name: 'b', openedAt: expect.any(String), isMissing: true },
    ])
  })

  it('are no more than twenty', async () => {
    using folder = makeTemporaryFolder()
    await using opened = openEngine(join(folder.path, 'home'))
    const { project } = opened.client
    for (let index = 0; index < 22; index++) await project.create({ folder: join(folder.path, `p${index}`) })
    const names = (await project.recent()).map(({ name }) => name)
    expect([names.length, names[0], names.at(-1)]).toEqual([20, 'p21', 'p2'])
  })

  it('count as empty when their file is damaged, and rebuild themselves', async () => {
    using folder = makeTemporaryFolder()
    const home = join(folder.path, 'home')
    mkdirSync(home)
    writeFileSync(join(home, 'recent-projects.json'), '{"half": ')
    await using opened = openEngine(home)
    expect(await opened.client.project.recent()).toEqual([])
    await opened.client.project.create({ folder: join(folder.path, 'faces') })
    expect(await opened.client.project.recent()).toHaveLength(1)
  })
})
