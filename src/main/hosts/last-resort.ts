import type { EventEmitter } from 'node:events'
import type { AppError } from '#shared/contract/errors.ts'
import { tellAsker } from './answer-uncaught.ts'
import { logUnforeseen, type ErrorLog } from './call-errors.ts'

export interface LastResort extends Disposable {
  /** While the work goes on, a failure that nobody caught is survived instead of ending the program. */
  keepServing<Result>(work: () => Promise<Result>): Promise<Result>
}

interface LastResortOptions {
  readonly log: ErrorLog
  /** Ends the program in order: nobody serves, or failures follow each other too fast to go on. */
  readonly end: (failure: AppError) => void
  /** The desktop program serves its window from start to end. */
  readonly servesAlways?: boolean
  /** The process, or a stand-in. */
  readonly emitter?: EventEmitter
  readonly now?: () => number
}

/** More would be one fault in a circle, which serves nobody. */
const survivedFailures = 20
const withinMs = 60_000

/**
 * Hears of what no handler caught: logs it, answers whoever asked for the work that threw, and keeps serving. Node warns
 * that a program may be in any state after that. What Evenhand must not lose is in SQLite's transactions, which roll back
 * when something throws inside them, and in files that are renamed into place, so going on is safer than ending a
 * training that runs in its own thread.
 */
export function installLastResort(options: LastResortOptions): LastResort {
  const { log, end, servesAlways = false, emitter = process, now = Date.now } = options
  let serving = servesAlways ? 1 : 0
  let times: number[] = []
  const hear = (error: unknown): void => {
    const failure = logUnforeseen(error, log)
    tellAsker(failure)
    const at = now()
    times = [...times.filter((time) => time > at - withinMs), at]
    if (serving === 0 || times.length > survivedFailures) end(failure)
  }
  emitter.on('uncaughtException', hear)
  emitter.on('unhandledRejection', hear)
  return {
    keepServing: async (work) => {
      serving++
      try {
        return await work()
      } finally {
        serving--
      }
    },
    [Symbol.dispose]: () => {
      emitter.off('uncaughtException', hear)
      emitter.off('unhandledRejection', hear)
    },
  }
}
