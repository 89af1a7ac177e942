import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod'
import { identityId as identityIdSchema } from '#shared/contract/base.contract.ts'
import type { ImageFilter, ImageSort } from '#shared/contract/image.contract.ts'
import { imageContract } from '#shared/contract/image.contract.ts'
import { ageBinLabels, binOfYears, labelSchemes } from '#shared/domain/label-schemes.ts'
import type { Db } from '#engine/db/db.ts'
import { openDatabase } from '#engine/db/open-database.ts'
import { CatalogueService } from '#engine/catalogue/catalogue.service.ts'
import { DatasetRepo } from '#engine/catalogue/dataset.repo.ts'
import { ImageDetailRepo } from '#engine/catalogue/image-detail.repo.ts'
import { ImageQueryRepo } from '#engine/catalogue/image-query.repo.ts'
import { ImageWriteRepo } from '#engine/catalogue/image-write.repo.ts'
import { hashBytes } from '#engine/kernel/hash.ts'
import { createRandom } from '#engine/kernel/random.ts'
import { makeTemporaryFolder } from '../fixtures/folders.ts'
import { createMemoryLogger } from '../fixtures/logs.ts'

const images = 100_000

interface Row {
  readonly id: number
  readonly datasetId: number
  readonly path: string
  readonly bytes: number
  readonly pixels: number
  readonly identity: string | null
  readonly identityId: number | null
  readonly race: string | null
  readonly gender: string | null
  readonly ageYears: number | null
  readonly ageBin: string | null
  readonly part: 'train' | 'val' | 'test' | null
}

const at = '2026-01-01T00:00:00.000Z'
const folder = makeTemporaryFolder()
const file = join(folder.path, 'catalogue.sqlite')
const rows: Row[] = []
const statements: string[] = []
let db: Db
let catalogue: CatalogueService

/** Passes everything on and keeps the SQL, so that the plans of real statements can be read. */
const recordStatements = (inner: Db): Db => ({
  ...inner,
  prepareQuery: (sql, decode) => {
    statements.push(sql)
    return inner.prepareQuery(sql, decode)
  },
})

function fillCatalogue(): void {
  const random = createRandom(1, ['catalogue'])
  const pick = <Item>(items: readonly Item[]): Item | null => items[random.int(0, items.length)] ?? null
  const datasets = new DatasetRepo(db)
  const writer = new ImageWriteRepo(db)
  db.transact(() => {
    const ids = ['alpha', 'beta', 'gamma'].map((name) =>
      datasets.insert({
        name,
        format: 'csv',
        source: `/faces/${name}`,
        labelScheme: 'fairface7',
        createdAt: at,
        rootPath: `/faces/${name}`,
        isInsideProject: false,
      }),
    )
    for (let index = 0; index < images; index++) {
      const datasetId = ids[index % 3] ?? ids[0]
      if (datasetId === undefined) throw new Error('no data set')
      const identity = random.float() < 0.2 ? `person ${random.int(0, 999)}` : null
      const ageYears = random.float() < 0.5 ? random.int(0, 100) : null
      const facts = {
        path: `${random.int(0, 9)}/face_${index}%.jpg`,
        bytes: random.int(1000, 60_000),
        race: pick(labelSchemes.fairface7.race),
        gender: pick(labelSchemes.fairface7.gender),
        ageYears,
        ageBin: ageYears === null ? pick(ageBinLabels) : binOfYears(ageYears),
        identityId: identity === null ? null : writer.ensureIdentity(datasetId, identity),
      }
      const [width, height] = [random.int(50, 400), random.int(50, 400)]
      const id = writer.insert({
        ...facts,
        datasetId,
        width,
        height,
        mtimeMs: 0,
        fileSha256: hashBytes(`file ${index}`),
        pixelSha256: hashBytes(`pixels ${index >> 1}`),
        format: 'jpeg',
        exifOrientation: 1,
        jobId: null,
        importedAt: at,
      })
      const part = pick(['train', 'val', 'test'] as const)
      rows.push({ ...facts, id, datasetId, pixels: width * height, identity, part })
    }
  })
  const connection = new BetterSqlite3(file)
  connection.exec(
    `INSERT INTO split (id, name, hash, seed, ratios, label_scheme, summary, created_at)
     VALUES (1, 'first', '', 1, '{}', 'fairface7', '{}', '${at}')`,
  )
  const insertMember = connection.prepare(
    `INSERT INTO split_member (split_id, image_id, group_key, part) VALUES (1, ?, '', ?)`,
  )
  connection.transaction(() => {
    for (const { id, part } of rows) if (part !== null) insertMember.run(id, part)
  })()
  connection.exec('UPDATE split SET is_complete = 1')
  connection.close()
}

