import { expect, it } from 'vitest'
import { CallWatch } from '#engine/project/session/call-watch.ts'

const never = new AbortController().signal

it('waits for what is under way and for a while after it', async () => {
  const calls = new CallWatch()
  const order: string[] = []
  const asked = Promise.withResolvers<null>()
  const handlers = calls.watch({ 'image.facets': () => asked.promise })
  const answer = Promise.resolve(handlers['image.facets']?.({}, never)).then(() => order.push('answered'))
  const quiet = calls
    .awaitQuiet({ quietMs: 30, atMostMs: 60_000, signal: never })
    .then(() => order.push('quiet'))
  await new Promise((resolve) => setTimeout(resolve, 150))
  expect(order).toEqual([])
  asked.resolve(null)
  await Promise.all([answer, quiet])
  expect(order).toEqual(['answered', 'quiet'])
})

it('ends at its limit and with its signal', async () => {
  const calls = new CallWatch()
  const { 'image.facets': ask } = calls.watch({ 'image.facets': () => new Promise<null>(() => undefined) })
  void ask?.({}, never)
  await expect(calls.awaitQuiet({ quietMs: 10, atMostMs: 40, signal: never })).resolves.toBeUndefined()
  const closing = new AbortController()
  const closed = calls.awaitQuiet({ quietMs: 60_000, atMostMs: 60_000, signal: closing.signal })
  closing.abort()
  await expect(closed).resolves.toBeUndefined()
})

it('passes a failure on, and counts it as an answer', async () => {
  const calls = new CallWatch()
  const handlers = calls.watch({ 'image.facets': () => Promise.reject(new Error('no')) })
  await expect(handlers['image.facets']?.({}, never)).rejects.toThrow('no')
  await expect(calls.awaitQuiet({ quietMs: 10, atMostMs: 60_000, signal: never })).resolves.toBeUndefined()
})
