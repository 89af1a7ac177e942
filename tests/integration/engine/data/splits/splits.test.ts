import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { parse } from 'csv-parse/sync'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { jobId, splitId } from '#shared/contract/base.contract.ts'
import { jobSnapshot } from '#shared/contract/job.contract.ts'
import { splitRequest, splitResult, type SplitRequest } from '#shared/contract/split.contract.ts'
import { openDatabase } from '#engine/base/db/open-database.ts'
import type { JobContext } from '#engine/base/jobs/job.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { SplitRepo } from '#engine/data/splits/split.repo.ts'
import { SplitService } from '#engine/data/splits/split.service.ts'
import { SplitStandings } from '#engine/data/splits/split-standings.ts'
import { locateWorkers } from '#engine/base/threads/worker-locator.ts'
import { openSeals } from '#tests/fixtures/seals.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { createMemoryLogger } from '#tests/fixtures/logs.ts'

interface TestImage {
  readonly dataset?: number
  readonly path?: string
  readonly file?: string
  readonly identity?: number
  readonly race?: string | null
  readonly gender?: string | null
  readonly ageBin?: string | null
  readonly ageYears?: number | null
}

function addImages(file: string, images: readonly TestImage[]): void {
  const db = new BetterSqlite3(file)
  const count = db.prepare('SELECT count(*) AS count FROM image').pluck()
  const insert = db.prepare(
    `INSERT INTO image (dataset_id, path, bytes, mtime_ms, file_sha256, pixel_sha256, width, height, format,
                        exif_orientation, identity_id, race, gender, age_years, age_bin, imported_at)
     VALUES (?, ?, 1, 0, ?, ?, 8, 8, 'png', 1, ?, ?, ?, ?, ?, '2026-01-01T00:00:00.000Z')`,
  )
  db.transaction(() => {
    for (const image of images) {
      const number = Number(count.get())
      const hash = hashBytes(image.file ?? `${image.dataset ?? 1} ${number}`)
      insert.run(
        image.dataset ?? 1,
        image.path ?? `${number}.png`,
        hash,
        hash,
        image.identity ?? null,
        image.race === undefined ? 'White' : image.race,
        image.gender === undefined ? (['Male', 'Female'][number % 2] ?? null) : image.gender,
        image.ageYears ?? null,
        image.ageBin === undefined ? '20-29' : image.ageBin,
      )
    }
  })()
  db.close()
}

const testWorkers = locateWorkers(new URL('../../../../../src/main/cli.ts', import.meta.url).href)
const queuedJob = jobSnapshot.parse({
  id: 2,
  kind: 'split',
  title: 'b',
  state: 'queued',
  phase: null,
  done: 0,
  total: null,
  rate: null,
  remainingSeconds: null,
  message: null,
  error: null,
  result: null,
  createdAt: '2026-01-01T00:00:00.000Z',
  startedAt: null,
  finishedAt: null,
})
const refuseQueueing = (): never => {
  throw new Error('this test queues nothing')
}

/** A catalogue with two data sets, six people, and the service that splits it. */
function openCatalogue(folder: string, onQueued: (input: unknown) => void = refuseQueueing) {
  const file = join(folder, 'catalogue.sqlite')
  const db = openDatabase({ file, now: () => 0, logger: createMemoryLogger() })
  const seed = new BetterSqlite3(file)
  seed.exec(`
    INSERT INTO root (id, name, path, is_inside_project) VALUES (1, 'a', '/nowhere', 0);
    INSERT INTO dataset (id, name, format, root_id, label_scheme, created_at) VALUES
      (1, 'faces', 'csv', 1, 'fairface7', '2026-01-01T00:00:00.000Z'),
      (2, '=more', 'utkface', 1, 'utkface5', '2026-01-01T00:00:00.000Z');
    INSERT INTO identity (id, dataset_id, name) VALUES (1,1,'1'),(2,1,'2'),(3,1,'3'),(4,1,'4'),(5,1,'5'),(6,1,'6');
    INSERT INTO job (id, kind, title, input, state, created_at) VALUES
      (1, 'split', 'a', '{}', 'running', '2026-01-01T00:00:00.000Z'),
      (2, 'split', 'b', '{}', 'running', '2026-01-01T00:00:00.000Z');
  `)
  seed.close()
  const splits = new SplitService({
    splits: new SplitRepo(db),
    seals: openSeals(db).splitSeals,
    snapshotSeals: openSeals(db).snapshotSeals,
    jobs: {
      enqueue: (_kind, input) => {
        onQueued(input)
        return queuedJob
      },
    },
    catalogue: file,
    workers: testWorkers,
    now: () => Date.UTC(2026, 0, 2),
  })
  return { db, file, splits, [Symbol.dispose]: () => db.close() }
}