beforeAll(() => {
  db = recordStatements(openDatabase({ file, now: () => 0, logger: createMemoryLogger() }))
  fillCatalogue()
  catalogue = new CatalogueService({
    datasets: new DatasetRepo(db),
    images: new ImageQueryRepo(db),
    details: new ImageDetailRepo(db),
    projectFolder: folder.path,
  })
}, 120_000)

afterAll(() => {
  db.close()
  folder[Symbol.dispose]()
})

const filterSchema = imageContract.query['~orpc'].inputSchema
const query = (input: z.input<NonNullable<typeof filterSchema>>) =>
  catalogue.queryImages(z.parse(filterSchema ?? z.never(), input))

const has = <Value>(wanted: readonly Value[] | undefined, value: Value): boolean =>
  wanted === undefined || wanted.length === 0 || wanted.includes(value)

/** The same filter by going through every row. */
const matches = (row: Row, filter: ImageFilter): boolean => {
  const text = filter.text?.toLowerCase()
  return (
    has<number>(filter.datasets, row.datasetId) &&
    has(filter.race, row.race) &&
    has(filter.gender, row.gender) &&
    has(filter.age, row.ageBin) &&
    has<number | null>(filter.identities, row.identityId) &&
    has<string | null>(filter.split?.parts, row.part) &&
    (text === undefined ||
      row.path.toLowerCase().includes(text) ||
      (row.identity ?? '').toLowerCase().includes(text))
  )
}

const sortKey = (row: Row, sort: ImageSort): string | number => {
  switch (sort) {
    case 'id':
      return row.id
    case 'path':
      return row.path
    case 'bytes':
      return row.bytes
    case 'pixels':
      return row.pixels
    case 'age':
      return row.ageYears ?? (row.ageBin === null ? 1000 : Number.parseInt(row.ageBin, 10))
    default:
      return sort satisfies never
  }
}

const filters: ImageFilter[] = [
  {},
  { race: ['Black'] },
  { race: ['Black', null], gender: ['Female'] },
  { age: [null] },
  { datasets: [2 as never], age: ['70+', '0-2'], race: ['Indian', 'White'] },
  { split: { splitId: 1, parts: ['val', 'test'] }, gender: ['Male'] },
  { text: 'person 77' },
  { text: '_5%' },
  { identities: [3 as never, 44 as never] },
  { race: ['Nobody'] },
]

describe('pages', () => {
  test.each(['id', 'path', 'age', 'pixels', 'bytes'] as const)(
    'by %s, in both directions and under every filter, hold each image once and in order',
    (sort) => {
      for (const filter of filters) {
        for (const direction of ['ascending', 'descending'] as const) {
          const isUp = direction === 'ascending'
          const expected = rows
            .filter((row) => matches(row, filter))
            .map((row) => ({ id: row.id, key: sortKey(row, sort) }))
            .sort((a, b) => (a.key === b.key ? a.id - b.id : a.key < b.key ? -1 : 1) * (isUp ? 1 : -1))
            .slice(0, 1500)
          const found: number[] = []
          let cursor: string | null = null
          do {
            const page: ReturnType<typeof query> = query({ filter, sort, direction, cursor, limit: 500 })
            found.push(...page.items.map(({ id }) => id))
            cursor = page.nextCursor
          } while (cursor !== null && found.length < 1500)
          expect(found.slice(0, 1500)).toEqual(expected.map(({ id }) => id))
        }
      }
    },
    120_000,
  )

  test('a cursor of another order is refused', () => {
    const { nextCursor } = query({ sort: 'path', limit: 1 })
    expect(() => query({ sort: 'bytes', cursor: nextCursor })).toThrow(
      'This cursor belongs to another query. Start again without a cursor.',
    )
    expect(() => query({ cursor: 'nonsense' })).toThrow('This cursor belongs to another query.')
  })

  test('tell nothing beyond the last image', () => {
    expect(query({ filter: { race: ['Nobody'] } })).toEqual({ items: [], nextCursor: null })
    expect(query({ filter: { identities: [identityIdSchema.parse(3)] }, limit: 1000 }).nextCursor).toBeNull()
  })
})

