import * as z from 'zod'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AppError } from '#shared/contract/errors.ts'
import { jobId } from '#shared/contract/base.contract.ts'
import { registerJob } from '#engine/base/jobs/job.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { openHeldJobs } from '#tests/fixtures/held-jobs.ts'

let folder: ReturnType<typeof makeTemporaryFolder>
let opened: ReturnType<typeof openHeldJobs>

beforeEach(() => {
  folder = makeTemporaryFolder()
  opened = openHeldJobs(folder.path)
})
afterEach(async () => {
  await opened.close()
  folder[Symbol.dispose]()
})

describe('a job', () => {
  it('goes from queued over running to succeeded, keeps its result, and tells each step', async () => {
    const { runner, events, next } = opened
    const queued = runner.enqueue('split', { name: 'A' })
    expect(queued).toMatchObject({ id: 1, kind: 'split', title: 'Split A', state: 'queued', result: null })
    const run = await next()
    run.succeed({ splitId: 7 })
    const ended = await runner.wait(queued.id)
    expect(ended).toMatchObject({ state: 'succeeded', result: { splitId: 7 }, error: null })
    expect(events.map(({ state }) => state)).toEqual(['queued', 'running', 'succeeded'])
    expect(runner.get(queued.id)).toEqual(ended)
  })

  it('makes stale what its kind changes, once at each change of its state, whatever the end', async () => {
    const { runner, changes, next } = opened
    const job = runner.enqueue('split', { name: 'A' })
    const run = await next()
    for (let done = 1; done <= 3; done++) run.context.report({ phase: 'Planning', done, total: 3 })
    run.fail(new AppError('PRECONDITION', 'There are no images. Import some first.'))
    await runner.wait(job.id)
    expect(changes).toEqual([['splits'], ['splits'], ['splits']])
    runner.cancel(runner.enqueue('train', { name: 'B' }).id)
    expect(changes.slice(3)).toEqual([
      ['runs', 'models'],
      ['runs', 'models'],
    ])
  })

  it('cannot have a kind that is registered twice', () => {
    const split = registerJob({
      kind: 'split',
      input: z.unknown(),
      changes: [],
      title: () => '',
      run: async () => null,
    })
    expect(() => opened.runner.register([split])).toThrow('Jobs of kind split are registered twice')
  })

  it('that does not fit is refused before it is queued, naming the field', () => {
    const { runner } = opened
    expect(() => runner.enqueue('split', { name: '', size: 'big' })).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', details: { field: 'name' } }),
    )
    expect(runner.list(10)).toEqual([])
  })

  it('waits for those before it: one at a time, in order', async () => {
    const { runner, next } = opened
    const jobs = ['A', 'B', 'C'].map((name) => runner.enqueue('split', { name }))
    const order: string[] = []
    for (const job of jobs) {
      const run = await next()
      order.push(run.name)
      expect(runner.list(10).filter(({ state }) => state === 'running')).toHaveLength(1)
      run.succeed(null)
      await runner.wait(job.id)
    }
    expect(order).toEqual(['A', 'B', 'C'])
  })

  it('that fails keeps the code and message of its AppError, and the next one runs', async () => {
    const { runner, next } = opened
    const first = runner.enqueue('split', { name: 'A' })
    const second = runner.enqueue('split', { name: 'B' })
    const run = await next()
    run.fail(new AppError('PRECONDITION', 'There are no images. Import some first.'))
    await expect(runner.wait(first.id)).resolves.toMatchObject({
      state: 'failed',
      error: { code: 'PRECONDITION', message: 'There are no images. Import some first.' },
    })
    const after = await next()
    after.succeed(null)
    await expect(runner.wait(second.id)).resolves.toMatchObject({ state: 'succeeded' })
  })

  it('that meets a bug shows a log reference and nothing of the bug', async () => {
    const { runner, next, logger } = opened
    const { id } = runner.enqueue('split', { name: 'A' })
    const run = await next()
    run.fail(new TypeError('secret is undefined'))
    const { error } = await runner.wait(id)
    expect(error).toMatchObject({
      code: 'INTERNAL',
      message: expect.stringMatching(/log reference [0-9a-f]{8}/),
    })
    expect(error?.message).not.toContain('secret')
    expect(logger.lines).toMatchObject([
      { level: 'error', details: { jobId: id, error: expect.stringContaining('secret is undefined') } },
    ])
  })

  it('that nobody knows is not found', () => {
    expect(() => opened.runner.get(jobId.parse(99))).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }))
  })
})

