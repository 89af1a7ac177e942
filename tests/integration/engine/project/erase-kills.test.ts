import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import BetterSqlite3 from 'better-sqlite3'
import { expect, it } from 'vitest'
import * as z from 'zod'
import { erasureResult } from '#shared/contract/erasure.contract.ts'
import { jobSnapshot } from '#shared/contract/job.contract.ts'
import { createRandom } from '#engine/base/kernel/random.ts'
import { startFixture } from '#tests/fixtures/child-process.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { dumpTables, readRevisions } from '#tests/fixtures/erased-tables.ts'
import { findBytes, listFiles } from '#tests/fixtures/find-bytes.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { importFolder, openProject } from '#tests/fixtures/imports.ts'
import { finishJob, finishWell } from '#tests/fixtures/jobs.ts'
import { drawPicture } from '#tests/fixtures/labelled-project.ts'
import { scanProject } from '#tests/fixtures/scans.ts'
import { testSeed } from '#tests/fixtures/seed.ts'

const kills = Number(process.env['EVENHAND_KILLS'] ?? 3)
const counted = z.object({ transactions: z.int() })
const people = ['Ada_Wedgwood', 'Grace_Ashdown', 'Mary_Whitlock', 'Ruth_Penhallow']

it('an erasure that is killed at any moment and resumed ends as an undisturbed one', async () => {
  using folder = makeTemporaryFolder()
  const [source, project, home] = ['faces', 'project', 'home'].map((name) => join(folder.path, name))
  if (source === undefined || project === undefined || home === undefined) throw new Error('No folders')
  for (const [person, name] of people.entries()) {
    mkdirSync(join(source, name), { recursive: true })
    for (let picture = 0; picture < 30; picture++) {
      const file = join(source, name, `${name}_${String(picture).padStart(4, '0')}.png`)
      await drawPicture(file, { race: person, gender: picture % 2, seed: person * 100 + picture })
    }
  }
  await using opened = openEngine(home)
  const { client } = opened
  await client.project.create({ folder: project })
  await importFolder(client, { source, format: 'lfw', name: 'faces', copy: true })
  // Before the scan, which takes drawings of one kind for near copies and would leave too few groups.
  const split = await client.split.create({ ratios: { train: 0.5, val: 0.25, test: 0.25 } })
  await finishWell(client, split.jobId)
  await scanProject(client)
  await client.snapshot.create({ name: 'before' })
  await client.project.backUp({})
  // A line of the access log names what is exported; erasing blanks the name, and the chain holds.
  const table = join(folder.path, 'Ada_Wedgwood.csv')
  await client.image.export({ format: 'csv', file: table })
  const identity = (await client.image.get({ imageId: 1 })).identity
  if (identity === null) throw new Error('The image has no identity')
  await client.project.close()

  const pristine = `${project}-pristine`
  cpSync(project, pristine, { recursive: true })
  const request = {
    identities: [identity.id],
    reason: 'Withdrawn',
    backups: 'delete' as const,
    reviewer: 'Me',
  }
  const wanted = { name: 'Ada_Wedgwood', path: 'Ada_Wedgwood_0000' }
  expect(findBytes(project, wanted).name).not.toEqual([])
  const { wholeMs, transactions, result } = await eraseCalmly([home, project, JSON.stringify(request)])
  expect(result).toMatchObject({ images: 30 })
  await client.project.open({ folder: project })
  expect(await client.access.verify()).toMatchObject({ holds: true, blanked: 1 })
  await client.project.close()
  expect(findBytes(project, wanted)).toEqual({ name: [], path: [] })
  const calm = { tables: dumpTables(project), files: listNames(project) }
  const revisions = readRevisions(project)

  const random = createRandom(testSeed, ['kill erasures'])
  const copy = `${project}-killed`
  const moments: string[] = []
  for (let round = 0; round < kills; round++) {
    rmSync(copy, { recursive: true, force: true })
    cpSync(pristine, copy, { recursive: true })
    const isInCommit = round % 2 === 0
    // First when the erasure is complete and its job is not, then when all has been counted anew, then anywhere.
    const place =
      round <= 2
        ? [transactions - 1 - round / 2, 0]
        : [random.int(1, transactions - 1), random.int(0, 1) * random.int(1, 300)]
    const fatal = (isInCommit ? place : []).map(String)
    await using eraser = startFixture('erase-process.ts', [home, copy, JSON.stringify(request), ...fatal])
    if (isInCommit) await eraser.readToEnd()
    else {
      await eraser.readLine((line) => jobSnapshot.parse(line).state === 'running')
      await sleep(random.int(0, wholeMs))
    }
    await eraser.kill()
    await client.project.open({ folder: copy })
    const begun = (await client.job.list({})).find(({ kind }) => kind === 'erase')
    if (begun?.state !== 'succeeded') moments.push(isInCommit ? `in commit ${fatal.join(' + ')}` : 'anywhere')
    if (begun === undefined) await finishWell(client, (await client.erasure.start(request)).jobId)
    else if (begun.state !== 'succeeded') {
      await client.job.resume({ jobId: begun.id })
      await finishWell(client, begun.id)
    }
    await client.project.close()
    expect(findBytes(copy, wanted)).toEqual({ name: [], path: [] })
    expect({ tables: dumpTables(copy), files: listNames(copy) }).toEqual(calm)
    const raised = readRevisions(copy)
    expect([...raised.keys()]).toEqual([...revisions.keys()])
    const lower = [...revisions].filter(([name, revision]) => (raised.get(name) ?? 0n) < revision)
    expect(lower).toEqual([])
  }
  expect(moments[0]).toBe(`in commit ${transactions - 1} + 0`)
  process.stdout.write(
    `${kills} erasures of ${transactions} commits, killed on their way: ${moments.join(', ')}\n`,
  )
}, 300_000)