const makeContext = (job = 1, signal = new AbortController().signal): JobContext & { phases: string[] } => {
  const phases: string[] = []
  return {
    jobId: jobId.parse(job),
    signal,
    phases,
    report: ({ phase, done, total }) => phases.push(`${phase} ${done}/${total ?? '?'}`),
  }
}
const request = (changes: Partial<SplitRequest> = {}): SplitRequest => ({
  ...splitRequest.parse({}),
  ...changes,
})

const csvRow = z.object({
  image: z.string(),
  group: z.string(),
  race: z.string(),
  gender: z.string(),
  age: z.string(),
  part: z.enum(['train', 'val', 'test']),
  sha256: z.string(),
})
const readCsv = async (file: string) => z.array(csvRow).parse(parse(await readFile(file), { columns: true }))

const manyImages = Array.from({ length: 1200 }, (_, index): TestImage => ({
  ...(index < 60 ? { identity: 1 + (index % 6) } : {}),
  race: ['White', 'Black', 'Indian', null][index % 4] ?? null,
  ageBin: ['20-29', '70+'][index % 2] ?? null,
}))

describe('making a split', () => {
  it('stores every image once with its labels, tells progress, and is told in the list', async () => {
    using folder = makeTemporaryFolder()
    using catalogue = openCatalogue(folder.path)
    addImages(catalogue.file, manyImages)
    const context = makeContext()
    const made = await catalogue.splits.make(request({ seed: 7 }), context)
    expect(splitResult.parse(made).parts.train.images).toBe(960)
    expect(context.phases).toEqual([
      'Planning 0/?',
      'Storing 500/1200',
      'Storing 1000/1200',
      'Storing 1200/1200',
    ])
    const [listed, ...others] = catalogue.splits.list()
    expect(others).toEqual([])
    expect(listed).toEqual({
      ...made,
      name: 'Split 1',
      snapshotId: null,
      seed: 7,
      ratios: { train: 0.8, val: 0.1, test: 0.1 },
      totalVariation: listed?.totalVariation,
      createdAt: '2026-01-02T00:00:00.000Z',
      plan: listed?.plan,
    })
    expect(listed?.totalVariation.val).toBeLessThan(0.02)
    expect(catalogue.splits.get(made.splitId)).toEqual(listed)
  })

  it('gives the same hash in another catalogue with the same images in another order', async () => {
    using folder = makeTemporaryFolder()
    using other = makeTemporaryFolder()
    using a = openCatalogue(folder.path)
    using b = openCatalogue(other.path)
    const images = manyImages
      .slice(0, 100)
      .map((image, index) => ({ ...image, file: `f${index}`, path: `${index}.png`, gender: 'Male' }))
    addImages(a.file, images)
    addImages(b.file, images.toReversed())
    const [first, second] = [
      await a.splits.make(request(), makeContext()),
      await b.splits.make(request(), makeContext()),
    ]
    expect(second.hash).toBe(first.hash)
  })

  it('holds only the data sets asked for, and says which there are when one is unknown', async () => {
    using folder = makeTemporaryFolder()
    using catalogue = openCatalogue(folder.path)
    addImages(catalogue.file, [
      ...manyImages.slice(0, 40),
      ...Array.from({ length: 30 }, () => ({ dataset: 2 })),
    ])
    const datasets = splitRequest.parse({ datasets: [2] }).datasets ?? []
    const { parts } = await catalogue.splits.make(request({ datasets }), makeContext())
    expect(parts.train.images + parts.val.images + parts.test.images).toBe(30)
    const unknown = splitRequest.parse({ datasets: [9] }).datasets ?? []
    expect(() => catalogue.splits.create(request({ datasets: unknown }))).toThrow(
      'There is no data set 9. Data sets here: 1, 2.',
    )
  })

  it('refuses a name that is taken', async () => {
    using folder = makeTemporaryFolder()
    using catalogue = openCatalogue(folder.path)
    addImages(catalogue.file, manyImages.slice(0, 40))
    await catalogue.splits.make(request({ name: 'main' }), makeContext())
    expect(() => catalogue.splits.create(request({ name: 'main' }))).toThrow(
      'There already is a split named "main". Choose another name.',
    )
  })

  it('says what is missing when there are too few groups, and leaves nothing behind', async () => {
    using folder = makeTemporaryFolder()
    using catalogue = openCatalogue(folder.path)
    addImages(catalogue.file, [{ identity: 1 }, { identity: 1 }, { identity: 2 }])
    await expect(catalogue.splits.make(request(), makeContext())).rejects.toMatchObject({
      code: 'PRECONDITION',
      message: expect.stringContaining('here are 3 images in 2 groups'),
    })
    expect(catalogue.splits.list()).toEqual([])
  })
})

