import * as z from 'zod'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JobId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { JobSnapshot } from '#shared/contract/job.contract.ts'
import { registerJob } from '#engine/base/jobs/job.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { openHeldJobs } from '#tests/fixtures/held-jobs.ts'

let folder: ReturnType<typeof makeTemporaryFolder>
let opened: ReturnType<typeof openHeldJobs>
let listen: (job: JobSnapshot) => void

beforeEach(() => {
  folder = makeTemporaryFolder()
  listen = () => undefined
  opened = openHeldJobs(folder.path, (job) => listen(job))
})
afterEach(async () => {
  await opened.close()
  folder[Symbol.dispose]()
})

/** Refuses what changes a column of the jobs' table, until it is lifted. */
function refuseWrites(column: string, id?: JobId): () => void {
  const { db } = opened
  const when = id === undefined ? '' : `WHEN OLD.id = ${id}`
  db.prepareCommand(
    `CREATE TEMP TRIGGER refused BEFORE UPDATE OF ${column} ON job ${when}
     BEGIN SELECT RAISE(ABORT, 'no room'); END`,
  ).run()
  return () => void db.prepareCommand('DROP TRIGGER refused').run()
}

/** No page more than the catalogue has: SQLite then says what it says of a full disk. */
function fillDisk(): () => void {
  const pragma = (text: string): number =>
    opened.db.prepareQuery(`PRAGMA ${text}`, (row) => z.record(z.string(), z.int()).parse(row)).get()?.[
      text.split(' ')[0] ?? ''
    ] ?? 0
  const pages = pragma('page_count')
  const before = pragma('max_page_count')
  pragma(`max_page_count = ${pages}`)
  return () => void pragma(`max_page_count = ${before}`)
}

const storedState = (id: JobId): string | undefined =>
  opened.db
    .prepareQuery('SELECT state FROM job WHERE id = :id', (row) => z.object({ state: z.string() }).parse(row))
    .get({ id })?.state

const told = (id: JobId): string[] => opened.events.filter((job) => job.id === id).map(({ state }) => state)

