import BetterSqlite3 from 'better-sqlite3'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { imageId } from '#shared/contract/base.contract.ts'
import { actId, decisionRequest, type DecisionRequest } from '#shared/contract/decision.contract.ts'
import type * as z from 'zod'
import {
  dumpStates,
  openDecisions,
  writeDecisionCatalogue,
  writeFindings,
} from '#tests/fixtures/decision-catalogue.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'

const signal = new AbortController().signal
const ann = { actor: 'Ann', signal }
const bob = { actor: 'Bob', signal }

type Input = z.input<typeof decisionRequest>
const ask = (input: Input): DecisionRequest => decisionRequest.parse(input)
const image = (id: number, revision = 0) => ({ imageId: imageId.parse(id), revision })

function openFresh(images = 12) {
  const folder = makeTemporaryFolder()
  const file = writeDecisionCatalogue(folder.path, images)
  const opened = openDecisions(file)
  return {
    ...opened,
    file,
    [Symbol.dispose]: () => {
      opened[Symbol.dispose]()
      folder[Symbol.dispose]()
    },
  }
}

const readImage = (file: string, id: number): unknown => {
  const db = new BetterSqlite3(file, { readonly: true })
  try {
    return db
      .prepare('SELECT status, race, age_years AS years, age_bin AS bin, revision FROM image WHERE id = ?')
      .get(id)
  } finally {
    db.close()
  }
}

describe('a decision', () => {
  it('changes the images, is one act, and is the revision of each', async () => {
    using opened = openFresh()
    const outcome = await opened.decisions.decide(
      ask({ target: { images: [image(1), image(2)] }, action: 'remove', note: 'a print' }),
      ann,
    )
    expect(outcome).toEqual({
      actId: 1,
      title: 'Removed 2 images',
      changed: 2,
      unchanged: 0,
      conflictCount: 0,
      conflicts: [],
    })
    expect(readImage(opened.file, 1)).toMatchObject({ status: 'removed', revision: 1 })
    expect(opened.changes).toEqual([['images', 'decisions']])
    const { items } = opened.history.list({ imageId: imageId.parse(2), cursor: undefined, limit: 5 })
    expect(items).toEqual([
      {
        actId: 1,
        kind: 'decide',
        title: 'Removed 2 images',
        reviewer: 'Ann',
        at: '2026-01-02T00:00:00.000Z',
        check: null,
        images: 2,
        conflicts: 0,
        isUndone: false,
        changes: [
          {
            imageId: 2,
            field: 'status',
            from: 'undecided',
            to: 'removed',
            check: null,
            reason: 'other',
            note: 'a print',
          },
        ],
      },
    ])
  })

  it('takes the reason of its queue where none is named', async () => {
    using opened = openFresh()
    await opened.decisions.decide(
      ask({ target: { images: [image(1)] }, action: 'remove', check: 'greyscale' }),
      ann,
    )
    const [entry] = opened.history.list({ imageId: undefined, cursor: undefined, limit: 1 }).items
    expect(entry?.changes[0]).toMatchObject({ reason: 'greyscale', check: 'greyscale' })
  })

  it('on a stale page is a conflict that is told, names who was faster and leaves the image; the others go through', async () => {
    using opened = openFresh()
    await opened.decisions.decide(ask({ target: { images: [image(1)] }, action: 'remove' }), bob)
    await opened.decisions.decide(
      ask({ target: { images: [image(2)] }, action: 'relabel', task: 'race', value: 'Black' }),
      bob,
    )
    const outcome = await opened.decisions.decide(
      ask({ target: { images: [image(1), image(2), image(3), image(99)] }, action: 'keep' }),
      ann,
    )
    expect(outcome.changed).toBe(1)
    expect(
      outcome.conflicts.map(({ imageId: id, reason, by, revision }) => [id, reason, by, revision]),
    ).toEqual([
      [1, 'removed', 'Bob', 1],
      [2, 'changed', 'Bob', 2],
      [99, 'missing', null, null],
    ])
    expect(readImage(opened.file, 1)).toMatchObject({ status: 'removed', revision: 1 })
    expect(readImage(opened.file, 2)).toMatchObject({ status: 'undecided', race: 'Black', revision: 2 })
  })

  it('that is cancelled while it waits for its copy is not carried out', async () => {
    using opened = openFresh()
    const initial = dumpStates(opened.file)
    const stop = new AbortController()
    const waiting = Promise.withResolvers<undefined>()
    const copied = Promise.withResolvers<undefined>()
    const copy = {
      get written() {
        waiting.resolve(undefined)
        return copied.promise
      },
    }
    const request = ask({ target: { images: [image(1), image(2)] }, action: 'remove' })
    const deciding = opened.decisions.decide(request, { actor: 'Ann', signal: stop.signal, copy })
    await waiting.promise
    stop.abort(new Error('stopped'))
    copied.resolve(undefined)
    await expect(deciding).rejects.toThrow('stopped')
    expect(dumpStates(opened.file)).toEqual(initial)
    expect(opened.history.list({ imageId: undefined, cursor: undefined, limit: 5 }).items).toEqual([])
  })

  it('that changes nothing makes no act', async () => {
    using opened = openFresh()
    const request = ask({ target: { images: [image(1)] }, action: 'clear-suspect' })
    expect(await opened.decisions.decide(request, ann)).toMatchObject({ actId: null, unchanged: 1 })
    expect(opened.history.list({ imageId: undefined, cursor: undefined, limit: 5 }).items).toEqual([])
  })

  it('on a query that gives another number by now is refused as a whole', async () => {
    using opened = openFresh()
    const request = ask({ target: { query: {}, expectedCount: 9 }, action: 'remove' })
    await expect(opened.decisions.decide(request, ann)).rejects.toMatchObject({ code: 'CONFLICT' })
    const right = ask({ target: { query: {}, expectedCount: 10 }, action: 'remove' })
    expect(await opened.decisions.decide(right, ann)).toMatchObject({ changed: 10 })
  })
})

