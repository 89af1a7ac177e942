import { setTimeout as delay } from 'node:timers/promises'

interface QuietTime {
  /** Looked at one after another; one in which the thread was mostly idle is enough. */
  readonly spanMs: number
  /** No longer than this, however busy the thread stays. */
  readonly atMostMs: number
  readonly signal: AbortSignal
}

/** The share of a span that may be work. */
const idleShare = 0.2

/**
 * Resolves when this thread has had little to do for a while, so that what nobody waits for goes behind what somebody does;
 * at once when `signal` aborts. Keeps no process alive.
 */
export async function awaitQuiet({ spanMs, atMostMs, signal }: QuietTime): Promise<void> {
  const until = performance.now() + atMostMs
  while (!signal.aborted && performance.now() < until) {
    const before = performance.eventLoopUtilization()
    await delay(spanMs, undefined, { signal, ref: false }).catch(() => undefined)
    const { utilization } = performance.eventLoopUtilization(before)
    if (utilization <= idleShare) return
  }
}
