import BetterSqlite3 from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod'
import { checks, type CheckId } from '#shared/domain/checks.ts'
import type { Db } from '#engine/base/db/db.ts'
import { FindingRepo } from '#engine/curation/checks/finding.repo.ts'
import { GroupRepo } from '#engine/curation/checks/group.repo.ts'
import { QueueCountRepo } from '#engine/curation/decisions/queue-count.repo.ts'
import { ReviewRepo } from '#engine/curation/decisions/review.repo.ts'
import { openDecisions, writeDecisionCatalogue } from '#tests/fixtures/decision-catalogue.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'

const images = 2000
const scored: readonly CheckId[] = [
  'exact-duplicate',
  'near-duplicate',
  'conflicting-labels',
  'blurry',
  'label-age',
]

/** A catalogue with scores of several checks, a third of them flagged, in groups of two; every tenth is decided. */
function writeCatalogue(folder: string): string {
  const file = writeDecisionCatalogue(folder, images)
  using opened = openDecisions(file)
  for (const check of scored) {
    const { code } = checks[check]
    opened.db
      .prepareCommand(
        `INSERT INTO check_score (check_id, image_id, score, is_flagged, group_id)
         SELECT :code, id, 0.1, id % 3 = 0, CASE WHEN :code < 40 THEN id - (id - 1) % 2 END FROM image`,
      )
      .run({ code })
    opened.db
      .prepareCommand("INSERT INTO review SELECT id, :code, 'kept' FROM image WHERE id % 10 = 0")
      .run({ code })
  }
  return file
}

/** As if the statistics were those of fifty times as many rows: 100,000 images. */
function pretendLarge(connection: BetterSqlite3.Database): void {
  connection.exec(`
    ANALYZE;
    UPDATE sqlite_stat1 SET stat = 50 * CAST(stat AS INTEGER) || substr(stat, length(CAST(stat AS INTEGER)) + 1);
  `)
}

/** The statements that a repo prepares. */
function listStatements(open: (db: Db) => unknown, db: Db): string[] {
  const statements: string[] = []
  open({
    ...db,
    prepareQuery: (sql, decode) => {
      statements.push(sql)
      return db.prepareQuery(sql, decode)
    },
  })
  return statements
}

const planned = z.array(z.object({ detail: z.string() }))

/** Steps that read a table from end to end, or all scores of a check for the sake of a few. */
function findReadThrough(connection: BetterSqlite3.Database, sql: string): string[] {
  const names = [...new Set(sql.match(/:\w+/g))].map((name) => [name.slice(1), 1])
  const steps = planned.parse(connection.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(Object.fromEntries(names)))
  return steps
    .map(({ detail }) => detail)
    .filter((step) => {
      const isTable = step.startsWith('SCAN') && !step.includes('VIRTUAL TABLE') && !isGiven(step)
      return isTable || step.endsWith('(check_id=?)')
    })
}

/** The page of groups that a statement works out first and then goes through. */
const isGiven = (step: string): boolean => step === 'SCAN g'

const repos: readonly (readonly [name: string, open: (db: Db) => unknown])[] = [
  ['groups of copies', (db) => new GroupRepo(db)],
  ['findings', (db) => new FindingRepo(db)],
  ['decided findings', (db) => new ReviewRepo(db)],
]

describe.each(['without statistics', 'with those of 100,000 images'])('query plans %s', (kind) => {
  const folder = makeTemporaryFolder()
  let connection: BetterSqlite3.Database
  let opened: ReturnType<typeof openDecisions>

  beforeAll(() => {
    const file = writeCatalogue(folder.path)
    connection = new BetterSqlite3(file)
    if (kind !== 'without statistics') pretendLarge(connection)
    connection.close()
    connection = new BetterSqlite3(file, { readonly: true })
    opened = openDecisions(file)
  })
  afterAll(() => {
    opened[Symbol.dispose]()
    connection.close()
    folder[Symbol.dispose]()
  })

  test.each(repos)('of %s read what is asked for and no table through', (_, open) => {
    const statements = listStatements(open, opened.db)
    expect(statements.length).toBeGreaterThan(0)
    for (const sql of statements) expect([sql, findReadThrough(connection, sql)]).toEqual([sql, []])
  })

  test('of how long a queue is read its flagged findings alone', () => {
    const [sql = ''] = listStatements((db) => new QueueCountRepo(db), opened.db)
    const steps = planned.parse(connection.prepare(`EXPLAIN QUERY PLAN ${sql}`).all({ checkCode: 1 }))
    const indexes = steps.flatMap(({ detail }) => /^SEARCH .* INDEX (\w+)/.exec(detail)?.[1] ?? [])
    expect(indexes).toEqual(['check_score_flagged', 'check_score_open'])
  })

  test('would show a table that is read through', () => {
    const ofGroup = 'SELECT image_id FROM check_score WHERE group_id = :groupId'
    const decided = "SELECT image_id FROM review WHERE state = 'kept'"
    const ofCheck = 'SELECT max(detail) FROM check_score NOT INDEXED WHERE check_id = :code'
    for (const sql of [ofGroup, decided, ofCheck]) expect(findReadThrough(connection, sql)).toHaveLength(1)
  })
})