describe('a relabel', () => {
  const relabel = (id: number, task: 'age' | 'race', value: string | null): DecisionRequest =>
    ask({ target: { images: [image(id)] }, action: 'relabel', task, value })

  it('by years derives the bin, by a bin clears the years and keeps them in the history', async () => {
    using opened = openFresh()
    await opened.decisions.decide(relabel(2, 'age', '45'), ann)
    await opened.decisions.decide(relabel(1, 'age', '40-49'), ann)
    expect(readImage(opened.file, 2)).toMatchObject({ years: 45, bin: '40-49' })
    expect(readImage(opened.file, 1)).toMatchObject({ years: null, bin: '40-49' })
    const [entry] = opened.history.list({ imageId: imageId.parse(1), cursor: undefined, limit: 1 }).items
    expect(entry?.changes[0]).toMatchObject({ field: 'age', from: '34', to: '40-49' })
  })

  it('by the bin that the years lie in changes nothing', async () => {
    using opened = openFresh()
    expect(await opened.decisions.decide(relabel(1, 'age', '30-39'), ann)).toMatchObject({ unchanged: 1 })
  })

  it('to a label that the data set does not use is a conflict, to none of any scheme an invalid input', async () => {
    using opened = openFresh()
    const outcome = await opened.decisions.decide(relabel(1, 'race', 'Middle Eastern'), ann)
    expect(outcome.conflicts).toMatchObject([{ reason: 'scheme' }])
    await expect(opened.decisions.decide(relabel(1, 'race', 'Martian'), ann)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    })
    await expect(opened.decisions.decide(relabel(1, 'age', '117'), ann)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    })
  })

  it("writes the label's provenance", async () => {
    using opened = openFresh()
    await opened.decisions.decide(relabel(1, 'race', null), ann)
    const db = new BetterSqlite3(opened.file, { readonly: true })
    expect(db.prepare('SELECT image_id, task, value, source, actor FROM label_event').all()).toEqual([
      { image_id: 1, task: 'race', value: null, source: 'person', actor: 'Ann' },
    ])
    db.close()
  })
})