describe('cancelling', () => {
  it('takes a queued job out before it begins', async () => {
    const { runner, next } = opened
    const first = runner.enqueue('split', { name: 'A' })
    const second = runner.enqueue('split', { name: 'B' })
    const run = await next()
    expect(runner.cancel(second.id)).toMatchObject({ state: 'cancelled', startedAt: null })
    run.succeed(null)
    await runner.wait(first.id)
    expect(runner.list(10).map(({ state }) => state)).toEqual(['cancelled', 'succeeded'])
  })

  it('aborts a running job, and twice is as good as once', async () => {
    const { runner, next } = opened
    const { id } = runner.enqueue('split', { name: 'A' })
    const run = await next()
    runner.cancel(id)
    await expect(runner.wait(id)).resolves.toMatchObject({ state: 'cancelled', error: null })
    expect(run.context.signal.aborted).toBe(true)
    expect(runner.cancel(id)).toMatchObject({ state: 'cancelled' })
  })

  it('of a job that has ended is a conflict', async () => {
    const { runner, next } = opened
    const { id } = runner.enqueue('split', { name: 'A' })
    const run = await next()
    run.succeed(null)
    await runner.wait(id)
    expect(() => runner.cancel(id)).toThrow(
      expect.objectContaining({
        code: 'CONFLICT',
        message: 'Job 1 cannot be cancelled: it has already succeeded.',
      }),
    )
  })
})

describe('resuming', () => {
  it('runs a cancelled job again under the same id with the same input', async () => {
    const { runner, next } = opened
    const { id } = runner.enqueue('split', { name: 'A' })
    const run = await next()
    run.context.report({ phase: 'Reading', done: 5, total: 10 })
    runner.cancel(id)
    await runner.wait(id)
    expect(runner.resume(id)).toMatchObject({
      id,
      state: 'queued',
      phase: null,
      done: 0,
      error: null,
      finishedAt: null,
    })
    const again = await next()
    expect(again.name).toBe('A')
    again.succeed('done')
    await expect(runner.wait(id)).resolves.toMatchObject({ id, state: 'succeeded', result: 'done' })
  })

  it('of a job that runs or has succeeded is a conflict', async () => {
    const { runner, next } = opened
    const { id } = runner.enqueue('split', { name: 'A' })
    const run = await next()
    expect(() => runner.resume(id)).toThrow('Job 1 cannot be resumed: it is running.')
    run.succeed(null)
    await runner.wait(id)
    expect(() => runner.resume(id)).toThrow('Job 1 cannot be resumed: it has already succeeded.')
  })
})

describe('pausing', () => {
  it('stops a running job and takes a queued one out, each to be resumed', async () => {
    const { runner, next } = opened
    const first = runner.enqueue('split', { name: 'A' })
    const second = runner.enqueue('split', { name: 'B' })
    const run = await next()
    expect(runner.pause(second.id)).toMatchObject({ state: 'paused', startedAt: null })
    runner.pause(first.id)
    await expect(runner.wait(first.id)).resolves.toMatchObject({ state: 'paused', error: null })
    expect(run.context.signal.aborted).toBe(true)
    runner.resume(second.id)
    const again = await next()
    expect(again.name).toBe('B')
    again.succeed(null)
    await expect(runner.wait(second.id)).resolves.toMatchObject({ state: 'succeeded' })
    expect(() => runner.pause(second.id)).toThrow('Job 2 cannot be paused: it has already succeeded.')
  })

  it('is not undone by the end of the process, and can be followed by giving the job up', async () => {
    const { runner, next, close } = opened
    const { id } = runner.enqueue('split', { name: 'A' })
    await next()
    runner.pause(id)
    await runner.wait(id)
    await close()
    opened = openHeldJobs(folder.path)
    expect(opened.runner.get(id)).toMatchObject({ state: 'paused' })
    expect(opened.runner.leftOver()).toEqual([])
    expect(opened.runner.cancel(id)).toMatchObject({ state: 'cancelled' })
  })
})

