import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { expect, it } from 'vitest'
import { migration0230 } from '#engine/base/db/migrations/0230-remeasured-cuts.ts'
import { migrations } from '#engine/base/db/migrations.ts'
import { openDatabase } from '#engine/base/db/open-database.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { createMemoryLogger } from '#tests/fixtures/logs.ts'
import { checkIds, checks, type CheckId } from '#shared/domain/checks.ts'

const remeasured: readonly CheckId[] = [
  'low-information',
  'blurry',
  'border',
  'extreme-pose',
  'neighbours-race',
  'neighbours-gender',
  'neighbours-age',
]

it('cuts that were chosen on scores of another kind go, and all others stay', () => {
  using folder = makeTemporaryFolder()
  const file = join(folder.path, 'catalogue.sqlite')
  const older = migrations.filter(({ version }) => version < migration0230.version)
  const common = { file, now: () => 0, logger: createMemoryLogger() }
  openDatabase({ ...common, migrations: older }).close()
  const old = new BetterSqlite3(file)
  const withCut = checkIds.filter((id) => checks[id].cut !== null)
  const put = old.prepare('INSERT INTO check_setting (check_id, cut) VALUES (?, 0.4)')
  for (const id of withCut) put.run(checks[id].code)
  old.close()
  openDatabase({ ...common, migrations: [...older, migration0230] }).close()
  const now = new BetterSqlite3(file, { readonly: true })
  const kept = new Set(now.prepare('SELECT check_id FROM check_setting').pluck().all())
  now.close()
  expect(withCut.filter((id) => !kept.has(checks[id].code))).toEqual(remeasured)
})
