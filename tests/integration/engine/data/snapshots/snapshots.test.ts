import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { imageId, snapshotId as snapshotIdSchema } from '#shared/contract/base.contract.ts'
import type { EngineClient } from '#tests/fixtures/engine.ts'
import { importFolder, openProject } from '#tests/fixtures/imports.ts'
import { finishWell } from '#tests/fixtures/jobs.ts'
import { drawLabelledPictures } from '#tests/fixtures/labelled-project.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'

async function openWithPictures(count = 12) {
  const opened = await openProject()
  await drawLabelledPictures(opened.source, count)
  await importFolder(opened.client, { source: opened.source, format: 'utkface' })
  return opened
}

const remove = (client: EngineClient, ids: readonly number[]) =>
  client.decision.decide({
    target: { images: ids.map((id) => ({ imageId: imageId.parse(id), revision: 0 })) },
    action: 'remove',
    reviewer: 'Ann',
  })

describe('a snapshot', () => {
  it('keeps every image that is not removed, with its labels; its hash names the content', async () => {
    await using opened = await openWithPictures()
    const { client } = opened
    const first = await client.snapshot.create({ name: 'Before', note: 'as imported', reviewer: 'Ann' })
    expect(first).toMatchObject({ id: 1, name: 'Before', note: 'as imported', reviewer: 'Ann', images: 12 })
    const same = await client.snapshot.create({})
    expect(same).toMatchObject({ name: 'Snapshot 2', hash: first.hash })
    await remove(client, [1, 2])
    const later = await client.snapshot.create({})
    expect(later.images).toBe(10)
    expect(later.hash).not.toBe(first.hash)
    await client.decision.undo({ reviewer: 'Ann' })
    expect(await client.snapshot.create({})).toMatchObject({ images: 12, hash: first.hash })
    expect((await client.snapshot.list()).map(({ name }) => name)).toEqual([
      'Snapshot 4',
      'Snapshot 3',
      'Snapshot 2',
      'Before',
    ])
  })

  it('has the same hash in another project with the same files, imported in another order', async () => {
    await using one = await openWithPictures(6)
    await using other = await openProject()
    await drawLabelledPictures(other.source, 2, 4)
    const name = 'faces'
    await importFolder(other.client, { source: other.source, format: 'utkface', name })
    await drawLabelledPictures(other.source, 4)
    await importFolder(other.client, { source: other.source, format: 'utkface', name })
    const [a, b] = [await one.client.snapshot.create({}), await other.client.snapshot.create({})]
    expect(b.hash).toBe(a.hash)
  })

  it('differs from another by images and labels, told in words and by pages', async () => {
    await using opened = await openWithPictures()
    const { client } = opened
    const a = await client.snapshot.create({})
    await remove(client, [1, 2, 3])
    await client.decision.decide({
      target: { images: [{ imageId: imageId.parse(4), revision: 0 }] },
      action: 'relabel',
      task: 'age',
      value: '70+',
    })
    const b = await client.snapshot.create({})
    const diff = await client.snapshot.diff({ a: a.id, b: b.id, limit: 2 })
    expect(diff).toMatchObject({
      added: 0,
      removed: 3,
      changed: 1,
      labels: 1,
      byTask: { race: 0, gender: 0, age: 1, identity: 0 },
      text: '+0 -3 images, 1 label changed',
      nextCursor: 2,
    })
    expect(diff.items.map(({ kind, imageId: id }) => [kind, id])).toEqual([
      ['removed', 1],
      ['removed', 2],
    ])
    const rest = await client.snapshot.diff({ a: a.id, b: b.id, cursor: 2 })
    expect(rest.items.at(-1)).toMatchObject({
      kind: 'changed',
      imageId: 4,
      before: { age: '26' },
      after: { age: '70+' },
    })
    const changed = await client.snapshot.diff({ a: b.id, b: a.id, kind: 'added', limit: 1 })
    expect(changed).toMatchObject({ text: '+3 -0 images, 1 label changed', nextCursor: 1 })
    const now = await client.snapshot.diff({ a: b.id })
    expect(now).toMatchObject({ text: '+0 -0 images, 0 labels changed', items: [] })
  })

  it('can be neither changed nor deleted, and its name is taken', async () => {
    await using opened = await openWithPictures(3)
    await opened.client.snapshot.create({ name: 'Kept' })
    await expect(opened.client.snapshot.create({ name: 'Kept' })).rejects.toMatchObject({ code: 'CONFLICT' })
    const db = new BetterSqlite3(join(opened.project, 'catalogue.sqlite'))
    for (const sql of [
      "UPDATE snapshot SET name = 'x'",
      'DELETE FROM snapshot',
      'UPDATE snapshot_member SET race = NULL',
      'DELETE FROM snapshot_member',
      'INSERT INTO snapshot_member (snapshot_id, image_id) VALUES (1, 1)',
    ])
      expect(() => db.exec(sql)).toThrow(/immutable/)
    db.close()
  })

  it('that was cut off is seen by nobody, and is cleared away by the next one', async () => {
    await using opened = await openWithPictures(3)
    const db = new BetterSqlite3(join(opened.project, 'catalogue.sqlite'))
    db.exec(`
      INSERT INTO snapshot (id, name, note, actor, hash, images, created_at)
        VALUES (1, 'Half', '', 'Ann', '${'a'.repeat(64)}', 3, '2026-01-01T00:00:00.000Z');
      INSERT INTO snapshot_member (snapshot_id, image_id) VALUES (1, 1)`)
    expect(await opened.client.snapshot.list()).toEqual([])
    await opened.client.snapshot.create({ name: 'Whole' })
    expect(db.prepare('SELECT name FROM snapshot').pluck().all()).toEqual(['Whole'])
    db.close()
  })

  it('of an empty catalogue is refused, and of an unknown number not found', async () => {
    await using opened = await openProject()
    await expect(opened.client.snapshot.create({})).rejects.toMatchObject({ code: 'PRECONDITION' })
    await expect(opened.client.snapshot.get({ snapshotId: 7 })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('decisions in an open project', () => {
  it('by two windows at once: the slower one is told who was faster, and nothing is overwritten', async () => {
    await using opened = await openWithPictures(4)
    const images = [1, 2].map((id) => ({ imageId: imageId.parse(id), revision: 0 }))
    const [fast, slow] = await Promise.all([
      opened.client.decision.decide({ target: { images }, action: 'remove', reviewer: 'Ann' }),
      opened.client.decision.decide({ target: { images }, action: 'keep', reviewer: 'Bob' }),
    ])
    expect([fast.changed, slow.changed, slow.conflictCount]).toEqual([2, 0, 2])
    expect(slow.conflicts[0]).toMatchObject({ reason: 'removed', by: 'Ann', message: /removed by Ann/ })
  })

  it('keep removed images out of new splits, and count relabelled ones by their new label', async () => {
    await using opened = await openWithPictures(20)
    const { client } = opened
    await remove(client, [1, 2, 3, 4, 5])
    await client.decision.decide({
      target: { images: [{ imageId: imageId.parse(6), revision: 0 }] },
      action: 'relabel',
      task: 'race',
      value: 'Others',
    })
    await finishWell(client, (await client.split.create({})).jobId)
    const db = new BetterSqlite3(join(opened.project, 'catalogue.sqlite'), { readonly: true })
    const members = db.prepare('SELECT image_id AS id, race FROM split_member ORDER BY image_id').all()
    db.close()
    expect(members).toHaveLength(15)
    expect(members[0]).toEqual({ id: 6, race: 'Others' })
  })

  it('stand when the same folder is imported again', async () => {
    await using opened = await openWithPictures(4)
    const { client } = opened
    const relabel = (id: number, task: 'race' | 'age', value: string | null) =>
      client.decision.decide({
        target: { images: [{ imageId: imageId.parse(id), revision: 0 }] },
        action: 'relabel',
        task,
        value,
      })
    await relabel(1, 'race', 'Others')
    await relabel(2, 'age', null)
    await relabel(3, 'race', null)
    await client.decision.undo({})
    const again = await importFolder(client, { source: opened.source, format: 'utkface' })
    expect(again).toMatchObject({ imported: 0, unchanged: 4, skipped: [] })
    const tiles = (await client.image.query({})).items
    expect(tiles.map(({ race, ageYears, ageBin }) => [race, ageYears, ageBin])).toEqual([
      ['Others', 12, '10-19'],
      [expect.any(String), null, null],
      [expect.any(String), expect.any(Number), expect.any(String)],
      [expect.any(String), expect.any(Number), expect.any(String)],
    ])
  })

  it('do not reach a split of an earlier snapshot, which names it', async () => {
    await using opened = await openWithPictures(20)
    const { client } = opened
    const { id: snapshotId } = await client.snapshot.create({})
    await finishWell(client, (await client.split.create({})).jobId)
    await remove(client, [1, 2])
    await finishWell(client, (await client.split.create({ snapshotId })).jobId)
    const [later, earlier] = await client.split.list()
    expect([later?.snapshotId, earlier?.snapshotId]).toEqual([snapshotId, null])
    expect(later?.hash).toBe(earlier?.hash)
    const unknown = client.split.create({ snapshotId: snapshotIdSchema.parse(9) })
    await expect(unknown).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('stand under the name of the settings, which is kept', async () => {
    using folder = makeTemporaryFolder()
    {
      await using opened = openEngine(folder.path)
      expect(await opened.client.settings.get()).toMatchObject({ isReviewerChosen: false })
      await opened.client.settings.update({ reviewer: 'Ann' })
    }
    await using again = openEngine(folder.path)
    expect(await again.client.settings.get()).toEqual({
      reviewer: 'Ann',
      isReviewerChosen: true,
      copiesKept: 20,
    })
    expect((await again.client.settings.update({ reviewer: null })).isReviewerChosen).toBe(false)
  })
})
