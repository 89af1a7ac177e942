import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CatalogueSeal, locateSeal } from '#engine/base/db/catalogue-seal.ts'
import { openDatabase } from '#engine/base/db/open-database.ts'
import { hashFile } from '#engine/base/kernel/hash-file.ts'
import { startFixture } from '#tests/fixtures/child-process.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { createMemoryLogger } from '#tests/fixtures/logs.ts'
import { importFolder, openProject, writeFiles } from '#tests/fixtures/imports.ts'
import { makePng } from '#tests/fixtures/pictures.ts'
import { waitFor } from '#tests/fixtures/jobs.ts'
import { changeCatalogue } from '#tests/fixtures/change-catalogue.ts'
import { runCommand } from '#tests/fixtures/run-command.ts'

let folder: ReturnType<typeof makeTemporaryFolder>
let file: string
beforeEach(() => {
  folder = makeTemporaryFolder()
  file = join(folder.path, 'catalogue.sqlite')
})
afterEach(() => {
  vi.useRealTimers()
  folder[Symbol.dispose]()
})

const open = () => {
  const logger = createMemoryLogger()
  const seal = new CatalogueSeal(file, logger)
  const db = openDatabase({ file, now: () => 0, logger, seal })
  const note = db.prepareCommand(
    `INSERT INTO saved_query (name, query, created_at, changed_at) VALUES (:name, :query, '', '')`,
  )
  let count = 0
  const write = (times: number, bytes = 100) => {
    for (let at = 0; at < times; at++)
      note.run({ name: `${Date.now()} ${count++} ${Math.random()}`, query: 'x'.repeat(bytes) })
  }
  const close = async () => {
    await seal.prepareClose()
    db.close()
    await seal.putAfterClose()
    seal.release()
  }
  return { seal, write, close, logger }
}

const readSeal = (): unknown => JSON.parse(readFileSync(locateSeal(file), 'utf8'))
const hashNow = async () => ({ bytes: readFileSync(file).length, sha256: await hashFile(file) })

/** Changes a letter inside a stored value, as a failing disk would. */
function changeLetter(path: string, from: string, to: string): void {
  const at = readFileSync(path).indexOf(from)
  expect(at).toBeGreaterThan(0)
  const descriptor = openSync(path, 'r+')
  writeSync(descriptor, to, at)
  closeSync(descriptor)
}

describe('the seal of a catalogue', () => {
  it('is the hash of its bytes when it is closed, also when little was written, and when nothing was', async () => {
    for (const times of [1, 0, 40, 3000]) {
      const { write, close } = open()
      write(times)
      await close()
      expect(readSeal()).toEqual(await hashNow())
    }
  })

  it('is true or absent at every moment of a session, so that a killed one leaves none that is wrong', async () => {
    const { write, close } = open()
    write(10)
    await close()
    const again = open()
    const seen = new Set<boolean>()
    const seals: unknown[] = []
    const hashes: unknown[] = []
    for (let round = 0; round < 60; round++) {
      again.write(20, 3000)
      const isSealed = existsSync(locateSeal(file))
      seen.add(isSealed)
      seals.push(isSealed ? readSeal() : null)
      hashes.push(isSealed ? await hashNow() : null)
    }
    expect(seals).toEqual(hashes)
    expect([...seen]).toEqual([true, false])
    await again.close()
    expect(readSeal()).toEqual(await hashNow())
  })

  it('is put again when the catalogue has been quiet for a while', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { write, close } = open()
    write(1000, 5000)
    expect(existsSync(locateSeal(file))).toBe(false)
    vi.advanceTimersByTime(6000)
    vi.useRealTimers()
    await waitFor(() => (existsSync(locateSeal(file)) ? true : null))
    expect(readSeal()).toEqual(await hashNow())
    await close()
  })

  it('keeps the log as short as SQLite would', async () => {
    const { write, close } = open()
    write(4000, 5000)
    expect(readFileSync(`${file}-wal`).length).toBeLessThan(2 * 1000 * 4096 + 4 * 16 * 4096)
    await close()
    expect(existsSync(`${file}-wal`)).toBe(false)
  })
})

/** A closed project with two pictures, and a copy of its catalogue. */
async function makeClosed() {
  const opened = await openProject()
  writeFiles(opened.source, {
    'White/first.png': await makePng(48, 32, 1),
    'White/other.png': await makePng(48, 32, 2),
  })
  await importFolder(opened.client, { source: opened.source, format: 'folder', folderTask: 'race' })
  const copy = await opened.client.project.backUp({})
  await opened.client.project.close()
  return { ...opened, copy, file: join(opened.project, 'catalogue.sqlite') }
}