describe('a job whose end cannot be written', () => {
  it('is failed for everyone at once, is interrupted at the next start, and does not stop the next job', async () => {
    const { runner, next, close } = opened
    const first = runner.enqueue('split', { name: 'A' })
    const second = runner.enqueue('split', { name: 'B' })
    const run = await next()
    refuseWrites('finished_at', first.id)
    run.succeed('lost')
    const ended = await runner.wait(first.id)
    expect(ended).toMatchObject({ state: 'failed', result: null, error: { code: 'INTERNAL' } })
    expect(told(first.id)).toEqual(['queued', 'running', 'failed'])
    expect([runner.get(first.id), runner.list(10).at(-1)]).toEqual([ended, ended])
    const after = await next()
    after.succeed('kept')
    await expect(runner.wait(second.id)).resolves.toMatchObject({ state: 'succeeded' })
    await close()
    opened = openHeldJobs(folder.path)
    expect(opened.runner.get(first.id)).toMatchObject({ state: 'interrupted' })
  })

  it('has stopped: to cancel it takes no other job out of the queue', async () => {
    const { runner, next } = opened
    const [first, second, third] = ['A', 'B', 'C'].map((name) => runner.enqueue('split', { name }).id)
    if (first === undefined || second === undefined || third === undefined) throw new Error('Three jobs')
    const run = await next()
    refuseWrites('finished_at', first)
    run.succeed('lost')
    await runner.wait(first)
    await next()
    expect(() => runner.cancel(first)).toThrow('Job 1 cannot be cancelled: it has already failed.')
    expect(runner.queued()).toEqual([third])
  })

  it('is recorded as soon as there is room again', async () => {
    const { runner, next } = opened
    const first = runner.enqueue('split', { name: 'A' })
    const second = runner.enqueue('split', { name: 'B' })
    const run = await next()
    const makeRoom = fillDisk()
    run.succeed('a result of many pages '.repeat(5000))
    await expect(runner.wait(first.id)).resolves.toMatchObject({
      state: 'failed',
      error: { code: 'UNAVAILABLE', message: expect.stringContaining('the disk is full. Free some space') },
    })
    expect(storedState(first.id)).toBe('running')
    const after = await next()
    makeRoom()
    after.succeed(null)
    await runner.wait(second.id)
    expect([storedState(first.id), storedState(second.id)]).toEqual(['failed', 'succeeded'])
  })

  it('is recorded at the latest when the project is closed', async () => {
    const { runner, next, close } = opened
    const { id } = runner.enqueue('split', { name: 'A' })
    const run = await next()
    const makeRoom = refuseWrites('finished_at')
    run.fail(new AppError('PRECONDITION', 'There are no images.'))
    await runner.wait(id)
    makeRoom()
    await close()
    opened = openHeldJobs(folder.path)
    expect(opened.runner.get(id)).toMatchObject({
      state: 'failed',
      error: { code: 'PRECONDITION', message: 'There are no images.' },
    })
  })

  it('keeps its own reason when it failed, and its wish when it was stopped', async () => {
    const { runner, next, logger } = opened
    const [failed, cancelled, paused] = ['A', 'B', 'C'].map((name) => runner.enqueue('split', { name }).id)
    if (failed === undefined || cancelled === undefined || paused === undefined) throw new Error('Three jobs')
    refuseWrites('finished_at')
    const run = await next()
    run.fail(new AppError('PRECONDITION', 'There are no images.'))
    await expect(runner.wait(failed)).resolves.toMatchObject({
      state: 'failed',
      error: { code: 'PRECONDITION', message: 'There are no images.' },
    })
    await next()
    runner.cancel(cancelled)
    await expect(runner.wait(cancelled)).resolves.toMatchObject({ state: 'cancelled', error: null })
    await next()
    runner.pause(paused)
    await expect(runner.wait(paused)).resolves.toMatchObject({ state: 'paused', error: null })
    expect([told(failed), told(cancelled), told(paused)].map((states) => states.at(-1))).toEqual([
      'failed',
      'cancelled',
      'paused',
    ])
    expect(logger.lines.filter(({ message }) => message.includes('could not be recorded'))).toHaveLength(3)
  })

  it('can be resumed, and is then what its row says', async () => {
    const { runner, next } = opened
    const { id } = runner.enqueue('split', { name: 'A' })
    const run = await next()
    const makeRoom = refuseWrites('finished_at')
    run.succeed('lost')
    await runner.wait(id)
    makeRoom()
    expect(runner.resume(id)).toMatchObject({ state: 'queued', error: null, finishedAt: null })
    const again = await next()
    expect(runner.get(id)).toMatchObject({ state: 'running' })
    again.succeed('kept')
    await expect(runner.wait(id)).resolves.toMatchObject({ state: 'succeeded', result: 'kept' })
  })

  it('is told even when its row can no longer be read', async () => {
    const { runner, next, db } = opened
    const { id } = runner.enqueue('split', { name: 'A' })
    const waiting = runner.wait(id)
    const run = await next()
    db.close()
    run.succeed('lost')
    await expect(waiting).resolves.toMatchObject({ id, state: 'failed', result: null })
    expect(told(id)).toEqual(['queued', 'running', 'failed'])
  })
})

describe('closing while nothing can be written', () => {
  it('ends all the same, and tells those who wait for what was queued', async () => {
    const { runner, next, close } = opened
    const [first, second, third] = ['A', 'B', 'C'].map((name) => runner.enqueue('split', { name }).id)
    if (first === undefined || second === undefined || third === undefined) throw new Error('Three jobs')
    await next()
    const waiting = Promise.all([first, second, third].map((id) => runner.wait(id)))
    refuseWrites('finished_at')
    await close()
    expect((await waiting).map(({ state }) => state)).toEqual(['interrupted', 'interrupted', 'interrupted'])
    opened = openHeldJobs(folder.path)
    expect(opened.runner.leftOver()).toEqual([first, second, third])
  })
})

