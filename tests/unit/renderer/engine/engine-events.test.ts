import { createORPCClient } from '@orpc/client'
import { QueryClient } from '@tanstack/react-query'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Topic } from '#shared/contract/system.contract.ts'
import type { EngineClient } from '#renderer/engine/client.ts'
import { createEngineApi } from '#renderer/engine/engine-context.tsx'
import { createEventSink } from '#renderer/engine/engine-events.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

/** A cache with one answer about data sets and one about runs, and what was made stale of it, and when. */
function openSink() {
  const client: EngineClient = createORPCClient({ call: () => Promise.reject(new Error('nothing is asked')) })
  const api = createEngineApi(client)
  const queryClient = new QueryClient()
  const keys = {
    datasets: api.dataset.key(),
    runs: api.run.list.key(),
  } as const
  for (const queryKey of Object.values(keys)) queryClient.setQueryData(queryKey, [])
  const stale: string[] = []
  const startedAt = Date.now()
  queryClient.getQueryCache().subscribe((event) => {
    if (event.type !== 'updated' || event.action.type !== 'invalidate') return
    const name = event.query.queryKey === keys.runs ? 'runs' : 'datasets'
    stale.push(`${name} at ${Date.now() - startedAt} ms`)
    // As if it had been asked for again.
    queryClient.setQueryData(event.query.queryKey, [])
  })
  const sink = createEventSink(queryClient, api)
  const change = (...topics: Topic[]) => sink.onEvent({ type: 'catalogueChanged', topics })
  return { change, stale, sink }
}

describe('what the engine says has changed', () => {
  it('is asked for again at once, and what changes close behind it in one round', () => {
    const { change, stale } = openSink()
    change('datasets')
    vi.advanceTimersByTime(100)
    change('runs')
    vi.advanceTimersByTime(100)
    change('runs', 'datasets')
    vi.advanceTimersByTime(10_000)
    change('runs')
    expect(stale).toEqual(['datasets at 0 ms', 'runs at 400 ms', 'datasets at 400 ms', 'runs at 10200 ms'])
  })

  it('is let go when nobody follows any more', () => {
    const { change, stale, sink } = openSink()
    change('runs')
    change('datasets')
    sink.dispose()
    vi.advanceTimersByTime(10_000)
    expect(stale).toEqual(['runs at 0 ms'])
  })
})