describe('the queue', () => {
  it('lets what takes minutes go before what takes hours', async () => {
    const { runner, next } = opened
    const kinds = ['train', 'train', 'embed', 'train', 'embed'] as const
    for (const [index, kind] of kinds.entries()) runner.enqueue(kind, { name: `${kind} ${index}` })
    const order: string[] = []
    for (const _ of kinds) {
      const run = await next()
      order.push(run.name)
      run.succeed(null)
      await runner.wait(run.context.jobId)
    }
    expect(order).toEqual(['embed 2', 'embed 4', 'train 0', 'train 1', 'train 3'])
  })

  it('runs a split to its end beside a training, and ends both when it closes', async () => {
    const { runner, next, close } = opened
    const training = runner.enqueue('train', { name: 'A' })
    const trains = await next()
    const first = runner.enqueue('split', { name: 'B' })
    const splits = await next()
    trains.context.report({ phase: 'Training', done: 3, total: 9 })
    splits.context.report({ phase: 'Planning', done: 1, total: 2 })
    expect([training, first].map(({ id }) => runner.get(id))).toMatchObject([
      { state: 'running', phase: 'Training', done: 3 },
      { state: 'running', phase: 'Planning', done: 1 },
    ])
    splits.succeed('made')
    await expect(runner.wait(first.id)).resolves.toMatchObject({ state: 'succeeded', result: 'made' })
    expect(runner.get(training.id)).toMatchObject({ state: 'running', phase: 'Training' })
    const second = runner.enqueue('split', { name: 'C' })
    await next()
    await close()
    opened = openHeldJobs(folder.path)
    expect([training, second].map(({ id }) => opened.runner.get(id).state)).toEqual([
      'interrupted',
      'interrupted',
    ])
  })

  it('tells whoever waits what runs before it and how many begin before it, and tells it again when that changes', async () => {
    const { runner, next, events } = opened
    const [a, b, c] = ['A', 'B', 'C'].map((name) => runner.enqueue('split', { name }).id)
    if (a === undefined || b === undefined || c === undefined) throw new Error('Three jobs were queued')
    const run = await next()
    const behind = [{ id: a, title: 'Split A' }]
    expect([a, b, c].map((id) => runner.get(id).waiting)).toEqual([
      null,
      { behind, ahead: 0 },
      { behind, ahead: 1 },
    ])
    expect(runner.goFirst(c).waiting).toEqual({ behind, ahead: 0 })
    await vi.waitFor(() => expect(events.at(-1)).toMatchObject({ id: b, waiting: { behind, ahead: 1 } }))
    run.succeed(null)
    expect((await next()).name).toBe('C')
    await vi.waitFor(() =>
      expect(events.at(-1)).toMatchObject({
        id: b,
        waiting: { behind: [{ id: c, title: 'Split C' }], ahead: 0 },
      }),
    )
    expect(() => runner.goFirst(c)).toThrow(`Job ${c} does not wait: it is running.`)
  })

  it('is reordered among the jobs named, which must all wait', async () => {
    const { runner, next } = opened
    const [a, b, c] = ['A', 'B', 'C'].map((name) => runner.enqueue('split', { name }).id)
    if (a === undefined || b === undefined || c === undefined) throw new Error('Three jobs were queued')
    const run = await next()
    runner.reorder([c, b])
    expect(runner.queued()).toEqual([c, b])
    expect(() => runner.reorder([a, b])).toThrow('The queue has changed meanwhile.')
    runner.reorder([c, b, c])
    expect(runner.queued()).toEqual([c, b])
    run.succeed(null)
    expect((await next()).name).toBe('C')
  })

  it('survives the end of the process in its order, the running job first, and starts nothing by itself', async () => {
    const { runner, next, close } = opened
    const [a, b, c, d] = ['A', 'B', 'C', 'D'].map((name) => runner.enqueue('split', { name }).id)
    if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error('Four jobs')
    await next()
    runner.reorder([d, b, c])
    runner.cancel(c)
    await close()
    opened = openHeldJobs(folder.path)
    expect(opened.runner.leftOver()).toEqual([a, d, b])
    expect(opened.runner.queued()).toEqual([])
    for (const id of opened.runner.leftOver()) opened.runner.resume(id)
    expect(opened.runner.leftOver()).toEqual([])
    expect((await opened.next()).name).toBe('A')
    expect(opened.runner.queued()).toEqual([d, b])
    expect(opened.runner.cancel(d)).toMatchObject({ state: 'cancelled' })
  })
})