describe('a split whose making was cut off', () => {
  it('is seen by nobody, and is cleared away by the next attempt', async () => {
    using folder = makeTemporaryFolder()
    using catalogue = openCatalogue(folder.path)
    addImages(catalogue.file, manyImages)
    const stop = new AbortController()
    const context = makeContext(1, stop.signal)
    const cutOff = catalogue.splits.make(request(), {
      ...context,
      report: ({ phase }) => {
        if (phase === 'Storing') stop.abort()
      },
    })
    await expect(cutOff).rejects.toMatchObject({ name: 'AbortError' })
    expect(catalogue.splits.list()).toEqual([])
    const again = await catalogue.splits.make(request(), makeContext())
    expect(catalogue.splits.list()).toHaveLength(1)
    const db = new BetterSqlite3(catalogue.file, { readonly: true })
    expect(db.prepare('SELECT split_id, count(*) AS n FROM split_member GROUP BY split_id').all()).toEqual([
      { split_id: again.splitId, n: 1200 },
    ])
    db.close()
  })

  it('can be cancelled while it is planned', async () => {
    using folder = makeTemporaryFolder()
    using catalogue = openCatalogue(folder.path)
    addImages(catalogue.file, manyImages)
    const stop = new AbortController()
    const making = catalogue.splits.make(request(), {
      ...makeContext(1, stop.signal),
      report: () => setImmediate(() => stop.abort()),
    })
    await expect(making).rejects.toMatchObject({ name: 'AbortError' })
    expect(catalogue.splits.list()).toEqual([])
  })

  it('is not made twice when its job runs again after it was sealed', async () => {
    using folder = makeTemporaryFolder()
    using catalogue = openCatalogue(folder.path)
    addImages(catalogue.file, manyImages.slice(0, 50))
    const first = await catalogue.splits.make(request(), makeContext(1))
    expect(await catalogue.splits.make(request(), makeContext(1))).toEqual(first)
    expect(await catalogue.splits.make(request(), makeContext(2))).not.toEqual(first)
    expect(catalogue.splits.list().map(({ name }) => name)).toEqual(['Split 2', 'Split 1'])
  })
})

describe('how far curation has come since', () => {
  const signal = new AbortController().signal

  it('calls no race relabelled that is only told in another scheme, and one that was changed in it', async () => {
    using folder = makeTemporaryFolder()
    using catalogue = openCatalogue(folder.path)
    addImages(catalogue.file, [
      ...manyImages.slice(0, 30),
      ...['White', 'Black', 'Asian'].map((race) => ({ dataset: 2, race })),
    ])
    const { splitId: id } = await catalogue.splits.make(request(), makeContext())
    const standings = new SplitStandings({ catalogue: catalogue.file, workers: testWorkers })
    expect(await standings.list(signal)).toEqual([{ splitId: id, removed: 0, relabelled: 0, restored: 0 }])
    const db = new BetterSqlite3(catalogue.file)
    db.exec(
      "UPDATE image SET race = 'Indian' WHERE id = 31; UPDATE image SET age_bin = '0-2' WHERE id IN (1, 31)",
    )
    db.close()
    expect(await standings.list(signal)).toEqual([{ splitId: id, removed: 0, relabelled: 2, restored: 0 }])
    await standings.dispose()
  })

  it('asks for the data sets of the earlier split again, under the next free name', async () => {
    using folder = makeTemporaryFolder()
    const asked: unknown[] = []
    using catalogue = openCatalogue(folder.path, (input) => asked.push(input))
    addImages(catalogue.file, [
      ...manyImages.slice(0, 30),
      ...Array.from({ length: 9 }, () => ({ dataset: 2 })),
    ])
    const db = new BetterSqlite3(catalogue.file)
    db.exec(`UPDATE job SET input = '{"datasets":[2],"seed":5}' WHERE id = 1`)
    db.close()
    const made = splitRequest.parse({ datasets: [2], seed: 5, name: 'Faces v2' })
    const { splitId: id } = await catalogue.splits.make(made, makeContext())
    catalogue.splits.again(id, undefined)
    catalogue.splits.again(id, 'Other')
    const { seed, ratios, datasets } = made
    expect(asked).toEqual([
      { name: 'Faces v3', seed, ratios, datasets },
      { name: 'Other', seed, ratios, datasets },
    ])
    expect(() => catalogue.splits.again(splitId.parse(9), undefined)).toThrow('There is no split 9.')
  })
})

