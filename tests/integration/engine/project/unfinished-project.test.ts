import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import BetterSqlite3 from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { createRandom } from '#engine/base/kernel/random.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { startCommand } from '#tests/fixtures/run-command.ts'
import { testSeed } from '#tests/fixtures/seed.ts'

describe('a project whose making was cut off', () => {
  it('is made by the same command, whenever that was', async () => {
    using folder = makeTemporaryFolder()
    const userDataFolder = join(folder.path, 'home')
    const project = join(folder.path, 'project')
    const random = createRandom(testSeed, ['kill init'])
    await using opened = openEngine(userDataFolder)
    for (let round = 0; round < 4; round++) {
      rmSync(project, { recursive: true, force: true })
      const command = startCommand(['init', project], { userDataFolder })
      while (!existsSync(project)) await sleep(1)
      await sleep(random.int(0, 40))
      process.kill(command.pid ?? 0, 'SIGKILL')
      const { signal } = await command.finished
      const work =
        signal === 'SIGKILL' && !holdsRow(project)
          ? opened.client.project.create({ folder: project })
          : opened.client.project.open({ folder: project })
      expect((await work).folder).toBe(project)
      await opened.client.project.close()
    }
  })

  it('is begun again from folders alone, from an empty catalogue, and from one without its name', async () => {
    using folder = makeTemporaryFolder()
    await using opened = openEngine(join(folder.path, 'home'))
    const { client } = opened
    const at = (name: string): string => join(folder.path, name)
    for (const name of ['folders', 'empty']) mkdirSync(join(at(name), 'thumbs'), { recursive: true })
    writeFileSync(join(at('empty'), 'catalogue.sqlite'), '')
    await client.project.create({ folder: at('whole') })
    await client.project.close()
    cpSync(at('whole'), at('nameless'), { recursive: true })
    const db = new BetterSqlite3(join(at('nameless'), 'catalogue.sqlite'))
    db.exec('DROP TRIGGER IF EXISTS access_line_delete; DELETE FROM access_line; DELETE FROM project')
    db.close()
    rmSync(join(at('nameless'), 'catalogue.sqlite.seal'), { force: true })
    for (const name of ['folders', 'empty', 'nameless']) {
      expect((await client.project.create({ folder: at(name) })).name).toBe(name)
      await client.project.close()
    }
  })

  it('is left alone where anything else lies beside it', async () => {
    using folder = makeTemporaryFolder()
    await using opened = openEngine(join(folder.path, 'home'))
    const { client } = opened
    const at = (name: string): string => join(folder.path, name)
    await client.project.create({ folder: at('whole') })
    await client.project.close()
    for (const name of ['thumbs', 'own']) mkdirSync(join(at(name), 'thumbs'), { recursive: true })
    for (const name of ['thumbs', 'own']) writeFileSync(join(at(name), 'catalogue.sqlite'), '')
    writeFileSync(join(at('thumbs'), 'thumbs', '1.webp'), 'x')
    writeFileSync(join(at('own'), 'notes.txt'), 'x')
    const foreign = at('foreign')
    mkdirSync(foreign)
    const db = new BetterSqlite3(join(foreign, 'catalogue.sqlite'))
    db.exec('CREATE TABLE project (uuid TEXT)')
    db.close()
    for (const name of ['whole', 'thumbs', 'own'])
      await expect(client.project.create({ folder: at(name) })).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(client.project.create({ folder: foreign })).rejects.toMatchObject({ code: 'PRECONDITION' })
    expect(existsSync(join(foreign, 'catalogue.sqlite'))).toBe(true)
  })
})

/** Whether the project had its name already, and is whole for it. */
function holdsRow(project: string): boolean {
  try {
    const db = new BetterSqlite3(join(project, 'catalogue.sqlite'), { readonly: true })
    try {
      return db.prepare('SELECT 1 FROM project').get() !== undefined
    } finally {
      db.close()
    }
  } catch {
    return false
  }
}