describe('facets', () => {
  test.each(filters.map((filter) => [JSON.stringify(filter), filter] as const))(
    'under %s count every value by all the other filters',
    (_name, filter) => {
      const facets = catalogue.countFacets(filter)
      expect(facets.total).toBe(rows.filter((row) => matches(row, filter)).length)
      const checks = [
        ['race', 'race', (row: Row) => row.race],
        ['gender', 'gender', (row: Row) => row.gender],
        ['age', 'age', (row: Row) => row.ageBin],
        ['dataset', 'datasets', (row: Row) => String(row.datasetId)],
        ['part', 'split', (row: Row) => row.part],
      ] as const
      for (const [facet, own, valueOf] of checks) {
        const { [own]: _own, ...others } = filter
        const counts = new Map<string | null, number>()
        for (const row of rows) {
          if (matches(row, others)) counts.set(valueOf(row), (counts.get(valueOf(row)) ?? 0) + 1)
        }
        const shown = facets[facet].filter(({ count }) => count > 0)
        expect(new Map(shown.map(({ value, count }) => [value, count]))).toEqual(counts)
      }
    },
  )

  test('values stand in the order of the scheme, missing last, with words for people', () => {
    const { race, age, part, dataset } = catalogue.countFacets({})
    expect(race.map(({ label }) => label)).toEqual([...labelSchemes.fairface7.race, 'Not labelled'])
    expect(age.map(({ label }) => label)).toEqual([...ageBinLabels, 'Not labelled'])
    expect(part.map(({ label }) => label)).toEqual(['Train', 'Validation', 'Test', 'Not in the split'])
    expect(dataset.map(({ value, label }) => [value, label])).toEqual([
      ['1', 'alpha'],
      ['2', 'beta'],
      ['3', 'gamma'],
    ])
  })

  test('a value that was chosen and matches nothing is shown with 0', () => {
    expect(catalogue.countFacets({ race: ['Nobody'] }).race.at(-2)).toEqual({
      value: 'Nobody',
      label: 'Nobody',
      count: 0,
    })
  })
})

describe('one image', () => {
  test('names its twins by pixels, its person and its parts', () => {
    const row = rows.find(({ identity, part }) => identity !== null && part !== null)
    if (row === undefined) throw new Error('no such row')
    const twins = rows.filter(({ id }) => id !== row.id && (id - 1) >> 1 === (row.id - 1) >> 1)
    expect(catalogue.getImage(row.id as never)).toMatchObject({
      path: row.path,
      identicalImages: twins.map(({ id }) => id),
      identity: {
        name: row.identity,
        images: rows.filter(({ identityId }) => identityId === row.identityId).length,
      },
      parts: [{ splitId: 1, split: 'first', part: row.part }],
    })
  })
})

describe('query plans', () => {
  const explain = (sql: string): string => {
    const connection = new BetterSqlite3(file, { readonly: true })
    try {
      const names = [...new Set(sql.match(/:\w+/g))].map((name) => [name.slice(1), 1])
      const plan = connection.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(Object.fromEntries(names))
      const steps = z.array(z.object({ detail: z.string() })).parse(plan)
      return steps.map(({ detail }) => detail).join('\n')
    } finally {
      connection.close()
    }
  }
  /** The plan of the statement that `work` prepares anew. */
  const planOf = (work: (repo: ImageQueryRepo) => unknown): string => {
    work(new ImageQueryRepo(db))
    return explain(statements.at(-1) ?? '')
  }
  const after = { key: 5, id: 5 }

  test.each(['id', 'path', 'age', 'pixels', 'bytes'] as const)(
    'a page by %s searches an index from the cursor on and sorts nothing',
    (sort) => {
      for (const direction of ['ascending', 'descending'] as const) {
        const plan = planOf((repo) => repo.page({ filter: {}, sort, direction, after, limit: 200 }))
        expect(plan).toMatch(/^SEARCH image USING (?:INTEGER PRIMARY KEY|INDEX image_by_\w+) \(/)
        expect(plan).not.toMatch(/SCAN|TEMP B-TREE/)
      }
    },
  )

  test('facets read one covering index; with a split each member by its key', () => {
    expect(planOf((repo) => repo.cells({}, null))).toBe('SCAN image USING COVERING INDEX image_by_labels')
    expect(planOf((repo) => repo.cells({}, 1))).toMatch(
      /^SCAN image USING COVERING INDEX image_by_labels\nSEARCH member USING PRIMARY KEY \(split_id=\? AND image_id=\?\)/,
    )
  })

  test('no statement of the catalogue reads the whole image table', () => {
    statements.length = 0
    const service = new CatalogueService({
      datasets: new DatasetRepo(db),
      images: new ImageQueryRepo(db),
      details: new ImageDetailRepo(db),
      projectFolder: folder.path,
    })
    for (const filter of filters) {
      service.countFacets(filter)
      for (const sort of ['id', 'path', 'age', 'pixels', 'bytes'] as const) {
        service.queryImages({ filter, sort, direction: 'ascending', cursor: null, limit: 10 })
      }
    }
    service.getImage(1 as never)
    const plans = statements.map((sql) => ({ sql, plan: explain(sql) }))
    // Reading an index in its order until the page is full is no full scan; reading the rows themselves is.
    const scans = plans.filter(({ plan }) => /SCAN image(?! USING (?:COVERING )?INDEX)/.test(plan))
    expect(scans.filter(({ sql }) => !/ORDER BY image\.id/.test(sql))).toEqual([])
  })
})
