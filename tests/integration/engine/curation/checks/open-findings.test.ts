import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { migrations } from '#engine/base/db/migrations.ts'
import { openDatabase } from '#engine/base/db/open-database.ts'
import { createRandom } from '#engine/base/kernel/random.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { createMemoryLogger } from '#tests/fixtures/logs.ts'

const images = 12
/** The last one is that of contradicting labels, which a review of every queue does not answer. */
const checks = [1, 2, 3, 22]

function openCatalogue(folder: string, version: number): BetterSqlite3.Database {
  const file = join(folder, 'catalogue.sqlite')
  const list = migrations.filter((migration) => migration.version <= version)
  openDatabase({ file, now: () => 0, logger: createMemoryLogger(), migrations: list }).close()
  return new BetterSqlite3(file)
}

function insertImages(db: BetterSqlite3.Database): void {
  db.exec(`
    INSERT INTO root (id, name, path, is_inside_project) VALUES (1, 'faces', '/nowhere', 0);
    INSERT INTO dataset (id, name, format, root_id, label_scheme, created_at)
    VALUES (1, 'Faces', 'fairface', 1, 'fairface7', '2026-01-01T00:00:00.000Z')`)
  const insert = db.prepare(
    `INSERT INTO image (dataset_id, path, bytes, mtime_ms, file_sha256, pixel_sha256, width, height, format,
       exif_orientation, imported_at) VALUES (1, ?, 1, 0, ?, ?, 9, 9, 'jpeg', 1, '2026-01-01T00:00:00.000Z')`,
  )
  for (let image = 1; image <= images; image++) insert.run(`${image}.jpg`, `${image}`, `${image}`)
}

/** What happens to a catalogue: scores come and go, cuts move, people decide and take it back. */
function changeAtRandom(db: BetterSqlite3.Database, seed: number, times: number): void {
  const random = createRandom(seed, ['open findings'])
  const put = db.prepare(
    `INSERT INTO check_score (check_id, image_id, score, is_flagged) VALUES (:check, :image, :score, :flag)
     ON CONFLICT (check_id, image_id) DO UPDATE SET score = excluded.score, is_flagged = excluded.is_flagged`,
  )
  const reflag = db.prepare('UPDATE check_score SET is_flagged = 1 - is_flagged WHERE check_id = :check')
  const forget = db.prepare('DELETE FROM check_score WHERE check_id = :check AND image_id = :image')
  const close = db.prepare("INSERT OR REPLACE INTO review VALUES (:image, :queue, 'kept')")
  const reopen = db.prepare('DELETE FROM review WHERE image_id = :image AND check_id = :queue')
  const decide = db.prepare('UPDATE image SET status = :status WHERE id = :image')
  for (let time = 0; time < times; time++) {
    const image = random.int(1, images)
    const check = checks[random.int(0, checks.length - 1)]
    const queue = [0, ...checks][random.int(0, checks.length)]
    const status = ['undecided', 'kept', 'removed'][random.int(0, 2)]
    const changes = [
      () => put.run({ check, image, score: random.float(), flag: random.int(0, 1) }),
      () => put.run({ check, image, score: random.float(), flag: 1 }),
      () => reflag.run({ check }),
      () => forget.run({ check, image }),
      () => close.run({ image, queue }),
      () => reopen.run({ image, queue }),
      () => decide.run({ image, status }),
    ]
    changes[random.int(0, changes.length - 1)]?.()
  }
}

/** Flagged findings, by what stands on the row and by what follows from status and reviews. */
function countDecided(db: BetterSqlite3.Database) {
  return db
    .prepare(
      `SELECT count(*) AS flagged, sum(s.is_decided) AS decided,
         sum(s.is_decided <> (i.status = 'removed' OR EXISTS (
           SELECT 1 FROM review r WHERE r.image_id = s.image_id AND (r.check_id = s.check_id OR (r.check_id = 0 AND s.check_id <> 22))))) AS wrong
       FROM check_score s JOIN image i ON i.id = s.image_id WHERE s.is_flagged = 1`,
    )
    .get()
}

describe('a flagged finding', () => {
  it.each([1, 2, 3, 4])('is decided as its image and reviews say, whatever happens (seed %i)', (seed) => {
    using folder = makeTemporaryFolder()
    const db = openCatalogue(folder.path, Number.MAX_SAFE_INTEGER)
    try {
      insertImages(db)
      for (let round = 0; round < 20; round++) {
        changeAtRandom(db, 100 * seed + round, 30)
        expect(countDecided(db)).toMatchObject({ wrong: 0 })
      }
      expect(countDecided(db)).toMatchObject({ decided: expect.toSatisfy((count: number) => count > 0) })
    } finally {
      db.close()
    }
  })

  it('of a catalogue made before is decided as its image and reviews say', () => {
    using folder = makeTemporaryFolder()
    const before = openCatalogue(folder.path, 70)
    insertImages(before)
    changeAtRandom(before, 9, 400)
    before.close()
    const db = openCatalogue(folder.path, Number.MAX_SAFE_INTEGER)
    try {
      expect(countDecided(db)).toMatchObject({ wrong: 0 })
    } finally {
      db.close()
    }
  })
})
