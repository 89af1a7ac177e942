import { describe, expect, it } from 'vitest'
import { imageId } from '#shared/contract/base.contract.ts'
import { decisionRequest } from '#shared/contract/decision.contract.ts'
import { ReadingRepo } from '#engine/curation/readings/reading.repo.ts'
import { ReadingService } from '#engine/curation/readings/reading.service.ts'
import { SettlementService } from '#engine/curation/readings/settlement.service.ts'
import { openDecisions, writeDecisionCatalogue, writeFindings } from '#tests/fixtures/decision-catalogue.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'

const ann = { actor: 'Ann', signal: new AbortController().signal }

/** Ann has decided five of six findings of one queue: two removed, two kept, one relabelled. */
async function openDecidedQueue() {
  const folder = makeTemporaryFolder()
  const file = writeDecisionCatalogue(folder.path, 10)
  const opened = openDecisions(file)
  writeFindings(file, 'label-race', [1, 2, 3, 4, 6, 7])
  const decide = (id: number, action: 'keep' | 'remove' | 'relabel') =>
    opened.decisions.decide(
      decisionRequest.parse({
        target: { images: [{ imageId: id, revision: 0 }] },
        action,
        check: 'label-race',
        ...(action === 'relabel' ? { task: 'race', value: 'Indian' } : {}),
      }),
      ann,
    )
  await decide(1, 'remove')
  await decide(2, 'remove')
  await decide(3, 'keep')
  await decide(4, 'keep')
  await decide(6, 'relabel')
  // Taken back: not decided, and not drawn.
  await decide(7, 'remove')
  await opened.decisions.undo(ann)
  const repo = new ReadingRepo(opened.db)
  const readings = new ReadingService({
    readings: repo,
    imageStates: opened.states,
    decisions: opened.decisions,
    now: () => opened.clock.now,
    publishChange: () => undefined,
  })
  const openSettlements = (rows: Pick<ReadingRepo, 'settle' | 'imported'>) =>
    new SettlementService({
      readings: rows,
      service: readings,
      decisions: opened.decisions,
      imageStates: opened.states,
      now: () => opened.clock.now,
    })
  const settlements = openSettlements(repo)
  /** As where the process ends before the settlement is stored. */
  const cutOff = openSettlements({
    imported: (image, task) => repo.imported(image, task),
    settle: () => {
      throw new Error('cut off')
    },
  })
  return {
    ...opened,
    readings,
    settlements,
    cutOff,
    [Symbol.dispose]: () => {
      opened[Symbol.dispose]()
      folder[Symbol.dispose]()
    },
  }
}

const start = { check: 'label-race', sample: 100, seed: 1, actor: 'Bob' } as const
const id = (number: number) => imageId.parse(number)

