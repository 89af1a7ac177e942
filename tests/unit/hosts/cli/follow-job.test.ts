import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createEventHub, type EventHub } from '#engine/base/kernel/event-hub.ts'
import type { AnyHandlers } from '#engine/base/procedures/handlers.ts'
import { createRouter } from '#engine/base/procedures/router.ts'
import { jobId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { jobSnapshot, type JobSnapshot } from '#shared/contract/job.contract.ts'
import { createMemoryLogger } from '#tests/fixtures/logs.ts'
import { followJob } from '../../../../src/main/hosts/cli/follow-job.ts'
import { createLocalClient } from '../../../../src/main/hosts/local-client.ts'

const describeJob = (state: JobSnapshot['state']): JobSnapshot =>
  jobSnapshot.parse({
    id: 1,
    kind: 'import',
    title: 'Import',
    state,
    phase: null,
    done: 0,
    total: null,
    rate: null,
    remainingSeconds: null,
    message: null,
    error: null,
    result: null,
    createdAt: '2026-01-01T00:00:00.000Z',
    startedAt: null,
    finishedAt: null,
  })

let hub: EventHub
let unhandled: unknown[]
const note = (reason: unknown): void => void unhandled.push(reason)

beforeEach(() => {
  hub = createEventHub()
  unhandled = []
  process.on('unhandledRejection', note)
})
afterEach(() => {
  process.off('unhandledRejection', note)
  hub.close()
})

const settled = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 20))

function follow(handlers: AnyHandlers, signal: AbortSignal): Promise<JobSnapshot> {
  const router = createRouter({ logger: createMemoryLogger(), find: (name) => handlers[name] })
  return followJob({
    engine: hub,
    client: createLocalClient(router),
    jobId: jobId.parse(1),
    signal,
    onProgress: () => undefined,
  })
}
const conflict = (): never => {
  throw new AppError('CONFLICT', 'Job 1 cannot be cancelled: it has already succeeded.')
}

describe('Ctrl-C when the job has just ended', () => {
  it('before its state was read: says how it ended, and nothing is left unhandled', async () => {
    const handlers: AnyHandlers = { 'job.get': () => describeJob('succeeded'), 'job.cancel': conflict }
    await expect(follow(handlers, AbortSignal.abort())).resolves.toMatchObject({ state: 'succeeded' })
    await settled()
    expect(unhandled).toEqual([])
  })

  it('before its last event was read: says how it ended', async () => {
    const stop = new AbortController()
    const { promise: refused, resolve: refuse } = Promise.withResolvers<void>()
    const handlers: AnyHandlers = {
      'job.get': () => describeJob('running'),
      'job.cancel': () => {
        refuse()
        return conflict()
      },
    }
    const following = follow(handlers, stop.signal)
    await settled()
    stop.abort()
    await refused
    await settled()
    hub.publish({ type: 'jobChanged', job: describeJob('succeeded') })
    await expect(following).resolves.toMatchObject({ state: 'succeeded' })
  })
})

describe('Ctrl-C that cannot be passed on', () => {
  it('is an error', async () => {
    const stop = new AbortController()
    const handlers: AnyHandlers = {
      'job.get': () => describeJob('running'),
      'job.cancel': () => {
        throw new AppError('UNAVAILABLE', 'The disk is full.')
      },
    }
    const following = follow(handlers, stop.signal)
    await settled()
    stop.abort()
    await expect(following).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })
})
