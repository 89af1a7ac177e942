import { copyFileSync } from 'node:fs'
import BetterSqlite3 from 'better-sqlite3'
import { expect, it } from 'vitest'
import { imageId } from '#shared/contract/base.contract.ts'
import { decisionRequest } from '#shared/contract/decision.contract.ts'
import { openDecisions, writeDecisionCatalogue } from '#tests/fixtures/decision-catalogue.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'

const { signal } = new AbortController()
const verify = (opened: ReturnType<typeof openDecisions>) => opened.chain.verify(() => Promise.resolve())

/** Changes a catalogue past its triggers. */
function change(file: string, sql: string): void {
  const db = new BetterSqlite3(file)
  for (const trigger of ['act_no_update', 'decision_no_update', 'decision_no_delete'])
    db.exec(`DROP TRIGGER ${trigger}`)
  db.exec(sql)
  db.close()
}

async function decide(file: string): Promise<void> {
  using opened = openDecisions(file)
  const images = [1, 2, 3].map((id) => ({ imageId: imageId.parse(id), revision: 0 }))
  const ask = { target: { images }, action: 'remove', reason: 'no-face', note: 'a statue' } as const
  await opened.decisions.decide(decisionRequest.parse(ask), { actor: 'Ann', signal })
  await opened.decisions.undo({ actor: 'Ann', signal })
  await opened.decisions.decide(
    decisionRequest.parse({
      target: { images: [{ imageId: imageId.parse(4), revision: 0 }] },
      action: 'keep',
    }),
    { actor: 'Bob', signal },
  )
}

it('acts are chained as they are made, and a later opening goes on with the chain', async () => {
  using folder = makeTemporaryFolder()
  const file = writeDecisionCatalogue(folder.path, 12)
  await decide(file)
  using opened = openDecisions(file)
  expect(await verify(opened)).toEqual({ acts: 3, blanked: 0, broken: null })
})

it('acts of an older version are put into the chain in their order, and seals are theirs from then on', async () => {
  using folder = makeTemporaryFolder()
  const file = writeDecisionCatalogue(folder.path, 12)
  await decide(file)
  change(
    file,
    `UPDATE decision SET salt = NULL, sealed = NULL; DELETE FROM ledger_head;
     UPDATE act SET position = NULL, previous = NULL, decisions = NULL, decisions_hash = NULL, hash = NULL`,
  )
  openDecisions(file)[Symbol.dispose]()
  using opened = openDecisions(file)
  expect(await verify(opened)).toEqual({ acts: 3, blanked: 0, broken: null })
  expect(opened.acts.chained({ after: 0, limit: 9 }).map(({ id, position }) => [id, position])).toEqual([
    [1, 1],
    [2, 2],
    [3, 3],
  ])
})

it('decisions that went with an erased image still hold; those that were deleted otherwise do not', async () => {
  using folder = makeTemporaryFolder()
  const file = writeDecisionCatalogue(folder.path, 12)
  await decide(file)
  using opened = openDecisions(file)
  const db = new BetterSqlite3(file)
  db.exec(`
    INSERT INTO job (id, kind, title, input, state, created_at) VALUES (1, 'erase', 'Erase', '{}', 'running', '');
    INSERT INTO erasure (id, job_id, actor, reason, at, images) VALUES (1, 1, 'Ann', 'withdrawn', '', 1);
    INSERT INTO erased_image VALUES (2, 1, zeroblob(32), zeroblob(32));
    DELETE FROM decision WHERE image_id = 2`)
  const { acts, blanked, broken } = await verify(opened)
  expect([acts, blanked > 0, broken]).toEqual([3, true, null])
  expect(() => db.exec('DELETE FROM decision WHERE image_id = 3')).toThrow('append-only')
  db.exec('DROP TRIGGER decision_no_delete; DELETE FROM decision WHERE image_id = 3')
  db.close()
  expect((await verify(opened)).broken).toMatchObject({
    position: 1,
    reason: expect.stringContaining('was deleted'),
  })
})

it('the first act is named that was changed, moved or left out, also at the end', async () => {
  using folder = makeTemporaryFolder()
  const file = writeDecisionCatalogue(folder.path, 12)
  await decide(file)
  const faults: unknown[] = []
  for (const [at, sql] of [
    "UPDATE act SET actor = 'Mallory' WHERE id = 2",
    "UPDATE decision SET note = 'a person' WHERE act_id = 1 AND image_id = 2 AND field = 'status'",
    'DELETE FROM decision WHERE act_id = 3 AND image_id = 4',
    'UPDATE act SET position = NULL WHERE id = 2',
    'UPDATE act SET position = NULL WHERE id = 3',
  ].entries()) {
    const copy = `${file}.${at}`
    copyFileSync(file, copy)
    using opened = openDecisions(copy)
    change(copy, sql)
    const { broken } = await verify(opened)
    faults.push([broken?.position, broken?.actId, broken?.reason.replace(/\d+/, 'N')])
  }
  expect(faults).toEqual([
    [2, 2, 'it was changed'],
    [1, 1, 'decision N was changed'],
    [3, 3, 'decision N was deleted'],
    [2, 3, 'an act is missing before it'],
    [2, null, 'acts are missing after it'],
  ])
})

it('the history still can only be added to', async () => {
  using folder = makeTemporaryFolder()
  const file = writeDecisionCatalogue(folder.path, 12)
  await decide(file)
  const db = new BetterSqlite3(file)
  for (const sql of [
    "UPDATE act SET title = 'x', hash = 'y'",
    "UPDATE act SET hash = 'y' WHERE id = 1",
    "UPDATE decision SET note = 'x'",
    "UPDATE decision SET sealed = x'00'",
    'DELETE FROM act',
    'DELETE FROM decision',
  ]) {
    expect(() => db.exec(sql)).toThrow('append-only')
  }
  db.close()
})