describe('a second reading', () => {
  it('takes a label in other words for the same, and never stores one that is none', async () => {
    using opened = await openDecidedQueue()
    const { id: readingId } = opened.readings.start(start)
    const answer = (image: number, task: 'race' | 'gender' | 'age', value: string) => () =>
      opened.readings.answer({ readingId, imageId: id(image), action: 'relabel', task, value })
    for (const word of ['Martian', '', 'In dian!']) {
      expect(answer(6, 'race', word)).toThrow(/is no race label of the data set of image 6\. Give White, /)
    }
    expect(answer(6, 'age', '200')).toThrow(/Give years from 0 to 116/)
    expect(opened.readings.get(readingId).answered).toBe(0)
    answer(6, 'race', ' indian ')()
    answer(1, 'gender', 'f')()
    answer(2, 'age', '03-Sep')()
    opened.readings.finish(readingId)
    const { answers } = opened.readings.result(readingId)
    expect(answers).toEqual(
      expect.arrayContaining(['relabel race to Indian', 'relabel gender to Female', 'relabel age to 3-9']),
    )
  })

  it('takes a relabel to the label that both are shown for a keep, whoever says it', async () => {
    using opened = await openDecidedQueue()
    const addImported = opened.db.prepareCommand(
      `INSERT INTO label_event (image_id, task, value, source, actor, at)
       VALUES (:image, :task, :value, 'import', 'import', '2026-01-01T00:00:00.000Z')`,
    )
    addImported.run({ image: 3, task: 'race', value: 'White' })
    addImported.run({ image: 4, task: 'age', value: '34' })
    addImported.run({ image: 6, task: 'race', value: 'Indian' })
    const { id: readingId } = opened.readings.start(start)
    const relabel = (image: number, task: 'race' | 'age', value: string) =>
      opened.readings.answer({ readingId, imageId: id(image), action: 'relabel', task, value })
    relabel(3, 'race', 'White')
    relabel(4, 'age', '30-39')
    opened.readings.answer({ readingId, imageId: id(6), action: 'keep' })
    opened.readings.finish(readingId)
    const { overall, answers } = opened.readings.result(readingId)
    expect(answers).toEqual(['keep'])
    expect(overall.agreement).toMatchObject({ value: 1, n: 3 })
  })

  it('draws what another reviewer has decided and tells nothing of the answers', async () => {
    using opened = await openDecidedQueue()
    const reading = opened.readings.start(start)
    expect(reading).toMatchObject({ reviewer: 'Bob', images: 5, answered: 0, isFinished: false })
    expect([...reading.open].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 6])
    opened.readings.answer({ readingId: reading.id, imageId: id(3), action: 'keep' })
    expect(opened.readings.listImages(reading.id)).toMatchObject(
      reading.open.map((image) => ({ imageId: image, isAnswered: image === 3 })),
    )
    expect(JSON.stringify(opened.readings.list())).not.toMatch(/remove|Ann|relabel/)
  })

  it('shows files and the newest imported labels, of any number of images in one query', async () => {
    using opened = await openDecidedQueue()
    opened.db
      .prepareCommand(
        `INSERT INTO label_event (image_id, task, value, source, actor, at) VALUES
           (6, 'race', 'Black', 'import', 'import', '2026-01-01'), (6, 'race', 'Asian', 'import', 'import', '2026-01-02'),
           (6, 'age', '34', 'import', 'import', '2026-01-01'), (6, 'gender', 'Male', 'person', 'Ann', '2026-01-03')`,
      )
      .run()
    const asked: string[] = []
    const readings = new ReadingRepo({
      ...opened.db,
      prepareQuery: (sql, decode) => {
        const query = opened.db.prepareQuery(sql, decode)
        return { ...query, all: (values) => (asked.push(sql), query.all(values)) }
      },
    })
    const { id: readingId } = opened.readings.start(start)
    const shown = readings.listImages(readingId)
    expect(asked).toHaveLength(1)
    expect(shown).toHaveLength(5)
    expect(shown.find(({ imageId: image }) => image === 6)).toEqual({
      imageId: 6,
      isAnswered: false,
      file: 'fair/5.png',
      imported: { race: 'Asian', gender: null, age: '34' },
    })
    expect(shown.find(({ imageId: image }) => image === 1)?.imported).toEqual({
      race: null,
      gender: null,
      age: null,
    })
  })

  it('draws the same images for the same seed, and others for another', async () => {
    using opened = await openDecidedQueue()
    const draw = (seed: number) => opened.readings.start({ ...start, seed, sample: 3 }).open
    expect(draw(1)).toEqual(draw(1))
    expect(new Set([1, 2, 3, 4, 5, 6].map((seed) => draw(seed).join())).size).toBeGreaterThan(1)
  })

  it('by the first reader alone is refused', async () => {
    using opened = await openDecidedQueue()
    expect(() => opened.readings.start({ ...start, actor: 'Ann' })).toThrow(/Nobody but Ann/)
  })

  it('gives its result only at its end: kappa, by race, and where the two differ', async () => {
    using opened = await openDecidedQueue()
    const { id: readingId } = opened.readings.start(start)
    const answer = (image: number, action: 'keep' | 'remove') =>
      opened.readings.answer({ readingId, imageId: id(image), action })
    answer(1, 'remove')
    answer(2, 'keep')
    answer(3, 'keep')
    expect(() => opened.readings.result(readingId)).toThrow(/3 of 5/)
    answer(4, 'keep')
    const last = opened.readings.answer({
      readingId,
      imageId: id(6),
      action: 'relabel',
      task: 'race',
      value: 'Indian',
    })
    expect(last).toMatchObject({ answered: 5, isFinished: true, open: [] })
    const result = opened.readings.result(readingId)
    expect(result.answers).toEqual(['keep', 'remove', 'relabel race to Indian'])
    expect(result.counts).toEqual([
      [2, 0, 0],
      [1, 1, 0],
      [0, 0, 1],
    ])
    expect(result.overall.agreement).toMatchObject({ value: 0.8, n: 5 })
    // (0.8 - 0.36) / (1 - 0.36)
    expect(result.overall.kappa.value).toBeCloseTo(0.6875, 12)
    expect(result.byRace.map(({ group, agreement }) => [group, agreement.n])).toEqual([
      ['Indian', 1],
      ['White', 4],
    ])
    expect(result.disagreements).toEqual([
      { imageId: 2, first: 'remove', firstReviewer: 'Ann', second: 'keep', revision: 2, settled: null },
    ])
  })

  it('changes no image; an answer stands, and a reading that has ended takes no more', async () => {
    using opened = await openDecidedQueue()
    const { id: readingId } = opened.readings.start(start)
    opened.readings.answer({ readingId, imageId: id(3), action: 'remove' })
    expect(opened.states.read([3]).get(3)?.status).toBe('kept')
    expect(() => opened.readings.answer({ readingId, imageId: id(3), action: 'keep' })).toThrow(
      /answered already/,
    )
    expect(opened.readings.finish(readingId)).toMatchObject({ isFinished: true, answered: 1 })
    expect(() => opened.readings.answer({ readingId, imageId: id(4), action: 'keep' })).toThrow(/has ended/)
    expect(opened.readings.result(readingId).overall.agreement.n).toBe(1)
  })
})

