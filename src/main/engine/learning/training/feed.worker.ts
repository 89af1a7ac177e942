import { parentPort, workerData } from 'node:worker_threads'
import { BatchMaker, feedPlan } from '#engine/learning/training/batch-maker.ts'
import { feedRequest } from '#engine/learning/training/feed-threads.ts'
import { packOutcome } from '#engine/base/threads/worker-outcome.ts'

/** Makes each batch it is asked for, in that order, until its thread is ended. */
const plan = feedPlan.parse(workerData)
let maker: BatchMaker | undefined

async function answer(received: unknown): Promise<void> {
  const { id, epoch, batch } = feedRequest.parse(received)
  const outcome = await packOutcome(() => (maker ??= new BatchMaker(plan)).make(epoch, batch))
  const transfer =
    outcome.isOk && outcome.value.images.buffer instanceof ArrayBuffer ? [outcome.value.images.buffer] : []
  parentPort?.postMessage({ id, outcome }, transfer)
}

parentPort?.on('message', (received: unknown) => void answer(received))