describe('what cannot be written when it is asked for', () => {
  it('is no job, neither now nor when the next one is queued', async () => {
    const { runner, next, events } = opened
    const makeRoom = refuseWrites('position')
    expect(() => runner.enqueue('split', { name: 'A' })).toThrow('no room')
    expect([runner.list(10), runner.queued(), events]).toEqual([[], [], []])
    makeRoom()
    runner.enqueue('split', { name: 'B' })
    expect((await next()).name).toBe('B')
  })

  it('leaves a stopped job as it was', async () => {
    const { runner, next } = opened
    const { id } = runner.enqueue('split', { name: 'A' })
    await next()
    runner.cancel(id)
    const ended = await runner.wait(id)
    refuseWrites('position')
    expect(() => runner.resume(id)).toThrow('no room')
    expect(runner.get(id)).toEqual(ended)
    expect(runner.queued()).toEqual([])
  })

  it.each(['cancel', 'pause'] as const)(
    'leaves a job in the queue that was to leave it (%s)',
    async (stop) => {
      const { runner, next } = opened
      const first = runner.enqueue('split', { name: 'A' })
      const second = runner.enqueue('split', { name: 'B' })
      const run = await next()
      const makeRoom = refuseWrites('finished_at', second.id)
      expect(() => runner[stop](second.id)).toThrow('no room')
      expect(runner.get(second.id)).toMatchObject({ state: 'queued' })
      makeRoom()
      run.succeed(null)
      await runner.wait(first.id)
      expect((await next()).name).toBe('B')
    },
  )
})

describe('a listener that fails', () => {
  it('is written to the log and changes nothing for the job or the next one', async () => {
    const { runner, next, logger } = opened
    listen = () => {
      throw new TypeError('a bug of the listener')
    }
    const first = runner.enqueue('split', { name: 'A' })
    const second = runner.enqueue('split', { name: 'B' })
    const run = await next()
    run.succeed('kept')
    await expect(runner.wait(first.id)).resolves.toMatchObject({ state: 'succeeded', result: 'kept' })
    const after = await next()
    after.succeed(null)
    await expect(runner.wait(second.id)).resolves.toMatchObject({ state: 'succeeded' })
    expect(logger.lines[0]).toMatchObject({
      level: 'error',
      details: { error: expect.stringContaining('a bug of the listener') },
    })
  })
})

describe('a job that a failure stopped', () => {
  it('has failed for that reason, also when its handler only speaks of being cancelled', async () => {
    const { runner } = opened
    runner.register([
      registerJob({
        kind: 'map',
        input: z.unknown(),
        changes: [],
        title: () => 'Map',
        run: async (_input, { signal, report }) => {
          const makeRoom = refuseWrites('phase')
          report({ phase: 'Drawing', done: 1, total: 2 })
          makeRoom()
          await Promise.resolve()
          if (signal.aborted) throw new AppError('CANCELLED', 'The work was cancelled.')
        },
      }),
    ])
    const { id } = runner.enqueue('map', {})
    await expect(runner.wait(id)).resolves.toMatchObject({ state: 'failed', error: { code: 'INTERNAL' } })
  })
})

describe('a job that was asked to stop', () => {
  it('has done so by wish, also when the project is closed meanwhile', async () => {
    const { runner, next, close } = opened
    const { id } = runner.enqueue('split', { name: 'A' })
    await next()
    runner.cancel(id)
    await close()
    opened = openHeldJobs(folder.path)
    expect(opened.runner.get(id)).toMatchObject({ state: 'cancelled' })
    expect(opened.runner.leftOver()).toEqual([])
  })
})

describe('a job that speaks of being cancelled when nobody stopped it', () => {
  it('has failed', async () => {
    const { runner, next } = opened
    const { id } = runner.enqueue('split', { name: 'A' })
    const run = await next()
    run.fail(new AppError('CANCELLED', 'The other side hung up.'))
    await expect(runner.wait(id)).resolves.toMatchObject({
      state: 'failed',
      error: { code: 'CANCELLED', message: 'The other side hung up.' },
    })
  })
})