describe('a letter that changed inside a value', () => {
  it('is refused on opening with the copy there is, and accepted by whoever takes the seal away', async () => {
    await using opened = await makeClosed()
    const { client, project, copy } = opened
    changeLetter(opened.file, 'White/first.png', 'White/fjrst.png')
    const refusal = await client.project.open({ folder: project }).catch((error: unknown) => error)
    expect(refusal).toMatchObject({ code: 'PRECONDITION' })
    expect(String(refusal)).toContain(
      `Cannot use ${opened.file}: it is damaged (its bytes are not those that Evenhand last wrote`,
    )
    expect(String(refusal)).toContain(`evenhand restore ${copy.file} --project ${project}`)
    expect(String(refusal)).toContain(`remove ${locateSeal(opened.file)} and open it again`)
    rmSync(locateSeal(opened.file))
    expect(await client.project.open({ folder: project })).toMatchObject({ counts: { images: 2 } })
    await client.project.restore({ folder: project, file: copy.file })
    await client.project.close()
    expect(await client.project.open({ folder: project })).toMatchObject({ counts: { images: 2 } })
  })

  it('is seen as well after a process that was killed', async () => {
    await using opened = await makeClosed()
    const { project } = opened
    const home = join(project, '../home')
    await using holder = startFixture('project-process.ts', [home, 'open', project])
    await holder.readLine()
    await holder.kill()
    const { client } = opened
    expect(await client.project.open({ folder: project })).toMatchObject({ counts: { images: 2 } })
    await client.project.close()
    changeLetter(opened.file, 'White/other.png', 'White/othfr.png')
    await expect(client.project.open({ folder: project })).rejects.toThrow('it is damaged')
  })
})

describe('the log that a killed process left', () => {
  it('is refused where some of it is lost, and what is left of it opens for whoever takes its note away', async () => {
    await using opened = await makeClosed()
    const { client, project } = opened
    const more = join(project, '../more')
    writeFiles(more, { 'Black/new.png': await makePng(48, 32, 3) })
    await using killed = startFixture('trial-process.ts', [
      join(project, '../home'),
      project,
      'import',
      more,
      '2',
      '0',
    ])
    await killed.readLine(() => false).catch(() => undefined)
    const log = `${opened.file}-wal`
    const whole = readFileSync(log)
    expect(whole.length).toBeGreaterThan(3 * 4096)
    const refusesLog = () =>
      expect(client.project.open({ folder: project })).rejects.toThrow(/its log .*-wal has lost \d+\)/)
    truncateSync(log, whole.length - 4096 * 2)
    await refusesLog()
    rmSync(log)
    await refusesLog()
    const changed = Buffer.from(whole)
    changed.writeUInt8(changed.readUInt8(5000) ^ 4, 5000)
    writeFileSync(log, changed)
    await refusesLog()
    writeFileSync(log, whole)
    expect(await client.project.open({ folder: project })).toMatchObject({ counts: { images: 3 } })
    await client.project.close()
    expect(existsSync(log)).toBe(false)
  })
})

/** As large as catalogues are that are read through only when they are open. */
function enlarge(catalogue: string): void {
  changeCatalogue(catalogue, (connection) => {
    const insert = connection.prepare(
      `INSERT INTO saved_query (name, query, created_at, changed_at) VALUES (?, ?, '', '')`,
    )
    for (let at = 0; at < 30; at++) insert.run(`large ${at}`, 'abcdefgh'.repeat(125_000))
  })
}

describe('a large catalogue', () => {
  it('in which a letter has changed is open for a moment, then refused with the copy there is', async () => {
    await using opened = await makeClosed()
    const { client, project, copy } = opened
    enlarge(opened.file)
    await client.project.open({ folder: project })
    await client.project.close()
    changeLetter(opened.file, 'White/first.png', 'White/fjrst.png')
    await client.project.open({ folder: project })
    const refusal = await waitFor(() => client.project.current().then(() => null, String))
    expect(refusal).toContain('its bytes are not those that Evenhand last wrote')
    expect(refusal).toContain(`evenhand restore ${copy.file}`)
    await expect(client.dataset.list()).rejects.toThrow('its bytes are not those')
    await client.project.close()
    await expect(client.project.open({ folder: project }).then(() => client.project.close())).rejects.toThrow(
      'its bytes are not those',
    )
  })

  it('is told to a command as well, which then says nothing else', async () => {
    await using opened = await makeClosed()
    const { client, project } = opened
    enlarge(opened.file)
    await client.project.open({ folder: project })
    await client.project.close()
    changeLetter(opened.file, 'White/first.png', 'White/fjrst.png')
    const { code, stdout, stderr } = await runCommand(['images', 'list', '--project', project], {
      userDataFolder: join(project, '../home'),
    })
    expect({ code, stdout }).toEqual({ code: 5, stdout: '' })
    expect(stderr).toContain('its bytes are not those that Evenhand last wrote')
  })

  it('with a page that is no page is found by the check in the background, with or without a seal', async () => {
    await using opened = await makeClosed()
    const { client, project, copy } = opened
    enlarge(opened.file)
    const content = readFileSync(opened.file)
    // A page of the long values: nothing that opening reads.
    content.fill(0xa5, content.length - 4096 * 300, content.length - 4096 * 299)
    writeFileSync(opened.file, content)
    await client.project.open({ folder: project })
    const refusal = await waitFor(() => client.project.current().then(() => null, String))
    expect(refusal).toContain('it is damaged')
    expect(refusal).toContain(`evenhand restore ${copy.file}`)
  })
})