describe('settling what two readers differ on', () => {
  const cara = { actor: 'Cara', signal: new AbortController().signal }
  /** Bob differs from Ann on four of five: 1 and 2 she removed, 3 and 4 she kept, 6 she relabelled. */
  async function openDiffering() {
    const opened = await openDecidedQueue()
    opened.db
      .prepareCommand(
        `INSERT INTO label_event (image_id, task, value, source, actor, at)
         SELECT id, 'race', 'White', 'import', 'import', '2026-01-01' FROM image`,
      )
      .run()
    const { id: readingId } = opened.readings.start(start)
    const answer = (image: number, action: 'keep' | 'remove') =>
      opened.readings.answer({ readingId, imageId: id(image), action })
    const settle = async (image: number, order: Partial<Order> & Pick<Order, 'choice'>) =>
      opened.settlements.settle({ readingId, imageId: id(image), ...order }, cara)
    const settledOf = (image: number) =>
      opened.readings.result(readingId).disagreements.find((one) => one.imageId === image)?.settled
    const stands = (image: number) => {
      const state = opened.states.read([image]).get(image)
      return { status: state?.status, race: state?.race, gender: state?.gender }
    }
    return { ...opened, readingId, answer, settle, settledOf, stands }
  }
  type Order = Parameters<SettlementService['settle']>[0]

  it('waits for the end of the reading, and decides what was chosen', async () => {
    using opened = await openDiffering()
    const { readings, readingId, answer, settle, stands } = opened
    answer(1, 'keep')
    await expect(settle(1, { choice: 'second' })).rejects.toThrow(/is not at its end/)
    answer(2, 'keep')
    answer(3, 'remove')
    answer(4, 'keep')
    answer(6, 'keep')
    const before = [1, 2, 3, 6].map(stands)
    expect(readings.result(readingId)).toMatchObject({
      overall: { agreement: { value: 1 / 5, n: 5 } },
      afterSettling: null,
    })
    await settle(1, { choice: 'second' })
    await settle(2, { choice: 'first' })
    await settle(3, { choice: 'other', action: 'relabel', task: 'gender', value: 'm' })
    await settle(6, { choice: 'second' })
    expect([1, 2, 3, 6].map(stands)).toMatchObject([
      { status: 'kept' },
      { status: 'removed' },
      { status: 'kept', gender: 'Male' },
      { race: 'White' },
    ])
    expect(readings.result(readingId)).toMatchObject({
      overall: { agreement: { value: 1 / 5, n: 5 } },
      afterSettling: { agreement: { value: 1, n: 5 }, kappa: { value: 1, n: 5 } },
    })
    await expect(settle(1, { choice: 'first' })).rejects.toThrow(/settled already, by Cara/)
    await expect(settle(4, { choice: 'first' })).rejects.toThrow(/do not differ on image 4/)
    for (const image of [6, 3, 2, 1]) await settle(image, { choice: 'open' })
    expect([1, 2, 3, 6].map(stands)).toEqual(before)
    expect(readings.result(readingId).afterSettling).toBeNull()
  })

  it('leaves what nobody can tell, and what was changed since it was seen', async () => {
    using opened = await openDiffering()
    const { readings, readingId, answer, settle, stands, decisions } = opened
    for (const image of [1, 2, 4, 6]) answer(image, 'keep')
    answer(3, 'remove')
    const before = stands(1)
    await settle(1, { choice: 'unsure' })
    const { disagreements, afterSettling, overall } = readings.result(readingId)
    expect(stands(1)).toEqual(before)
    expect(disagreements.find(({ imageId: image }) => image === 1)?.settled).toMatchObject({
      choice: 'unsure',
      answer: null,
      reviewer: 'Cara',
    })
    expect(afterSettling).toEqual(overall)
    const seen = disagreements.find(({ imageId: image }) => image === 3)?.revision ?? -1
    await decisions.decide(
      decisionRequest.parse({ target: { images: [{ imageId: 3, revision: seen }] }, action: 'remove' }),
      ann,
    )
    await expect(settle(3, { choice: 'second', revision: seen })).rejects.toThrow(/changed since/)
  })

  it('is open where an act of it is taken back in the history, and settled again where that is brought back', async () => {
    using opened = await openDiffering()
    const { readings, readingId, answer, settle, settledOf, stands, decisions } = opened
    for (const image of [1, 2, 4, 6]) answer(image, 'keep')
    answer(3, 'remove')
    const before = stands(1)
    // Reopened, then kept: two acts.
    await settle(1, { choice: 'second' })
    await decisions.undo(cara)
    expect(settledOf(1)).toBeNull()
    expect(readings.result(readingId).afterSettling).toBeNull()
    await decisions.redo(cara)
    expect(settledOf(1)).toMatchObject({ answer: 'keep', reviewer: 'Cara' })
    await decisions.undo(cara)
    expect(await settle(1, { choice: 'open' })).toEqual({ isChanged: true, conflicts: [] })
    expect(stands(1)).toEqual(before)
    await expect(settle(1, { choice: 'open' })).rejects.toThrow(/is not settled/)
    await settle(1, { choice: 'second' })
    await decisions.undo(cara)
    await decisions.undo(cara)
    expect(stands(1)).toEqual(before)
    expect(await settle(1, { choice: 'second' })).toEqual({ isChanged: true, conflicts: [] })
    expect(stands(1).status).toBe('kept')
    expect(settledOf(1)).toMatchObject({ answer: 'keep' })
  })

  it('tells what stays of a picture that was changed since', async () => {
    using opened = await openDiffering()
    const { answer, settle, settledOf, stands, decisions, states } = opened
    for (const image of [1, 2, 4, 6]) answer(image, 'keep')
    answer(3, 'remove')
    await settle(3, { choice: 'second' })
    const revision = states.read([3]).get(3)?.revision
    const request = { target: { images: [{ imageId: 3, revision }] }, action: 'restore' }
    await decisions.decide(decisionRequest.parse(request), ann)
    const since = stands(3)
    const outcome = await settle(3, { choice: 'open' })
    expect(outcome).toMatchObject({ isChanged: false, conflicts: [{ imageId: 3, by: 'Ann' }] })
    expect(stands(3)).toEqual(since)
    expect(settledOf(3)).toBeNull()
  })

  it('is stored with its acts or not at all, and so is what takes it back', async () => {
    using opened = await openDiffering()
    const { cutOff, readingId, answer, settle, settledOf, stands } = opened
    for (const image of [1, 2, 4, 6]) answer(image, 'keep')
    answer(3, 'remove')
    const settleCutOff = async (image: number, choice: 'second' | 'open') =>
      cutOff.settle({ readingId, imageId: id(image), choice }, cara)
    const before = [1, 3].map(stands)
    await expect(settleCutOff(1, 'second')).rejects.toThrow('cut off')
    await expect(settleCutOff(3, 'second')).rejects.toThrow('cut off')
    expect([1, 3].map(stands)).toEqual(before)
    await settle(1, { choice: 'second' })
    await settle(3, { choice: 'second' })
    const after = [1, 3].map(stands)
    expect(after).toMatchObject([{ status: 'kept' }, { status: 'removed' }])
    await expect(settleCutOff(1, 'open')).rejects.toThrow('cut off')
    expect([1, 3].map(stands)).toEqual(after)
    expect(settledOf(1)).toMatchObject({ answer: 'keep' })
    await settle(3, { choice: 'open' })
    await settle(1, { choice: 'open' })
    expect([1, 3].map(stands)).toEqual(before)
  })

  it('changes nothing of a picture that stands so already, nor does taking it back', async () => {
    using opened = await openDiffering()
    const { answer, settle, settledOf, stands } = opened
    for (const image of [1, 2, 4, 6]) answer(image, 'keep')
    answer(3, 'remove')
    const before = stands(2)
    expect(await settle(2, { choice: 'first' })).toEqual({ isChanged: false, conflicts: [] })
    expect(settledOf(2)).toMatchObject({ answer: 'remove' })
    expect(await settle(2, { choice: 'open' })).toEqual({ isChanged: false, conflicts: [] })
    expect(settledOf(2)).toBeNull()
    expect(stands(2)).toEqual(before)
  })
})
