import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod'
import { identityId as identityIdSchema } from '#shared/contract/base.contract.ts'
import type { ImageFilter, ImageSort } from '#shared/contract/image.contract.ts'
import { imageContract } from '#shared/contract/image.contract.ts'
import { ageBinLabels, binOfYears, labelSchemes } from '#shared/domain/label-schemes.ts'
import type { Db } from '#engine/base/db/db.ts'
import { openDatabase } from '#engine/base/db/open-database.ts'
import { CatalogueService } from '#engine/data/catalogue/catalogue.service.ts'
import { DatasetRepo } from '#engine/data/catalogue/dataset.repo.ts'
import { ImageBrowseService } from '#engine/data/catalogue/image-browse.service.ts'
import { ImageCellRepo } from '#engine/data/catalogue/image-cell.repo.ts'
import { ImageDetailRepo } from '#engine/data/catalogue/image-detail.repo.ts'
import { ImageQueryRepo } from '#engine/data/catalogue/image-query.repo.ts'
import { ImageSearchRepo } from '#engine/data/catalogue/image-search.repo.ts'
import { ImageSearchService } from '#engine/data/catalogue/image-search.service.ts'
import { ImageTableRepo } from '#engine/data/catalogue/image-table.repo.ts'
import { ImageTableService } from '#engine/data/catalogue/image-table.service.ts'
import { ImageWriteRepo } from '#engine/data/catalogue/image-write.repo.ts'
import { checkIds, checks, type CheckId } from '#shared/domain/checks.ts'
import { imageStatuses, type IdentityKind, type ImageStatus } from '#shared/domain/image-states.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { createRandom } from '#engine/base/kernel/random.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { createMemoryLogger } from '#tests/fixtures/logs.ts'

const images = 30_000

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
  readonly status: ImageStatus
  readonly isSuspect: boolean
  readonly findings: readonly CheckId[]
  readonly scores: ReadonlyMap<CheckId, number>
  readonly importedAt: string
  readonly note: string | null
}

/** Checks that have been run; the others have no score. */
const scored = ['greyscale', 'blurry', 'label-age'] as const

const at = '2026-01-01T00:00:00.000Z'
const folder = makeTemporaryFolder()
const file = join(folder.path, 'catalogue.sqlite')
const rows: Row[] = []
const statements: string[] = []
let db: Db
let catalogue: CatalogueService
let browse: ImageBrowseService
/** Images of each identity. */
const portraits = new Map<number, number>()

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
      const importedAt = `2026-01-0${random.int(1, 6)}T00:00:00.000Z`
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
        importedAt,
      })
      const part = pick(['train', 'val', 'test'] as const)
      const scores = new Map<CheckId, number>()
      const findings: CheckId[] = []
      for (const check of scored) {
        if (random.float() < 0.5) continue
        const score = random.int(0, 1000) / 1000
        scores.set(check, score)
        if (score < 0.1) findings.push(check)
      }
      const status = random.float() < 0.9 ? 'undecided' : (pick(imageStatuses) ?? 'kept')
      rows.push({
        ...facts,
        id,
        datasetId,
        pixels: width * height,
        identity,
        part,
        status,
        isSuspect: facts.identityId !== null && random.float() < 0.1,
        findings: checkIds.filter((check) => findings.includes(check)),
        scores,
        importedAt,
        note: status === 'removed' && random.float() < 0.3 ? pick(['soft focus', 'wrong Person']) : null,
      })
      if (facts.identityId !== null)
        portraits.set(facts.identityId, (portraits.get(facts.identityId) ?? 0) + 1)
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
  const insertScore = connection.prepare(
    'INSERT INTO check_score (check_id, image_id, score, is_flagged) VALUES (?, ?, ?, ?)',
  )
  const decideImage = connection.prepare(
    'UPDATE image SET status = ?, is_identity_suspect = ?, revision = ? WHERE id = ?',
  )
  const insertNote = connection.prepare(
    `INSERT INTO decision (act_id, image_id, field, old_value, new_value, note)
     VALUES (1, ?, 'status', 'undecided', 'removed', ?)`,
  )
  connection.exec(
    `INSERT INTO act (id, kind, title, actor, at) VALUES (1, 'decide', 'Removed some', 'ann', '${at}')`,
  )
  connection.transaction(() => {
    for (const { id, scores, findings, status, isSuspect, note } of rows) {
      for (const [check, score] of scores)
        insertScore.run(checks[check].code, id, score, findings.includes(check) ? 1 : 0)
      if (status !== 'undecided' || isSuspect) decideImage.run(status, isSuspect ? 1 : 0, 1, id)
      if (note !== null) insertNote.run(id, note)
    }
  })()
  for (const check of scored)
    connection
      .prepare(
        `INSERT INTO check_run (check_id, version, params, images, newest_image_id, revision, finished_at)
         VALUES (?, 1, '{}', ?, ?, 1, ?)`,
      )
      .run(checks[check].code, images, images, at)
  connection.close()
}