describe('closing', () => {
  it('stops the running job, waits for it, and leaves it and the queued ones interrupted', async () => {
    const { runner, next, close } = opened
    const first = runner.enqueue('split', { name: 'A' })
    runner.enqueue('split', { name: 'B' })
    const run = await next()
    await close()
    expect(run.context.signal.aborted).toBe(true)
    opened = openHeldJobs(folder.path)
    expect(opened.runner.list(10).map(({ state }) => state)).toEqual(['interrupted', 'interrupted'])
    expect(opened.runner.resume(first.id)).toMatchObject({ state: 'queued' })
  })

  it('leaves nothing to be resumed that a later job has done, and what was asked otherwise alone', async () => {
    const cutOff = opened.runner.enqueue('split', { name: 'A' })
    const other = opened.runner.enqueue('split', { name: 'B' })
    await opened.next()
    await opened.close()
    opened = openHeldJobs(folder.path)
    const again = opened.runner.enqueue('split', { name: 'A' })
    const run = await opened.next()
    expect(opened.runner.get(cutOff.id)).toMatchObject({ state: 'interrupted' })
    run.succeed({ splitId: 7 })
    await opened.runner.wait(again.id)
    expect([cutOff, other, again].map(({ id }) => opened.runner.get(id).state)).toEqual([
      'cancelled',
      'interrupted',
      'succeeded',
    ])
  })

  it('answers those who wait', async () => {
    const { runner, close } = opened
    const { id } = runner.enqueue('split', { name: 'A' })
    const waiting = runner.wait(id)
    await close()
    await expect(waiting).resolves.toMatchObject({ state: 'interrupted' })
    opened = openHeldJobs(folder.path)
  })

  it('is final: nothing more can be queued', async () => {
    await opened.runner.dispose()
    expect(() => opened.runner.enqueue('split', { name: 'A' })).toThrow(
      expect.objectContaining({ code: 'UNAVAILABLE' }),
    )
  })
})

describe('progress', () => {
  it('is passed on at most ten times a second, with every new phase and the last figure', async () => {
    const { runner, events, next } = opened
    const { id } = runner.enqueue('split', { name: 'A' })
    const run = await next()
    const startedAt = Date.now()
    for (let done = 0; done <= 1000; done++) run.context.report({ phase: 'Reading', done, total: 1000 })
    for (let done = 0; done <= 500; done++) run.context.report({ phase: 'Writing', done, total: 500 })
    await vi.waitFor(() => expect(events.at(-1)).toMatchObject({ phase: 'Writing', done: 500 }))
    run.succeed(null)
    await runner.wait(id)
    const seconds = (Date.now() - startedAt) / 1000
    const reported = events.filter(({ state }) => state === 'running' || state === 'succeeded')
    expect(reported.find(({ phase }) => phase === 'Reading')).toMatchObject({ done: 0, total: 1000 })
    expect(reported.at(-1)).toMatchObject({ state: 'succeeded', phase: 'Writing', done: 500, total: 500 })
    expect(reported.length).toBeLessThanOrEqual(Math.ceil(seconds * 10) + 4)
  })

  it('never goes back within a phase', async () => {
    const { runner, next } = opened
    const { id } = runner.enqueue('split', { name: 'A' })
    const run = await next()
    run.context.report({ phase: 'Reading', done: 8, total: 10 })
    run.context.report({ phase: 'Reading', done: 3, total: 10 })
    expect(runner.get(id)).toMatchObject({ phase: 'Reading', done: 8 })
    run.context.report({ phase: 'Writing', done: 1, total: null })
    expect(runner.get(id)).toMatchObject({ phase: 'Writing', done: 1, total: null })
    run.succeed(null)
    await runner.wait(id)
  })

  it('of a job that has ended is ignored', async () => {
    const { runner, next, events } = opened
    const { id } = runner.enqueue('split', { name: 'A' })
    const run = await next()
    run.succeed(null)
    const ended = await runner.wait(id)
    run.context.report({ phase: 'Late', done: 1, total: 1 })
    expect(runner.get(id)).toEqual(ended)
    expect(events.at(-1)).toEqual(ended)
  })

  it('that cannot be stored ends the job with the reason', async () => {
    const { runner, next, db } = opened
    const { id } = runner.enqueue('split', { name: 'A' })
    const run = await next()
    db.prepareCommand(
      `CREATE TEMP TRIGGER full BEFORE UPDATE OF phase ON job WHEN NEW.phase = 'Reading'
       BEGIN SELECT RAISE(ABORT, 'no room'); END`,
    ).run()
    run.context.report({ phase: 'Reading', done: 1, total: 2 })
    expect(run.context.signal.aborted).toBe(true)
    await expect(runner.wait(id)).resolves.toMatchObject({ state: 'failed', error: { code: 'INTERNAL' } })
  })
})