describe('a finished split', () => {
  it('cannot be changed, added to, or deleted', async () => {
    using folder = makeTemporaryFolder()
    using catalogue = openCatalogue(folder.path)
    addImages(catalogue.file, manyImages.slice(0, 50))
    await catalogue.splits.make(request(), makeContext())
    addImages(catalogue.file, [{ path: 'later.png' }])
    const db = new BetterSqlite3(catalogue.file)
    for (const sql of [
      "UPDATE split SET hash = 'x'",
      'DELETE FROM split',
      "UPDATE split_member SET part = 'test'",
      'DELETE FROM split_member',
      "INSERT INTO split_member (split_id, image_id, group_key, part) VALUES (1, 51, 'x', 'test')",
    ]) {
      expect(() => db.exec(sql)).toThrow('a split is immutable')
    }
    db.close()
  })

  it('is exported with the labels it was made from, whatever was relabelled since', async () => {
    using folder = makeTemporaryFolder()
    using catalogue = openCatalogue(folder.path)
    addImages(catalogue.file, manyImages)
    const { splitId: id, hash } = await catalogue.splits.make(request(), makeContext())
    const before = await catalogue.splits.export(id, { file: join(folder.path, 'before.csv'), format: 'csv' })
    const db = new BetterSqlite3(catalogue.file)
    db.exec("UPDATE image SET race = 'Middle Eastern'")
    db.close()
    const after = await catalogue.splits.export(id, { file: join(folder.path, 'after.csv'), format: 'csv' })
    expect({ ...after, file: '' }).toEqual({ ...before, file: '', rows: 1200 })
    expect(after.sha256).toBe(hashBytes(await readFile(after.file)))
    expect((await catalogue.splits.make(request(), makeContext(2))).hash).not.toBe(hash)
  })

  it('is exported as one row per image, missing labels empty, no group or file in two parts', async () => {
    using folder = makeTemporaryFolder()
    using catalogue = openCatalogue(folder.path)
    const copies = Array.from({ length: 30 }, (_, index) => ({ file: `copy ${index % 10}` }))
    addImages(catalogue.file, [...manyImages, ...copies])
    const { splitId: id, parts } = await catalogue.splits.make(request(), makeContext())
    const { file } = await catalogue.splits.export(id, {
      file: join(folder.path, 'split.csv'),
      format: 'csv',
    })
    const text = await readFile(file, 'utf8')
    expect(text.split('\n')[0]).toBe('image,group,race,gender,age,part,sha256')
    const rows = await readCsv(file)
    expect(rows.filter(({ race }) => race === '')).toHaveLength(300)
    expect(new Set(rows.map(({ image }) => image)).size).toBe(1230)
    for (const key of ['group', 'sha256'] as const) {
      const partOf = new Map<string, string>()
      for (const row of rows) {
        expect(partOf.get(row[key]) ?? row.part).toBe(row.part)
        partOf.set(row[key], row.part)
      }
    }
    expect(rows.filter(({ part }) => part === 'val')).toHaveLength(parts.val.images)
  })

  it('exports names that a spreadsheet would run as formulas, and names with quotes and newlines, safely', async () => {
    using folder = makeTemporaryFolder()
    using catalogue = openCatalogue(folder.path)
    const paths = ['plain.png', 'a,"b"\n\u{1F600}.png', '+1.png']
    addImages(
      catalogue.file,
      paths.map((path) => ({ dataset: 2, path })),
    )
    const { splitId: id } = await catalogue.splits.make(request(), makeContext())
    const { file } = await catalogue.splits.export(id, {
      file: join(folder.path, 'split.csv'),
      format: 'csv',
    })
    const rows = await readCsv(file)
    expect(rows.map(({ image }) => image)).toEqual(paths.map((path) => `'=more/${path}`))
  })

  it('never replaces a file that is something else, and may be exported again', async () => {
    using folder = makeTemporaryFolder()
    using catalogue = openCatalogue(folder.path)
    addImages(catalogue.file, manyImages)
    const { splitId: id } = await catalogue.splits.make(request(), makeContext())
    const taken = join(folder.path, 'taken.csv')
    await writeFile(taken, 'a letter')
    await expect(catalogue.splits.export(id, { file: taken, format: 'csv' })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining(`There already is another file ${taken}`),
    })
    expect(await readFile(taken, 'utf8')).toBe('a letter')
    const file = join(folder.path, 'split.csv')
    expect(await catalogue.splits.export(id, { file: file, format: 'csv' })).toEqual(
      await catalogue.splits.export(id, { file: file, format: 'csv' }),
    )
  })

  it('that does not exist is named', async () => {
    using folder = makeTemporaryFolder()
    using catalogue = openCatalogue(folder.path)
    await expect(catalogue.splits.export(splitId.parse(4), { file: 'x.csv', format: 'csv' })).rejects.toThrow(
      'There is no split 4.',
    )
  })
})