const createBrowse = (): ImageBrowseService =>
  new ImageBrowseService({
    datasets: new DatasetRepo(db),
    images: new ImageQueryRepo(db),
    cells: new ImageCellRepo(db),
    tables: new ImageTableService({ repo: new ImageTableRepo(db) }),
    searches: new ImageSearchService({ repo: new ImageSearchRepo(db) }),
  })

beforeAll(() => {
  db = recordStatements(openDatabase({ file, now: () => 0, logger: createMemoryLogger() }))
  fillCatalogue()
  browse = createBrowse()
  catalogue = new CatalogueService({
    datasets: new DatasetRepo(db),
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
  browse.queryPage(z.parse(filterSchema ?? z.never(), input))

const has = <Value>(wanted: readonly Value[] | undefined, value: Value): boolean =>
  wanted === undefined || wanted.length === 0 || wanted.includes(value)

const identityKindsOf = (row: Row): IdentityKind[] => {
  const several = portraits.get(row.identityId ?? 0) ?? 0
  const kind = several === 0 ? 'none' : several === 1 ? 'single' : 'several'
  return row.isSuspect ? [kind, 'suspect'] : [kind]
}

const hasAny = <Value>(wanted: readonly (Value | null)[] | undefined, values: readonly Value[]): boolean =>
  wanted === undefined ||
  wanted.length === 0 ||
  wanted.some((value) => (value === null ? values.length === 0 : values.includes(value)))

const lacks = <Value>(excluded: readonly Value[] | undefined, value: Value): boolean =>
  excluded?.includes(value) !== true
const lacksAny = <Value>(
  excluded: readonly (Value | null)[] | undefined,
  values: readonly Value[],
): boolean => excluded === undefined || excluded.length === 0 || !hasAny(excluded, values)

/** Searches with the same by hand. */
const searches: Readonly<Record<string, (row: Row) => boolean>> = {
  'indian age<20': (row) =>
    row.race === 'Indian' &&
    (row.ageYears === null ? ['0-2', '3-9', '10-19'].includes(row.ageBin ?? '') : row.ageYears < 20),
  'finding:blurry,greyscale -dataset:alpha': (row) =>
    row.findings.some((check) => check === 'blurry' || check === 'greyscale') && row.datasetId !== 1,
  'status:removed note:"soft focus"': (row) => row.status === 'removed' && row.note === 'soft focus',
  'race:none gender:female': (row) => row.race === null && row.gender === 'Female',
  '"person 77"': (row) => (row.identity ?? '').startsWith('person 77'),
  'identity:several -finding:any part:val,none': (row) =>
    identityKindsOf(row).includes('several') &&
    row.findings.length === 0 &&
    (row.part === 'val' || row.part === null),
  'race:asian age:20-29,70+': (row) =>
    (row.race ?? '').endsWith('Asian') &&
    (row.ageYears === null
      ? ['20-29', '70+'].includes(row.ageBin ?? '')
      : (row.ageYears >= 20 && row.ageYears < 30) || row.ageYears >= 70),
  'path:face_1234 status:any': (row) => /face_1234/.test(row.path),
}

const passesSearch = (row: Row, search: string | undefined): boolean => {
  if (search === undefined) return true
  const passes = searches[search]
  if (passes === undefined) throw new Error(`${search} is not written out`)
  return passes(row)
}

/** The same filter by going through every row. */
const matches = (row: Row, filter: ImageFilter): boolean => {
  const text = filter.text?.toLowerCase()
  const { exclude = {} } = filter
  const isStatusNamed =
    (filter.status !== undefined && filter.status.length > 0) || filter.search?.includes('status:') === true
  return (
    has<number>(filter.datasets, row.datasetId) &&
    has(filter.race, row.race) &&
    has(filter.gender, row.gender) &&
    has(filter.age, row.ageBin) &&
    has(filter.status, row.status) &&
    (isStatusNamed || row.status !== 'removed') &&
    hasAny(filter.findings, row.findings) &&
    hasAny(filter.identity, identityKindsOf(row)) &&
    has<number | null>(filter.identities, row.identityId) &&
    has<string | null>(filter.split?.parts, row.part) &&
    lacks<number>(exclude.datasets, row.datasetId) &&
    lacks(exclude.race, row.race) &&
    lacks(exclude.gender, row.gender) &&
    lacks(exclude.age, row.ageBin) &&
    lacks(exclude.status, row.status) &&
    lacks<string | null>(exclude.parts, row.part) &&
    lacksAny(exclude.findings, row.findings) &&
    lacksAny(exclude.identity, identityKindsOf(row)) &&
    passesSearch(row, filter.search) &&
    (text === undefined ||
      row.path.toLowerCase().includes(text) ||
      (row.identity ?? '').toLowerCase().includes(text))
  )
}

const selected = new Map<string, ReadonlySet<Row>>()

/** The rows that pass a filter, gone through once for each filter. */
const selectRows = (filter: ImageFilter): ReadonlySet<Row> => {
  const key = JSON.stringify(filter)
  const found = selected.get(key) ?? new Set(rows.filter((row) => matches(row, filter)))
  selected.set(key, found)
  return found
}

const sortKey = (row: Row, sort: Exclude<ImageSort, 'finding'>): string | number => {
  switch (sort) {
    case 'id':
      return row.id
    case 'path':
      return row.path
    case 'bytes':
      return row.bytes
    case 'pixels':
      return row.pixels
    case 'imported':
      return row.importedAt
    case 'age':
      return row.ageYears ?? (row.ageBin === null ? 1000 : Number.parseInt(row.ageBin, 10))
    default:
      return sort satisfies never
  }
}

interface Keyed {
  readonly row: Row
  readonly key: string | number
}
const byNumber = (a: Keyed, b: Keyed): number => Number(a.key) - Number(b.key) || a.row.id - b.row.id
const byText = (a: Keyed, b: Keyed): number =>
  a.key === b.key ? a.row.id - b.row.id : a.key < b.key ? -1 : 1

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
  { status: ['removed'] },
  { status: ['kept', 'removed'], exclude: { race: ['White', null] } },
  { findings: ['blurry'], exclude: { findings: ['greyscale'] } },
  { findings: [null, 'label-age'], identity: ['suspect', 'several'] },
  { exclude: { findings: [null], identity: ['none'], parts: [null, 'test'], age: ['70+'] } },
  ...Object.keys(searches).map((search) => ({ search })),
]

describe('pages', () => {
  test.each(['id', 'path', 'age', 'pixels', 'bytes', 'imported'] as const)(
    'by %s, in both directions and under every filter, hold each image once and in order',
    async (sort) => {
      const keys = rows.map((row) => ({ row, key: sortKey(row, sort) }))
      const ascending = keys.sort(typeof keys[0]?.key === 'number' ? byNumber : byText).map(({ row }) => row)
      const orders = { ascending, descending: ascending.toReversed() }
      for (const filter of filters) {
        const passing = selectRows(filter)
        for (const direction of ['ascending', 'descending'] as const) {
          const expected: number[] = []
          for (const row of orders[direction]) {
            if (expected.length === 1500) break
            if (passing.has(row)) expected.push(row.id)
          }
          const found: number[] = []
          let cursor: string | null = null
          do {
            const page: Awaited<ReturnType<typeof query>> = await query({
              filter,
              sort,
              direction,
              cursor,
              limit: 500,
            })
            found.push(...page.items.map(({ id }) => id))
            cursor = page.nextCursor
          } while (cursor !== null && found.length < 1500)
          expect(found.slice(0, 1500)).toEqual(expected)
        }
      }
    },
    120_000,
  )

  test('by the score of a finding hold those that it flags, worst first', async () => {
    const filter: ImageFilter = { findings: ['blurry'] }
    const expected = [...selectRows(filter)]
      .toSorted((a, b) => (a.scores.get('blurry') ?? 0) - (b.scores.get('blurry') ?? 0) || a.id - b.id)
      .map(({ id }) => id)
    const found: number[] = []
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<typeof query>> = await query({
        filter,
        sort: 'finding',
        cursor,
        limit: 1000,
      })
      found.push(...page.items.map(({ id }) => id))
      cursor = page.nextCursor
    } while (cursor !== null)
    expect(found).toEqual(expected)
    await expect(query({ sort: 'finding' })).rejects.toThrow(
      'The order by score wants one finding in the filter',
    )
  })

  test('by their place are the same as one after another', async () => {
    const filter: ImageFilter = { exclude: { race: ['White'] } }
    const expected = [...selectRows(filter)].map(({ id }) => id)
    const ids = await browse.matchIds(filter)
    expect([...ids]).toEqual(expected)
    const { total, items, cells } = await browse.readWindow({
      filter,
      sort: 'id',
      direction: 'descending',
      offset: 40_000,
      limit: 3,
      columns: ['id', 'status', 'findings', 'score:blurry', 'part', 'identity_suspect'],
    })
    expect(total).toBe(expected.length)
    const shown = expected.toReversed().slice(40_000, 40_003)
    expect(items.map(({ id }) => id)).toEqual(shown)
    expect(cells).toEqual(
      shown.map((id) => {
        const row = rows[id - 1]
        if (row === undefined) throw new Error('no such row')
        return [
          id,
          row.status,
          row.findings.join(' '),
          row.scores.get('blurry') ?? null,
          row.part,
          row.isSuspect,
        ]
      }),
    )
  })

  test('a cursor of another order is refused', async () => {
    const { nextCursor } = await query({ sort: 'path', limit: 1 })
    await expect(query({ sort: 'bytes', cursor: nextCursor })).rejects.toThrow(
      'This cursor belongs to another query. Start again without a cursor.',
    )
    await expect(query({ cursor: 'nonsense' })).rejects.toThrow('This cursor belongs to another query.')
  })

  test('a search that cannot be read names the place of the mistake', async () => {
    await expect(query({ filter: { search: 'indian finding:blury' } })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      details: { field: 'filter.search', position: 15, length: 5 },
    })
  })

  test('tell nothing beyond the last image', async () => {
    expect(await query({ filter: { race: ['Nobody'] } })).toEqual({ items: [], nextCursor: null })
    const person = { identities: [identityIdSchema.parse(3)] }
    expect((await query({ filter: person, limit: 1000 })).nextCursor).toBeNull()
  })
})

describe('facets', () => {
  test.each(filters.map((filter) => [JSON.stringify(filter), filter] as const))(
    'under %s count every value by all the other filters',
    async (_name, filter) => {
      const facets = await browse.countFacets(filter)
      expect(facets.total).toBe(selectRows(filter).size)
      const orNull = (values: readonly string[]): readonly (string | null)[] =>
        values.length === 0 ? [null] : values
      const facetsOfRows = [
        ['race', 'race', 'race', (row: Row) => [row.race]],
        ['gender', 'gender', 'gender', (row: Row) => [row.gender]],
        ['age', 'age', 'age', (row: Row) => [row.ageBin]],
        ['dataset', 'datasets', 'datasets', (row: Row) => [String(row.datasetId)]],
        ['finding', 'findings', 'findings', (row: Row) => orNull(row.findings)],
        ['identity', 'identity', 'identity', identityKindsOf],
        ['part', 'split', 'parts', (row: Row) => [row.part]],
      ] as const
      for (const [facet, own, ownExclude, valuesOf] of facetsOfRows) {
        const { [own]: _own, exclude: { [ownExclude]: _excluded, ...exclude } = {}, ...others } = filter
        const counts = new Map<string | null, number>()
        for (const row of selectRows({ ...others, exclude })) {
          for (const value of valuesOf(row)) counts.set(value, (counts.get(value) ?? 0) + 1)
        }
        const shown = facets[facet].filter(({ count }) => count > 0)
        expect(new Map(shown.map(({ value, count }) => [value, count]))).toEqual(counts)
      }
    },
  )

  test('removed images are counted as such, and nowhere else unless asked for', async () => {
    const statusCounts = (row: (row: Row) => boolean) =>
      imageStatuses.map((status) => rows.filter((one) => one.status === status && row(one)).length)
    const all = await browse.countFacets({})
    expect(all.status.map(({ count }) => count)).toEqual(statusCounts(() => true))
    expect(all.total).toBe(rows.filter(({ status }) => status !== 'removed').length)
    const removed = await browse.countFacets({ status: ['removed'], race: ['Black'] })
    expect(removed.status.map(({ count }) => count)).toEqual(statusCounts(({ race }) => race === 'Black'))
  })

  test('values stand in the order of the scheme, missing last, with words for people', async () => {
    const { race, age, part, dataset } = await browse.countFacets({})
    expect(race.map(({ label }) => label)).toEqual([...labelSchemes.fairface7.race, 'Not labelled'])
    expect(age.map(({ label }) => label)).toEqual([...ageBinLabels, 'Not labelled'])
    expect(part.map(({ label }) => label)).toEqual(['Train', 'Validation', 'Test', 'Not in the split'])
    expect(dataset.map(({ value, label }) => [value, label])).toEqual([
      ['1', 'alpha'],
      ['2', 'beta'],
      ['3', 'gamma'],
    ])
  })

  test('a value that was chosen and matches nothing is shown with 0', async () => {
    expect((await browse.countFacets({ race: ['Nobody'] })).race.at(-2)).toEqual({
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
  test('no statement of the catalogue reads the whole image table or sorts it', async () => {
    statements.length = 0
    const anew = createBrowse()
    const details = new CatalogueService({
      datasets: new DatasetRepo(db),
      details: new ImageDetailRepo(db),
      projectFolder: folder.path,
    })
    await anew.readWindow({
      filter: {},
      sort: 'id',
      direction: 'ascending',
      offset: 0,
      limit: 1,
      columns: ['id', 'part', 'findings', 'score:blurry', 'identity'],
    })
    details.getImage(1 as never)
    const plans = statements
      .filter((sql) => /\bimage\b|check_score|split_member/.test(sql))
      .map((sql) => `${sql.replace(/\s+/g, ' ').trim()}\n${explain(sql).replace(/^/gm, '  ')}`)
    await expect(plans.join('\n\n')).toMatchFileSnapshot('catalogue-query.plans.txt')
    // Reading an index in its order until the page is full is no full scan; reading the rows themselves is.
    expect(
      plans.filter(
        (plan) =>
          /SCAN image(?! USING (?:COVERING )?INDEX)/.test(plan) && !/ORDER BY id ASC LIMIT/.test(plan),
      ),
    ).toEqual([])
    expect(
      plans.filter(
        (plan) => /TEMP B-TREE FOR ORDER BY/.test(plan) && !/WHERE split_member.image_id/.test(plan),
      ),
    ).toEqual([])
  })
})
