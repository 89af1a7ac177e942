import { expect, it } from 'vitest'
import { awaitQuiet } from '#engine/base/kernel/quiet-time.ts'

/** Keeps this thread at work until it is told to stop. */
function keepBusy(): () => void {
  const timer = setInterval(() => {
    const until = performance.now() + 8
    while (performance.now() < until);
  }, 1)
  return () => clearInterval(timer)
}

it('waits while the thread is at work, and no longer', async () => {
  const stop = keepBusy()
  const quiet = awaitQuiet({ spanMs: 40, atMostMs: 60_000, signal: new AbortController().signal })
  const first = await Promise.race([
    quiet.then(() => 'quiet'),
    new Promise((resolve) => setTimeout(() => resolve('still at work'), 400)),
  ])
  expect(first).toBe('still at work')
  stop()
  await expect(quiet).resolves.toBeUndefined()
})

it('ends at its limit and with its signal', async () => {
  const stop = keepBusy()
  const limited = awaitQuiet({ spanMs: 20, atMostMs: 60, signal: new AbortController().signal })
  await expect(limited).resolves.toBeUndefined()
  const closing = new AbortController()
  const closed = awaitQuiet({ spanMs: 60_000, atMostMs: 60_000, signal: closing.signal })
  closing.abort()
  await expect(closed).resolves.toBeUndefined()
  stop()
})
