import { Piscina } from 'piscina'
import type { TransferListItem } from 'node:worker_threads'
import type * as z from 'zod'
import { AppError } from '#shared/contract/errors.ts'
import { createClosedError } from '#engine/base/kernel/closed-error.ts'
import { mapInOrder } from '#engine/base/kernel/map-in-order.ts'
import { refuseTelemetry } from '#engine/base/kernel/refuse-telemetry.ts'
import type { WorkerLocator } from './worker-locator.ts'
import { unpackOutcome } from './worker-outcome.ts'

interface WorkerCall<Result extends z.ZodType> {
  /** The exported function of the entry; it answers by `packOutcome`. */
  readonly name: string
  readonly result: Result
  /** A task that has begun is let finish: tasks are short, and a killed thread would lose its loaded models. */
  readonly signal: AbortSignal
}

/** A pool of threads on one worker entry, for many short tasks. Threads start on demand and end when idle. */
export interface WorkerPool extends AsyncDisposable {
  readonly threads: number
  run<Result extends z.ZodType>(
    task: unknown,
    call: WorkerCall<Result> & { readonly transfer?: readonly TransferListItem[] },
  ): Promise<z.output<Result>>
  /** Results in the order of `tasks`, which is read no faster than the pool works. */
  map<Task, Result extends z.ZodType>(
    tasks: Iterable<Task> | AsyncIterable<Task>,
    call: WorkerCall<Result>,
  ): AsyncGenerator<readonly [task: Task, result: z.output<Result>], void, void>
}

interface WorkerPoolOptions {
  readonly workers: WorkerLocator
  /** The entry is `<name>.worker`. */
  readonly name: string
  /** Threads of this pool times threads inside each task should not exceed the cores. */
  readonly threads: number
  readonly idleMs?: number
}

/** Two tasks per thread: one at work and one ready, so that no thread waits for the engine's. */
const tasksPerThread = 2

export function createWorkerPool({ workers, name, threads, idleMs = 5000 }: WorkerPoolOptions): WorkerPool {
  refuseTelemetry()
  const pool = new Piscina({
    filename: workers.locate(name).href,
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: idleMs,
  })
  let isClosing = false
  const waiting = new Set<AbortController>()
  // Of a thread that died without a task, as all do that cannot even load: what waits for one would wait for ever.
  pool.on('error', (error) => {
    if (pool.threads.length === 0) for (const call of waiting) call.abort(error)
  })
  const run: WorkerPool['run'] = async (task, { name: functionName, result, signal, transfer = [] }) => {
    signal.throwIfAborted()
    const call = new AbortController()
    waiting.add(call)
    const answer: unknown = await pool
      .run(task, { name: functionName, transferList: [...transfer], signal: call.signal })
      .catch((error: unknown) => {
        if (isClosing) throw createClosedError(error)
        const cause: unknown = call.signal.aborted ? call.signal.reason : error
        throw new AppError('INTERNAL', `The worker "${name}" failed: ${String(cause)}`, { cause })
      })
      .finally(() => waiting.delete(call))
    return unpackOutcome(result, answer)
  }
  return {
    threads,
    run,
    map: (tasks, call) =>
      mapInOrder(tasks, {
        limit: threads * tasksPerThread,
        signal: call.signal,
        work: (task) => run(task, call),
      }),
    [Symbol.asyncDispose]: () => {
      isClosing = true
      return pool.destroy()
    },
  }
}