describe('a queue', () => {
  it('is closed for an image by a keep or relabel in it, and by a keep outside of any queue', async () => {
    using opened = openFresh()
    writeFindings(opened.file, 'greyscale', [1, 2, 3, 4])
    writeFindings(opened.file, 'label-race', [1, 2, 3])
    const { decisions, history } = opened
    await decisions.decide(ask({ target: { images: [image(1)] }, action: 'keep', check: 'greyscale' }), ann)
    await decisions.decide(ask({ target: { images: [image(2)] }, action: 'keep' }), ann)
    await decisions.decide(ask({ target: { images: [image(4)] }, action: 'remove' }), ann)
    const relabel = ask({
      target: { images: [image(3)] },
      action: 'relabel',
      task: 'race',
      value: 'Indian',
      check: 'label-race',
    })
    await decisions.decide(relabel, ann)
    expect(history.progress('greyscale')).toMatchObject({ decided: 3, total: 4 })
    expect(history.progress('label-race')).toMatchObject({ decided: 2, total: 3 })
    await decisions.decide(ask({ target: { images: [image(2, 2)] }, action: 'restore' }), ann)
    expect(history.progress('greyscale')).toMatchObject({ decided: 2, total: 4 })
  })

  it('tells the rate of the present session and the time that is left', async () => {
    using opened = openFresh()
    writeFindings(opened.file, 'greyscale', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    for (const [index, pause] of [0, 3_600_000, 10_000, 20_000].entries()) {
      opened.clock.now += pause
      const target = { images: [image(index + 1)] }
      await opened.decisions.decide(ask({ target, action: 'keep', check: 'greyscale' }), ann)
    }
    expect(opened.history.progress('greyscale')).toEqual({
      check: 'greyscale',
      decided: 4,
      total: 10,
      perMinute: 4,
      minutesLeft: 1.5,
    })
  })

  it('decides a group in one act: one is kept, the others go as duplicates; a member not seen is left alone', async () => {
    using opened = openFresh()
    writeFindings(opened.file, 'exact-duplicate', [2, 5, 7, 8], 2)
    const target = { check: 'exact-duplicate' as const, groupId: 2, keep: [imageId.parse(5)] }
    const seen = [image(2), image(5), image(7)]
    const request = ask({ target: { ...target, seen }, action: 'remove' })
    const outcome = await opened.decisions.decide(request, ann)
    expect(outcome).toMatchObject({ changed: 3, conflicts: [{ imageId: 8, reason: 'group' }] })
    expect(opened.history.progress('exact-duplicate')).toMatchObject({ decided: 3, total: 4 })
    const statuses = [2, 5, 7, 8].map((id) => readImage(opened.file, id))
    expect(statuses).toMatchObject([
      { status: 'removed' },
      { status: 'kept' },
      { status: 'removed' },
      { status: 'undecided' },
    ])
  })
})

describe('undo and redo', () => {
  it('refuse what somebody has changed since, tell it, and go on with the act before', async () => {
    using opened = openFresh()
    const { decisions } = opened
    await decisions.decide(ask({ target: { images: [image(3)] }, action: 'keep' }), ann)
    await decisions.decide(ask({ target: { images: [image(1), image(2)] }, action: 'remove' }), ann)
    await decisions.decide(ask({ target: { images: [image(1, 2)] }, action: 'restore' }), bob)
    const undone = await decisions.undo(ann)
    expect(undone).toMatchObject({ changed: 1, conflicts: [{ imageId: 1, reason: 'changed', by: 'Bob' }] })
    expect(await decisions.undo(ann)).toMatchObject({ title: 'Undo: Kept 1 image', changed: 1 })
    await expect(decisions.undo(ann)).rejects.toMatchObject({ code: 'PRECONDITION' })
    expect(await decisions.redo(ann)).toMatchObject({ title: 'Redo: Kept 1 image' })
    expect(await decisions.redo(ann)).toMatchObject({ changed: 1 })
    expect(readImage(opened.file, 1)).toMatchObject({ status: 'undecided' })
    expect(readImage(opened.file, 2)).toMatchObject({ status: 'removed' })
  })

  it('takes back the act that is named and leaves those after it', async () => {
    using opened = openFresh()
    const { decisions } = opened
    const first = await decisions.decide(ask({ target: { images: [image(1)] }, action: 'keep' }), ann)
    await decisions.decide(ask({ target: { images: [image(2)] }, action: 'keep' }), ann)
    const wanted = first.actId ?? undefined
    expect(await decisions.undo(ann, wanted)).toMatchObject({ title: 'Undo: Kept 1 image', changed: 1 })
    expect([1, 2].map((id) => readImage(opened.file, id))).toMatchObject([
      { status: 'undecided' },
      { status: 'kept' },
    ])
    await expect(decisions.undo(ann, wanted)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: '"Kept 1 image" is undone already.',
    })
    await expect(decisions.undo(bob, opened.history.state('Ann').undo?.actId)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: '"Kept 1 image" was done by Ann, who alone can undo it.',
    })
    await expect(decisions.undo(ann, actId.parse(99))).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await decisions.redo(ann)).toMatchObject({ title: 'Redo: Kept 1 image', changed: 1 })
  })

  it('leaves what a later act decided anew, even to the same value', async () => {
    using opened = openFresh()
    const { decisions } = opened
    const first = await decisions.decide(ask({ target: { images: [image(1)] }, action: 'keep' }), ann)
    await decisions.decide(ask({ target: { images: [image(1, 1)] }, action: 'restore' }), ann)
    await decisions.decide(ask({ target: { images: [image(1, 2)] }, action: 'keep' }), ann)
    expect(await decisions.undo(ann, first.actId ?? undefined)).toMatchObject({
      changed: 0,
      conflicts: [{ imageId: 1, reason: 'changed' }],
    })
    expect(readImage(opened.file, 1)).toMatchObject({ status: 'kept' })
  })

  it('bring back the reason of the removal', async () => {
    using opened = openFresh()
    const { decisions, history } = opened
    await decisions.decide(
      ask({ target: { images: [image(1)] }, action: 'remove', reason: 'no-face', note: 'a dog' }),
      ann,
    )
    await decisions.undo(ann)
    await decisions.redo(ann)
    const [entry] = history.list({ imageId: undefined, cursor: undefined, limit: 1 }).items
    expect(entry?.changes[0]).toMatchObject({ to: 'removed', reason: 'no-face', note: 'a dog' })
  })

  it('a new decision clears what could be redone', async () => {
    using opened = openFresh()
    await opened.decisions.decide(ask({ target: { images: [image(1)] }, action: 'keep' }), ann)
    await opened.decisions.undo(ann)
    expect(opened.history.state('Ann').redo).not.toBeNull()
    await opened.decisions.decide(ask({ target: { images: [image(2)] }, action: 'keep' }), ann)
    expect(opened.history.state('Ann')).toMatchObject({ redo: null, undo: { title: 'Kept 1 image' } })
  })

  const step = fc.record({
    images: fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }),
    choice: fc.oneof(
      fc.constantFrom<Partial<Input>>(
        { action: 'keep' },
        { action: 'keep', check: 'greyscale' },
        { action: 'remove', check: 'blurry' },
        { action: 'remove', reason: 'other', note: 'why' },
        { action: 'suspect' },
        { action: 'clear-suspect' },
        { action: 'restore' },
      ),
      fc
        .constantFrom('White', 'Black', 'Indian', null)
        .map((value): Partial<Input> => ({ action: 'relabel', task: 'race', value, check: 'label-race' })),
      fc
        .constantFrom('34', '0.5', '70+', '30-39', '116', null)
        .map((value): Partial<Input> => ({ action: 'relabel', task: 'age', value })),
    ),
    /** After the decision: how often undo, then redo. */
    undo: fc.integer({ min: 0, max: 2 }),
    redo: fc.integer({ min: 0, max: 2 }),
  })

  it('of any sequence: all undone is the initial state, all redone the final one, also across restarts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        using folder = makeTemporaryFolder()
        const file = writeDecisionCatalogue(folder.path, 6)
        const initial = dumpStates(file)
        for (const { images, choice, undo, redo } of steps) {
          using opened = openDecisions(file)
          const states = opened.states.read(images)
          const seen = images.map((id) => image(id, states.get(id)?.revision ?? 0))
          await opened.decisions.decide(decisionRequest.parse({ ...choice, target: { images: seen } }), ann)
          for (let count = 0; count < undo; count++)
            if (opened.history.state('Ann').undo !== null) await opened.decisions.undo(ann)
          for (let count = 0; count < redo; count++)
            if (opened.history.state('Ann').redo !== null) await opened.decisions.redo(ann)
        }
        using again = openDecisions(file)
        while (again.history.state('Ann').redo !== null) await again.decisions.redo(ann)
        const final = dumpStates(file)
        let undone = 0
        while (again.history.state('Ann').undo !== null) {
          expect((await again.decisions.undo(ann)).conflictCount).toBe(0)
          undone += 1
        }
        expect(dumpStates(file)).toEqual(initial)
        using reopened = openDecisions(file)
        for (let count = 0; count < undone; count++) await reopened.decisions.redo(ann)
        expect(reopened.history.state('Ann').redo).toBeNull()
        expect(dumpStates(file)).toEqual(final)
      }),
      { numRuns: 25 },
    )
  })
})

