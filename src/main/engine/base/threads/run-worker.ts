import { setTimeout as delay } from 'node:timers/promises'
import { Worker, type TransferListItem } from 'node:worker_threads'
import type * as z from 'zod'
import { AppError } from '#shared/contract/errors.ts'
import { isCancellation } from '#engine/base/kernel/cancellation.ts'
import { refuseTelemetry } from '#engine/base/kernel/refuse-telemetry.ts'
import type { WorkerLocator } from './worker-locator.ts'
import { unpackOutcome } from './worker-outcome.ts'
import { workerMessage, type WorkerStart } from './worker-run.ts'

export interface RunWorkerOptions<Progress extends z.ZodType, Result extends z.ZodType> {
  readonly workers: WorkerLocator
  /** The entry is `<name>.worker`. */
  readonly name: string
  /** Copied to the thread (structured clone), except for what `transfer` names. */
  readonly input: unknown
  readonly transfer?: readonly TransferListItem[]
  /** With `onProgress`, for a worker that reports any. */
  readonly progress?: Progress
  readonly result: Result
  readonly onProgress?: (progress: z.output<Progress>) => void
  readonly signal: AbortSignal
  /** How long a cancelled worker may take to reach its next check before its thread is ended. */
  readonly graceMs?: number
}

const defaultGraceMs = 30_000
/** For a worker that only reads, and so can be ended at any point. */
export const readingGraceMs = 50
/** An answered worker ends by itself; ending its thread while native code winds down could take the process along. */
const windDownMs = 5000

/**
 * Runs one dedicated worker from start to end and resolves with its answer.
 *
 * An aborted signal sets the shared cancel flag; the promise then rejects with the signal's reason once the
 * worker has stopped, by itself or by force after the grace period. An AppError of the worker arrives as one;
 * a worker that ends without an answer rejects with INTERNAL naming it.
 */
export async function runWorker<Progress extends z.ZodType, Result extends z.ZodType>(
  options: RunWorkerOptions<Progress, Result>,
): Promise<z.output<Result>> {
  const { workers, name, input, transfer = [], progress, result, onProgress, signal } = options
  const report = (value: unknown): void => {
    if (progress !== undefined) onProgress?.(progress.parse(value))
  }
  signal.throwIfAborted()
  const cancelFlag = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)
  const start: WorkerStart = { input, cancelFlag }
  refuseTelemetry()
  const worker = new Worker(workers.locate(name), {
    workerData: start,
    transferList: [...transfer],
    name,
  })

  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  let graceTimer: NodeJS.Timeout | undefined
  const raiseFlag = (): void => void Atomics.store(new Int32Array(cancelFlag), 0, 1)
  const cancel = (): void => {
    raiseFlag()
    graceTimer = setTimeout(() => void worker.terminate(), options.graceMs ?? defaultGraceMs)
  }
  signal.addEventListener('abort', cancel, { once: true })
  try {
    return unpackOutcome(result, await listen(worker, name, report))
  } catch (error) {
    // Whoever listened failed, not the worker: it stops at its next check before its thread is ended.
    raiseFlag()
    if (signal.aborted && (isCancellation(error) || error instanceof WorkerEndedError))
      signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', cancel)
    clearTimeout(graceTimer)
    await Promise.race([exited, delay(windDownMs, undefined, { ref: false })])
    await worker.terminate()
  }
}

class WorkerEndedError extends AppError {}

/** Resolves with the packed outcome; the thread may still be winding down. */
function listen(worker: Worker, name: string, onProgress: (value: unknown) => void): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.on('message', (received: unknown) => {
      try {
        const message = workerMessage.parse(received)
        if (message.type === 'progress') onProgress(message.value)
        else resolve(message.outcome)
      } catch (error) {
        reject(error)
      }
    })
    worker.on('messageerror', reject)
    worker.on('error', (error) => {
      reject(new AppError('INTERNAL', `The worker "${name}" failed: ${String(error)}`, { cause: error }))
    })
    worker.on('exit', (code) => {
      reject(
        new WorkerEndedError('INTERNAL', `The worker "${name}" ended without an answer (exit code ${code}).`),
      )
    })
  })
}
