import { setTimeout as delay } from 'node:timers/promises'
import type { AnyHandler, AnyHandlers } from '#engine/base/procedures/handlers.ts'

interface QuietTime {
  readonly quietMs: number
  /** No longer than this, whatever is asked meanwhile. */
  readonly atMostMs: number
  readonly signal: AbortSignal
}

/** Knows when somebody last asked something of a project, so that what nobody waits for goes behind what somebody does. */
export class CallWatch {
  #underWay = 0
  #lastEndMs = performance.now()

  /** The same handlers, watched. */
  watch(handlers: AnyHandlers): AnyHandlers {
    const note =
      (answer: AnyHandler): AnyHandler =>
      async (input, signal) => {
        this.#underWay += 1
        try {
          return await answer(input, signal)
        } finally {
          this.#underWay -= 1
          this.#lastEndMs = performance.now()
        }
      }
    return Object.fromEntries(
      Object.entries<AnyHandler>(handlers).map(([name, answer]) => [name, note(answer)]),
    )
  }

  /** Resolves when nothing has been asked for a while; at once when `signal` aborts. Keeps no process alive. */
  async awaitQuiet({ quietMs, atMostMs, signal }: QuietTime): Promise<void> {
    const until = performance.now() + atMostMs
    while (!signal.aborted && performance.now() < until) {
      const leftMs = this.#underWay > 0 ? quietMs : this.#lastEndMs + quietMs - performance.now()
      if (leftMs <= 0) return
      await delay(leftMs, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }
}
