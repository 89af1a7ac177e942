import { parentPort, workerData, type TransferListItem } from 'node:worker_threads'
import * as z from 'zod'
import { AppError } from '#shared/contract/errors.ts'
import { parseInput } from '#engine/base/kernel/parse-input.ts'
import { packOutcome } from './worker-outcome.ts'

/** What the engine hands to a dedicated worker. */
const workerStart = z.object({
  input: z.unknown(),
  /** One Int32: 0 while the work is wanted, 1 from the moment it is not. */
  cancelFlag: z.instanceof(SharedArrayBuffer),
})
export type WorkerStart = z.infer<typeof workerStart>

/** What a dedicated worker says: any number of progress messages, then one outcome. */
export const workerMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), value: z.unknown() }),
  z.object({ type: z.literal('outcome'), outcome: z.unknown() }),
])
type WorkerMessage = z.infer<typeof workerMessage>

export interface WorkerContext {
  /** A busy thread reads no messages, so cancelling comes through shared memory: look once per batch. */
  readonly isCancelled: () => boolean
  /** Throws CANCELLED once the work is no longer wanted. */
  readonly throwIfCancelled: () => void
  readonly report: (progress: unknown) => void
}

function post(message: WorkerMessage, transfer: readonly TransferListItem[] = []): void {
  parentPort?.postMessage(message, transfer)
}

/**
 * The whole of a dedicated worker's entry: reads the input, does the work, answers once, and returns. It never
 * calls `process.exit`, which could overtake the answer; the thread ends when nothing is left to do.
 */
export async function serveWorkerRun<Input extends z.ZodType>(
  input: Input,
  work: (input: z.output<Input>, context: WorkerContext) => Promise<unknown>,
): Promise<void> {
  const start = workerStart.parse(workerData)
  const flag = new Int32Array(start.cancelFlag)
  const isCancelled = () => Atomics.load(flag, 0) !== 0
  const context: WorkerContext = {
    isCancelled,
    throwIfCancelled: () => {
      if (isCancelled()) throw new AppError('CANCELLED', 'The work was cancelled.')
    },
    report: (value) => post({ type: 'progress', value }),
  }
  const outcome = await packOutcome(() =>
    work(parseInput(input, start.input, 'The input of the worker'), context),
  )
  post({ type: 'outcome', outcome })
}
