import { setTimeout as delay } from 'node:timers/promises'
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import { unpackOutcome } from '#engine/base/threads/worker-outcome.ts'
import { tensorFlowAnswers } from './tensorflow-protocol.ts'
import type { BridgeStart, TensorFlowAnswer, TensorFlowRequest } from './tensorflow-protocol.ts'

type RequestType = TensorFlowRequest['type']
type Request<Type extends RequestType> = Extract<TensorFlowRequest, { type: Type }>

/** How long the process may take to go when it is closed. */
const windDownMs = 5000

/** A process that holds TensorFlow. One question at a time; one that has ended answers with UNAVAILABLE. */
export interface TensorFlowProcess {
  ask<Type extends RequestType>(request: Request<Type> & { type: Type }): Promise<TensorFlowAnswer<Type>>
  /** Blocks the calling thread until the answer is there. */
  askNow<Type extends RequestType>(request: Request<Type> & { type: Type }): TensorFlowAnswer<Type>
  /** Ends the process; a question that waits is answered with its end. */
  close(): Promise<void>
}

/** Starts the process; it loads nothing before it is asked to `open`. */
export function openTensorFlowProcess(workers: WorkerLocator, threads: number): TensorFlowProcess {
  const { port1: port, port2 } = new MessageChannel()
  const answered = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)
  const counter = new Int32Array(answered)
  const start: BridgeStart = {
    port: port2,
    answered,
    entry: workers.locate('tensorflow').href,
    threads,
  }
  const thread = new Worker(workers.locate('tensorflow-bridge'), {
    workerData: start,
    transferList: [port2],
    name: 'tensorflow',
  })
  const failure = Promise.withResolvers<never>()
  // Only a question that waits for its answer wants to know.
  failure.promise.catch(() => undefined)
  const exited = new Promise<void>((resolve) => {
    thread.once('error', failure.reject)
    thread.once('exit', () => {
      failure.reject(new Error('The thread that leads to TensorFlow has ended'))
      resolve()
    })
  })
  const read = <Type extends RequestType>(type: Type, outcome: unknown): TensorFlowAnswer<Type> =>
    unpackOutcome(tensorFlowAnswers[type], outcome) as TensorFlowAnswer<Type>
  let asked = 0
  let isBusy = false
  let isClosed = false
  const post = (request: TensorFlowRequest): void => {
    if (isClosed) throw new Error('This TensorFlow process was closed')
    if (isBusy) throw new Error(`TensorFlow was asked to ${request.type} before it had answered`)
    port.postMessage(request)
    asked++
  }

  return {
    async ask(request) {
      post(request)
      isBusy = true
      try {
        const answer = new Promise<unknown>((resolve) => port.once('message', resolve))
        return read(request.type, await Promise.race([answer, failure.promise]))
      } finally {
        isBusy = false
      }
    },
    askNow(request) {
      post(request)
      // The count may still lag behind an answer that came as a message.
      for (let count = Atomics.load(counter, 0); count < asked; count = Atomics.load(counter, 0))
        Atomics.wait(counter, 0, count)
      const received = receiveMessageOnPort(port)
      if (received === undefined) throw new Error('The thread that leads to TensorFlow has ended')
      return read(request.type, received.message)
    },
    async close() {
      if (isClosed) return
      isClosed = true
      port.close()
      await Promise.race([exited, delay(windDownMs, undefined, { ref: false })])
      await thread.terminate()
    },
  }
}