describe('the history', () => {
  it('refuses every change and deletion', async () => {
    using opened = openFresh()
    await opened.decisions.decide(ask({ target: { images: [image(1)] }, action: 'keep' }), ann)
    const db = new BetterSqlite3(opened.file)
    for (const sql of [
      "UPDATE act SET title = 'x'",
      'DELETE FROM act',
      "UPDATE decision SET new_value = 'removed'",
      'DELETE FROM decision',
      "INSERT INTO decision (act_id, image_id, field, new_value) VALUES (1, 2, 'status', 'kept')",
    ])
      expect(() => db.exec(sql)).toThrow(/append-only|immutable/)
    db.close()
  })

  it('of an act that the end of the process cut off is sealed at the next start, and one undo takes it back', async () => {
    using folder = makeTemporaryFolder()
    const file = writeDecisionCatalogue(folder.path, 4)
    const initial = dumpStates(file)
    const db = new BetterSqlite3(file)
    db.exec(`
      INSERT INTO act (id, kind, title, actor, at) VALUES (1, 'decide', 'Removed 4 images', 'Ann', '2026-01-01T00:00:00.000Z');
      INSERT INTO decision (act_id, image_id, field, old_value, new_value) VALUES (1, 2, 'status', 'undecided', 'removed');
      UPDATE image SET status = 'removed', revision = 1 WHERE id = 2`)
    db.close()
    using opened = openDecisions(file)
    expect(opened.history.state('Ann').undo).toMatchObject({ title: 'Removed 4 images (cut off)', images: 1 })
    expect(await opened.decisions.undo(ann)).toMatchObject({ changed: 1 })
    expect(dumpStates(file)).toEqual(initial)
  })

  it('of an act that was stopped tells what was written, and one undo takes it back', async () => {
    using opened = openFresh(600)
    const initial = dumpStates(opened.file)
    const images = Array.from({ length: 600 }, (_, index) => image(index + 1))
    const stop = new AbortController()
    const deciding = opened.decisions.decide(ask({ target: { images }, action: 'remove' }), {
      actor: 'Ann',
      signal: stop.signal,
    })
    setImmediate(() => stop.abort(new Error('stopped')))
    await expect(deciding).rejects.toThrow('stopped')
    const state = opened.history.state('Ann')
    expect(state.undo?.title).toMatch(/^Removed \d+ images \(cut off\)$/)
    await opened.decisions.undo(ann)
    expect(dumpStates(opened.file)).toEqual(initial)
  })

  it('pages from the newest back', async () => {
    using opened = openFresh()
    for (const id of [1, 2, 3])
      await opened.decisions.decide(ask({ target: { images: [image(id)] }, action: 'keep' }), ann)
    const first = opened.history.list({ imageId: undefined, cursor: undefined, limit: 2 })
    const rest = opened.history.list({
      imageId: undefined,
      cursor: first.nextCursor ?? undefined,
      limit: 2,
    })
    expect([first, rest].map(({ items }) => items.map(({ actId: act }) => act))).toEqual([[3, 2], [1]])
    expect(rest.nextCursor).toBeNull()
  })
})

