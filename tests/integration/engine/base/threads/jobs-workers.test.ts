import { existsSync } from 'node:fs'
import * as z from 'zod'
import { describe, expect, it } from 'vitest'
import { AppError } from '#shared/contract/errors.ts'
import { runWorker } from '#engine/base/threads/run-worker.ts'
import { createWorkerPool } from '#engine/base/threads/worker-pool.ts'
import { locateWorkers } from '#engine/base/threads/worker-locator.ts'

const fixtures = {
  locate: (name: string) => new URL(`../../../../fixtures/workers/${name}.worker.ts`, import.meta.url),
}
const result = z.strictObject({ counted: z.int() })
const progress = z.strictObject({ count: z.int() })

interface CountOptions {
  readonly to?: number
  readonly ending?: string
  readonly signal?: AbortSignal
  readonly onProgress?: (value: { count: number }) => void
  readonly name?: string
}

const open = (threads = 2) => createWorkerPool({ workers: fixtures, name: 'double', threads })

it('a thread that cannot load fails the calls that wait for it, and throws past nobody', async () => {
  await using pool = createWorkerPool({ workers: fixtures, name: 'broken', threads: 1 })
  const call = { name: 'double', result: z.unknown(), signal: new AbortController().signal }
  const refusal = { code: 'INTERNAL', message: expect.stringMatching(/"broken" failed.*nothing to load/) }
  await Promise.all([1, 2].map(() => expect(pool.run({}, call)).rejects.toMatchObject(refusal)))
  await expect(pool.run({}, call)).rejects.toMatchObject(refusal)
})

it('what a pool has at work when it is closed is told as cancelled', async () => {
  const pool = open(1)
  const call = { name: 'double', result: z.unknown(), signal: new AbortController().signal }
  const working = pool.run({ value: 1, delayMs: 60_000 }, call).catch((error: unknown) => error)
  await pool[Symbol.asyncDispose]()
  expect(await working).toMatchObject({ code: 'CANCELLED' })
})

const count = ({ to = 3, ending = 'answer', signal, onProgress, name = 'count' }: CountOptions) =>
  runWorker({
    workers: fixtures,
    name,
    input: { to, ending },
    progress,
    result,
    onProgress: onProgress ?? (() => undefined),
    signal: signal ?? new AbortController().signal,
    graceMs: 200,
  })

describe('a dedicated worker', () => {
  it('reports every step in order and answers once', async () => {
    const seen: number[] = []
    await expect(count({ to: 5, onProgress: (value) => seen.push(value.count) })).resolves.toEqual({
      counted: 5,
    })
    expect(seen).toEqual([1, 2, 3, 4, 5])
  })

  it('is told to stop when whoever hears of its progress fails', async () => {
    const seen: number[] = []
    const failing = count({
      to: 3000,
      onProgress: (value) => {
        seen.push(value.count)
        throw new TypeError('the listener broke')
      },
    })
    await expect(failing).rejects.toThrow('the listener broke')
    expect(seen.length).toBeLessThan(3000)
  })

  it('hands its AppError over with code and details', async () => {
    await expect(count({ ending: 'app-error' })).rejects.toMatchObject({
      constructor: AppError,
      code: 'NOT_FOUND',
      message: 'There is no such thing',
      details: { to: 3 },
    })
  })

  it('makes any other failure a plain error, which the outside sees as INTERNAL', async () => {
    const error: unknown = await count({ ending: 'bug' }).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(Error)
    expect(error).not.toBeInstanceOf(AppError)
    expect(String(error)).toContain('a bug in the worker')
  })

  it('that ends without an answer is an error naming the worker', async () => {
    await expect(count({ ending: 'silence' })).rejects.toThrow(
      'The worker "count" ended without an answer (exit code 3).',
    )
  })

  it('that does not exist is an error naming the worker', async () => {
    await expect(count({ name: 'nowhere' })).rejects.toThrow('The worker "nowhere" failed')
  })

  it('refuses an input that does not fit, naming the field', async () => {
    await expect(count({ ending: 'applause' })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      details: { field: 'ending' },
    })
  })

  it.each(['answer', 'deaf'])('stops when cancelled, by itself or by force (%s)', async (ending) => {
    const abort = new AbortController()
    const reason = new AppError('CANCELLED', 'Job 1 was cancelled')
    const counting = count({
      to: 1_000_000,
      ending,
      signal: abort.signal,
      onProgress: () => abort.abort(reason),
    })
    await expect(counting).rejects.toBe(reason)
  })
})

describe('a worker pool', () => {
  const doubled = z.object({ doubled: z.number(), threadId: z.int() })
  const never = new AbortController().signal

  it('gives results in the order of the tasks, whichever ends first', async () => {
    await using pool = open()
    const tasks = [30, 0, 20, 0, 10, 0].map((delayMs, value) => ({ value, delayMs }))
    const results: number[] = []
    for await (const [, { doubled: value }] of pool.map(tasks, {
      name: 'double',
      result: doubled,
      signal: never,
    })) {
      results.push(value)
    }
    expect(results).toEqual([0, 2, 4, 6, 8, 10])
  })

  it('reads its tasks no faster than it works', async () => {
    await using pool = open()
    let taken = 0
    let ended = 0
    let mostAhead = 0
    function* tasks() {
      for (let value = 0; value < 40; value++) {
        taken++
        mostAhead = Math.max(mostAhead, taken - ended)
        yield { value }
      }
    }
    for await (const _ of pool.map(tasks(), { name: 'double', result: doubled, signal: never })) ended++
    expect({ ended, isBounded: mostAhead <= 5 }).toEqual({ ended: 40, isBounded: true })
  })

  it('stops taking tasks when cancelled', async () => {
    await using pool = open()
    const abort = new AbortController()
    let taken = 0
    function* tasks() {
      for (;;) yield { value: taken++ }
    }
    const reading = async () => {
      for await (const [task] of pool.map(tasks(), {
        name: 'double',
        result: doubled,
        signal: abort.signal,
      })) {
        if (task.value === 10) abort.abort(new AppError('CANCELLED', 'enough'))
      }
    }
    await expect(reading()).rejects.toThrow('enough')
    expect(taken).toBeLessThan(20)
  })

  it('keeps the code of an AppError and goes on after it', async () => {
    await using pool = open(1)
    const call = { name: 'double', result: doubled, signal: never }
    await expect(pool.run({ value: -1 }, call)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: '-1 is negative',
    })
    await expect(pool.run({ value: 4 }, call)).resolves.toMatchObject({ doubled: 8 })
  })

  it('survives the death of a thread: its task fails, the next one gets a new thread', async () => {
    await using pool = open(1)
    const call = { name: 'double', result: doubled, signal: never }
    await expect(pool.run({ value: 666 }, call)).rejects.toThrow('The worker "double" failed')
    await expect(pool.run({ value: 5 }, call)).resolves.toMatchObject({ doubled: 10 })
  })
})

describe('the worker locator', () => {
  it('finds sources wherever they lie in the engine and bundles in one folder of a build', () => {
    const sources = locateWorkers('file:///app/src/main/cli.ts')
    expect(existsSync(sources.locate('train'))).toBe(true)
    expect(() => sources.locate('nowhere')).toThrow('no worker entry nowhere.worker.ts')
    const bundle = new URL('file:///app/out/main/workers/train.worker.js')
    expect(locateWorkers('file:///app/out/main/index.js').locate('train')).toEqual(bundle)
    expect(locateWorkers('file:///app/out/main/workers/feed.worker.js').locate('train')).toEqual(bundle)
  })
})
