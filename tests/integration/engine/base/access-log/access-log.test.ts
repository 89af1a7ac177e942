import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { parse } from 'csv-parse/sync'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { locateSeal } from '#engine/base/db/catalogue-seal.ts'
import { loggedJobs, loggedProcedures } from '#engine/project/session/log-acts.ts'
import { contract } from '#shared/contract/contract.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { finishWell } from '#tests/fixtures/jobs.ts'
import { drawLabelledPictures } from '#tests/fixtures/labelled-project.ts'

let folder: ReturnType<typeof makeTemporaryFolder>
let project: string

beforeEach(async () => {
  folder = makeTemporaryFolder()
  project = join(folder.path, 'project')
})
afterEach(() => folder[Symbol.dispose]())

const open = () => openEngine(join(folder.path, 'user'))

/** A log of a few acts, with the engine closed again. */
async function makeLog(): Promise<void> {
  await using opened = open()
  await opened.client.project.create({ folder: project })
  await opened.client.purpose.record({ tasks: ['race'], who: 'Ann', what: 'Measuring', until: '2100-01-01' })
  await opened.client.project.backUp({})
}

/** Changes the catalogue as somebody with an editor of databases would, who takes the hash of its bytes away too. */
function tamper(sql: string): void {
  const catalogue = join(project, 'catalogue.sqlite')
  rmSync(locateSeal(catalogue), { force: true })
  const connection = new BetterSqlite3(catalogue)
  try {
    connection.exec(sql)
  } finally {
    connection.close()
  }
}

describe('the access log', () => {
  it('says who opened, imported, exported and backed up what, from where', async () => {
    await using opened = open()
    const { client } = opened
    await client.settings.update({ reviewer: 'Ann' })
    await client.project.create({ folder: project })
    const pictures = join(folder.path, 'pictures')
    await drawLabelledPictures(pictures, 3)
    await finishWell(client, (await client.dataset.import({ source: pictures, format: 'utkface' })).jobId)
    const csv = join(folder.path, 'images.csv')
    const written = await client.image.export({ format: 'csv', file: csv })
    const copy = await client.project.backUp({})
    await client.project.close()
    await client.project.open({ folder: project })
    const { lines, total } = await client.access.list({})
    expect(total).toBe(lines.length)
    const told = lines.map(({ kind, actor, host, subject, named }) => ({ kind, actor, host, subject, named }))
    const by = { actor: 'Ann', host: 'cli' }
    expect(told.toReversed()).toEqual([
      { ...by, kind: 'opened', subject: { version: expect.any(String), isNew: true }, named: null },
      {
        ...by,
        kind: 'imported',
        subject: { what: 'images', dataset: 1, seen: 3, imported: 3 },
        named: { source: pictures, name: 'pictures' },
      },
      {
        ...by,
        kind: 'exported',
        subject: { what: 'images', rows: 3, sha256: written.sha256 },
        named: { file: csv },
      },
      {
        ...by,
        kind: 'backed-up',
        subject: { bytes: copy.bytes, sha256: copy.sha256 },
        named: { file: copy.file },
      },
      { ...by, kind: 'opened', subject: { version: expect.any(String), isNew: false }, named: null },
    ])
    expect((await client.access.list({ filter: { kinds: ['exported'] } })).total).toBe(1)
    expect((await client.access.list({ filter: { actor: 'Bob' } })).lines).toEqual([])
    expect(await client.access.verify()).toMatchObject({ lines: 5, holds: true, problems: [] })
  })

  it('is written to a file line by line, with the hashes that chain them', async () => {
    await makeLog()
    await using opened = open()
    await opened.client.project.open({ folder: project })
    const { lines } = await opened.client.access.list({})
    const { file } = await opened.client.access.export({ file: join(folder.path, 'log.csv') })
    const rows = z
      .array(
        z.looseObject({ position: z.string(), kind: z.string(), previous: z.string(), hash: z.string() }),
      )
      .parse(parse(readFileSync(file), { columns: true }))
    expect(rows.map(({ hash }) => hash)).toEqual(lines.map(({ hash }) => hash))
    rows.slice(0, -1).forEach((row, at) => expect(row.previous).toBe(rows[at + 1]?.hash))
  })

  it.each([
    ["UPDATE access_line SET open = '{}'"],
    ["UPDATE access_line SET private = '{}'"],
    ['UPDATE access_line SET private = NULL'],
    ['DELETE FROM access_line'],
  ])('refuses to be changed by %s', async (sql) => {
    await makeLog()
    expect(() => tamper(sql)).toThrow('append-only')
  })

  it('holds when names are blanked together with their salt', async () => {
    await makeLog()
    tamper('UPDATE access_line SET private = NULL, salt = NULL')
    await using opened = open()
    await opened.client.project.open({ folder: project })
    expect(await opened.client.access.verify()).toMatchObject({ lines: 4, blanked: 1, holds: true })
  })

  it.each([
    [2, `UPDATE access_line SET open = replace(open, 'Ann', 'Bob') WHERE position = 2`, /was changed/],
    [
      3,
      `UPDATE access_line SET private = replace(private, 'backups', 'elsewhere') WHERE position = 3`,
      /names were changed/,
    ],
    [2, 'DELETE FROM access_line WHERE position = 2', /line is missing/],
    [3, 'DELETE FROM access_line WHERE position > 2', /line is missing/],
  ])('tells of line %i after %s', async (line, sql, what) => {
    await makeLog()
    tamper(`DROP TRIGGER access_line_update; DROP TRIGGER access_line_delete; ${sql}`)
    await using opened = open()
    // Opening adds a line, which stands where the catalogue says that the log ended.
    await opened.client.project.open({ folder: project })
    expect(await opened.client.access.verify()).toMatchObject({
      holds: false,
      problems: [{ line, what: expect.stringMatching(what) }],
    })
  })

  it('writes down every procedure that puts a file of its content somewhere or takes one in', () => {
    // A restore is written down by the project, and these by the jobs that they start.
    const elsewhere = ['project.restore', 'model.export', 'dataset.import']
    const moving = Object.entries(contract).flatMap(([noun, verbs]) =>
      Object.keys(verbs)
        .filter((verb) => /^(export|importCurves|import|backUp|restore)$/.test(verb))
        .map((verb) => `${noun}.${verb}`),
    )
    expect(moving.filter((name) => !elsewhere.includes(name)).toSorted()).toEqual(
      Object.keys(loggedProcedures)
        .filter((name) => name !== 'project.setAudience')
        .toSorted(),
    )
    expect(Object.keys(loggedJobs).toSorted()).toEqual([
      'bundle',
      'erase',
      'export',
      'import',
      'report',
      'sample',
      'undo-import',
    ])
  })
})
