import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { jobSnapshot, type JobSnapshot } from '#shared/contract/job.contract.ts'
import type { EngineEvent } from '#shared/contract/system.contract.ts'
import { createEventHub } from '#engine/base/kernel/event-hub.ts'
import { ProgressMeter } from '#engine/base/jobs/progress-meter.ts'

function describeJob(done: number, phase: string, state: JobSnapshot['state'] = 'running'): EngineEvent {
  const job = jobSnapshot.parse({
    id: 1,
    kind: 'import',
    title: 'Import',
    state,
    phase,
    done,
    total: 100,
    rate: null,
    remainingSeconds: null,
    message: null,
    error: null,
    result: null,
    createdAt: '2026-01-01T00:00:00.000Z',
    startedAt: null,
    finishedAt: null,
  })
  return { type: 'jobChanged', job }
}

describe('the event hub', () => {
  it('gives every subscriber every event from the moment it subscribed, and ends with its signal', async () => {
    const hub = createEventHub()
    const abort = new AbortController()
    hub.publish({ type: 'catalogueChanged', topics: ['runs'] })
    const streams = [hub.subscribe(abort.signal), hub.subscribe(abort.signal)]
    hub.publish({ type: 'catalogueChanged', topics: ['images'] })
    for (const stream of streams) {
      expect(await stream.next()).toEqual({
        done: false,
        value: { type: 'catalogueChanged', topics: ['images'] },
      })
    }
    const waiting = streams.map((stream) => stream.next())
    abort.abort()
    expect(await Promise.all(waiting)).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ])
  })

  it('merges progress for a slow reader, but never a phase, a state or a topic away', async () => {
    const hub = createEventHub()
    const stream = hub.subscribe(new AbortController().signal)
    for (let done = 0; done <= 50; done++) hub.publish(describeJob(done, 'Reading'))
    hub.publish({ type: 'catalogueChanged', topics: ['images'] })
    hub.publish(describeJob(1, 'Writing'))
    hub.publish({ type: 'catalogueChanged', topics: ['datasets', 'images'] })
    hub.publish(describeJob(1, 'Writing', 'succeeded'))
    const events: EngineEvent[] = []
    for (let count = 0; count < 4; count++) {
      const { value } = await stream.next()
      if (value !== undefined) events.push(value)
    }
    expect(events).toEqual([
      describeJob(50, 'Reading'),
      describeJob(1, 'Writing'),
      { type: 'catalogueChanged', topics: ['images', 'datasets'] },
      describeJob(1, 'Writing', 'succeeded'),
    ])
  })
})

/** Tells how often somebody looked at it, which only those do who keep it for a reader. */
function createWatchedEvent(): { readonly event: EngineEvent; readonly looks: () => number } {
  let looks = 0
  const event: EngineEvent = {
    get type() {
      looks += 1
      return 'catalogueChanged' as const
    },
    topics: ['runs'],
  }
  return { event, looks: () => looks }
}

describe('a subscription that nobody has read from yet', () => {
  it.each([
    ['its signal aborts', (abort: AbortController) => abort.abort()],
    [
      'its reader returns',
      (_abort: AbortController, stream: AsyncGenerator<EngineEvent, void, void>) => stream.return(),
    ],
  ])('keeps nothing once %s', async (_how, end) => {
    const hub = createEventHub()
    const abort = new AbortController()
    const stream = hub.subscribe(abort.signal)
    const heard = createWatchedEvent()
    hub.publish(heard.event)
    expect(heard.looks()).toBeGreaterThan(0)
    await end(abort, stream)
    const unheard = createWatchedEvent()
    hub.publish(unheard.event)
    expect(unheard.looks()).toBe(0)
    expect(await stream.next()).toEqual({ done: true, value: undefined })
  })

  it('of a signal that was aborted before never listens', async () => {
    const hub = createEventHub()
    const stream = hub.subscribe(AbortSignal.abort())
    const unheard = createWatchedEvent()
    hub.publish(unheard.event)
    expect(unheard.looks()).toBe(0)
    expect(await stream.next()).toEqual({ done: true, value: undefined })
  })
})

describe('a subscription that is waited on', () => {
  it('ends when its reader returns', async () => {
    const stream = createEventHub().subscribe(new AbortController().signal)
    const waiting = stream.next()
    await stream.return()
    expect(await waiting).toEqual({ done: true, value: undefined })
  })

  it('leaves no listener on its signal', async () => {
    const { signal } = new AbortController()
    const before = getEventListeners(signal, 'abort').length
    const stream = createEventHub().subscribe(signal)
    const waiting = stream.next()
    expect(getEventListeners(signal, 'abort')).toHaveLength(before + 1)
    await stream.return()
    await waiting
    expect(getEventListeners(signal, 'abort')).toHaveLength(before)
  })
})

describe('closing the event hub', () => {
  it('ends what subscribes afterwards at once', async () => {
    const hub = createEventHub()
    hub.close()
    expect(await hub.subscribe(new AbortController().signal).next()).toEqual({ done: true, value: undefined })
  })

  it('ends every subscription', async () => {
    const hub = createEventHub()
    const waiting = hub.subscribe(new AbortController().signal).next()
    hub.close()
    expect(await waiting).toEqual({ done: true, value: undefined })
  })
})

describe('the progress meter', () => {
  it('measures the rate of the last ten seconds and the time that remains', () => {
    let at = 0
    const meter = new ProgressMeter(() => at)
    expect(meter.update({ phase: 'Reading', done: 0, total: 1000 })).toMatchObject({
      rate: null,
      remainingSeconds: null,
    })
    for (let second = 1; second <= 20; second++) {
      at = second * 1000
      meter.update({
        phase: 'Reading',
        done: second <= 10 ? second * 10 : 100 + (second - 10) * 40,
        total: 1000,
      })
    }
    expect(meter.current).toMatchObject({ done: 500, rate: 40, remainingSeconds: 12.5 })
  })

  it('starts again with each phase and knows no remaining time without a total', () => {
    let at = 0
    const meter = new ProgressMeter(() => at)
    meter.update({ phase: 'Reading', done: 90, total: 100 })
    at = 1000
    meter.update({ phase: 'Writing', done: 0, total: null })
    at = 2000
    expect(meter.update({ phase: 'Writing', done: 5, total: null, message: 'labels' })).toEqual({
      phase: 'Writing',
      done: 5,
      total: null,
      message: 'labels',
      rate: 5,
      remainingSeconds: null,
    })
  })

  it('never lets the total fall below what is done', () => {
    const meter = new ProgressMeter(() => 0)
    expect(meter.update({ phase: 'Reading', done: 12, total: 10 })).toMatchObject({ done: 12, total: 12 })
  })
})