it('an image whose erasure was cut off is left to that erasure, which is named', async () => {
  await using project = await openProject()
  const { client, source } = project
  mkdirSync(source)
  for (const seed of [1, 2, 3]) await drawPicture(join(source, `${seed}.png`), { race: 1, gender: 0, seed })
  await importFolder(client, { source, format: 'folder', folderTask: 'race' })
  const db = new BetterSqlite3(join(project.project, 'catalogue.sqlite'))
  // As a process leaves it that is killed right after the tombstones.
  db.exec(`
    INSERT INTO erasure (job_id, actor, reason, at, images)
    VALUES ((SELECT max(id) FROM job), 'Me', 'Withdrawn', '2026-01-01T00:00:00.000Z', 1);
    INSERT INTO erased_image (image_id, erasure_id, file_sha256, pixel_sha256)
    SELECT id, 1, unhex(file_sha256), unhex(pixel_sha256) FROM image WHERE id = 1`)
  db.close()
  const erase = async (images: number[]) =>
    finishJob(client, (await client.erasure.start({ images, reason: 'Again' })).jobId)
  expect((await erase([1])).error).toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining('evenhand jobs --resume 1'),
  })
  expect(await erase([1, 2])).toMatchObject({ state: 'succeeded', result: { images: 1 } })
  expect((await client.image.facets({})).total).toBe(2)
})

/** An undisturbed erasure in a process of its own: how long it took, and in how many transactions. */
async function eraseCalmly(args: readonly string[]) {
  await using calm = startFixture('erase-process.ts', args)
  await calm.readLine((line) => jobSnapshot.parse(line).state === 'running')
  const beganAt = performance.now()
  const job = jobSnapshot.parse(await calm.readLine((line) => jobSnapshot.parse(line).finishedAt !== null))
  const wholeMs = Math.round(performance.now() - beganAt)
  const { transactions } = counted.parse(await calm.readLine())
  return { wholeMs, transactions, result: erasureResult.parse(job.result) }
}

/** But for those of SQLite and copies that opening makes by itself. */
const listNames = (folder: string): string[] =>
  listFiles(folder)
    .map((file) => file.slice(folder.length + 1))
    .filter((name) => !/catalogue\.|project\.lock|\.lock/.test(name))
    .toSorted()
