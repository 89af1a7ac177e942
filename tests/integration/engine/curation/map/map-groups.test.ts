import BetterSqlite3 from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MapGroupRepo } from '#engine/curation/map/map-group.repo.ts'
import { openDatabase } from '#engine/base/db/open-database.ts'
import { writeDecisionCatalogue, writeFindings } from '#tests/fixtures/decision-catalogue.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { createMemoryLogger } from '#tests/fixtures/logs.ts'

const folder = makeTemporaryFolder()
let file: string

/** Twelve images, of which the last is not on the map, and image 3 is removed. */
beforeAll(() => {
  file = writeDecisionCatalogue(folder.path, 12)
  writeFindings(file, 'greyscale', [2, 7])
  const db = new BetterSqlite3(file)
  db.exec(`
    INSERT INTO embedding_space (id, name, dimensions, version, source_sha256, revision)
    VALUES (1, 'made-up', 2, 1, '${'a'.repeat(64)}', 1);
    INSERT INTO map_point (space_id, image_id, x, y) SELECT 1, id, id, id FROM image WHERE id < 12;
    UPDATE image SET status = 'removed' WHERE id = 3`)
  db.close()
})
afterAll(() => folder[Symbol.dispose]())

function readAll(by: 'race' | 'age' | 'greyscale', limit: number) {
  const db = openDatabase({ file, now: () => 0, logger: createMemoryLogger() })
  try {
    const groups = new MapGroupRepo(db)
    const read: { imageId: number; value: string | null }[] = []
    for (let after = 0; ;) {
      const page = groups.read(1, { by, after, limit })
      read.push(...page)
      if (page.length < limit) return read
      after = page.at(-1)?.imageId ?? after
    }
  } finally {
    db.close()
  }
}

describe('what tells images on a map apart', () => {
  it('is read for what is on the map and not removed, in the order of the images, whatever the page', () => {
    const ids = [1, 2, 4, 5, 6, 7, 8, 9, 10, 11]
    for (const limit of [3, 5, 100]) expect(readAll('race', limit).map(({ imageId }) => imageId)).toEqual(ids)
  })

  it('is the label as it is now, a missing one as null', () => {
    expect(readAll('race', 4).filter(({ value }) => value === null)).toEqual([
      { imageId: 5, value: null },
      { imageId: 10, value: null },
    ])
    expect(new Set(readAll('age', 4).map(({ value }) => value))).toEqual(new Set(['30-39']))
  })

  it('is the verdict of a check for those that it flags', () => {
    const flagged = readAll('greyscale', 4).filter(({ value }) => value === 'flagged')
    expect(flagged.map(({ imageId }) => imageId)).toEqual([2, 7])
    expect(new Set(readAll('greyscale', 4).map(({ value }) => value))).toEqual(
      new Set(['flagged', 'not flagged']),
    )
  })
})