/** Images 2, 4 and 6 are equal; 1 and 8 carry different labels; 3 and 5 are equal with one year between them. */
function openCopies() {
  const opened = openFresh()
  writeFindings(opened.file, 'exact-duplicate', [2, 4, 6], 2)
  writeFindings(opened.file, 'exact-duplicate', [1, 8], 1)
  writeFindings(opened.file, 'conflicting-labels', [1, 8], 1)
  opened.db.prepareCommand("UPDATE image SET gender = 'Male' WHERE id = 8").run()
  return opened
}
const settle = (expectedGroups: number) =>
  ask({ target: { check: 'exact-duplicate', groups: 'suggested', expectedGroups }, action: 'remove' })
const statusOf = (file: string, id: number): unknown => Reflect.get(Object(readImage(file, id)), 'status')

describe('copies of one picture', () => {
  it('that agree leave one in every group; where labels differ none is chosen; one undo takes it all back', async () => {
    using opened = openCopies()
    const before = dumpStates(opened.file)
    await expect(opened.decisions.decide(settle(2), ann)).rejects.toMatchObject({ code: 'CONFLICT' })
    const outcome = await opened.decisions.decide(settle(1), ann)
    expect(outcome).toMatchObject({
      changed: 3,
      title: 'Kept one copy in each of 1 group of copies (3 images)',
    })
    expect([2, 4, 6, 1, 8].map((id) => statusOf(opened.file, id))).toEqual([
      'kept',
      'removed',
      'removed',
      'undecided',
      'undecided',
    ])
    expect(opened.history.progress('exact-duplicate')).toMatchObject({ decided: 3, total: 5 })
    await opened.decisions.undo(ann)
    expect(dumpStates(opened.file)).toEqual(before)
  })

  it('are never all removed by a search for copies, in whatever words', async () => {
    for (const query of [
      { findings: ['exact-duplicate' as const] },
      { search: 'finding:exact-duplicate' },
      { search: 'open:exact-duplicate' },
    ]) {
      using opened = openCopies()
      const outcome = await opened.decisions.decide(
        ask({ target: { query, expectedCount: 10 }, action: 'remove' }),
        ann,
      )
      expect(outcome.conflicts.map(({ imageId: id, reason }) => [id, reason])).toEqual([
        [1, 'last-copy'],
        [2, 'last-copy'],
        [8, 'last-copy'],
      ])
      expect([2, 4, 6, 1, 8].map((id) => statusOf(opened.file, id) === 'removed')).toEqual([
        false,
        true,
        true,
        false,
        false,
      ])
    }
  })

  it('of a group that is kept once are settled in every queue that holds nothing else', async () => {
    using opened = openCopies()
    writeFindings(opened.file, 'near-duplicate', [2, 4, 6], 2)
    await opened.decisions.decide(settle(1), ann)
    expect(opened.history.progress('near-duplicate')).toMatchObject({ decided: 3, total: 3 })
  })

  it('leave the label in doubt when the one that contradicts it is removed, until somebody confirms it', async () => {
    using opened = openCopies()
    const target = { check: 'conflicting-labels' as const, groupId: 1, keep: [imageId.parse(1)] }
    await opened.decisions.decide(ask({ target, action: 'remove' }), ann)
    expect(statusOf(opened.file, 8)).toBe('removed')
    expect(opened.history.progress('conflicting-labels')).toMatchObject({ decided: 1, total: 2 })
    expect(opened.history.progress('exact-duplicate')).toMatchObject({ decided: 2, total: 5 })
    const confirmed = ask({
      target: { images: [image(1, 1)] },
      action: 'keep',
      check: 'conflicting-labels',
    })
    await opened.decisions.decide(confirmed, ann)
    expect(opened.history.progress('conflicting-labels')).toMatchObject({ decided: 2, total: 2 })
  })

  it('leave it in doubt whatever is done elsewhere: a keep, a bulk act, undo and redo', async () => {
    using opened = openCopies()
    const decided = () => opened.history.progress('conflicting-labels').decided
    const target = { check: 'conflicting-labels' as const, groupId: 1, keep: [imageId.parse(1)] }
    await opened.decisions.decide(ask({ target, action: 'remove' }), ann)
    await opened.decisions.undo(ann)
    expect(decided()).toBe(0)
    await opened.decisions.redo(ann)
    expect(decided()).toBe(1)
    await opened.decisions.decide(settle(1), ann)
    const all = { query: { findings: ['conflicting-labels' as const] }, expectedCount: 10 }
    await opened.decisions.decide(ask({ target: all, action: 'keep' }), ann)
    await opened.decisions.decide(ask({ target: all, action: 'keep', check: 'exact-duplicate' }), ann)
    expect(decided()).toBe(1)
    await opened.decisions.decide(ask({ target: all, action: 'keep', check: 'conflicting-labels' }), ann)
    expect(decided()).toBe(2)
  })

  it('give the one that stays the labels that were taken from them, which confirms those', async () => {
    using opened = openCopies()
    const target = { check: 'conflicting-labels' as const, groupId: 1, keep: [imageId.parse(1)] }
    const taken = ask({ target: { ...target, labels: { gender: 'Male', age: '35' } }, action: 'remove' })
    const outcome = await opened.decisions.decide(taken, ann)
    expect(outcome).toMatchObject({ changed: 2, conflictCount: 0 })
    expect(readImage(opened.file, 1)).toMatchObject({ status: 'kept', years: 35 })
    expect(opened.history.progress('conflicting-labels')).toMatchObject({ decided: 2, total: 2 })
    expect(opened.history.progress('exact-duplicate')).toMatchObject({ decided: 2, total: 5 })
  })

  it('leave as duplicates where one of them stays, and for the reason of their queue where none does', async () => {
    for (const [keep, reason] of [
      [[imageId.parse(1)], 'duplicate'],
      [[], 'wrong-label'],
    ] as const) {
      using opened = openCopies()
      const target = { check: 'conflicting-labels' as const, groupId: 1, keep: [...keep] }
      await opened.decisions.decide(ask({ target, action: 'remove' }), ann)
      const [entry] = opened.history.list({ imageId: imageId.parse(8), cursor: undefined, limit: 1 }).items
      expect(entry?.changes).toMatchObject([{ to: 'removed', reason }])
    }
  })

  it('stay in doubt where a label that differs was not among those taken', async () => {
    using opened = openCopies()
    const target = { check: 'conflicting-labels' as const, groupId: 1, keep: [imageId.parse(1)] }
    await opened.decisions.decide(
      ask({ target: { ...target, labels: { age: '35' } }, action: 'remove' }),
      ann,
    )
    expect(opened.history.progress('conflicting-labels')).toMatchObject({ decided: 1, total: 2 })
  })

  it('and labels taken from them go with a removal alone', () => {
    const target = { check: 'exact-duplicate', groups: 'suggested', expectedGroups: 1 } as const
    expect(decisionRequest.safeParse({ target, action: 'keep' }).success).toBe(false)
  })
})
