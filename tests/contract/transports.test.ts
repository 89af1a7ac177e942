import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Engine } from '#engine/engine.ts'
import { errorTable } from '#shared/contract/errors.ts'
import { openEngine } from '../fixtures/engine.ts'
import { makeTemporaryFolder } from '../fixtures/folders.ts'
import { rigEngine } from './fixtures/rigged-engine.ts'
import { transports, type Connected } from './fixtures/transports.ts'

interface Failure {
  readonly code: string
  readonly status: number
  readonly message: string
  readonly data: unknown
}

async function failureOf(call: Promise<unknown>): Promise<Failure> {
  return call.then(
    () => {
      throw new Error('The call succeeded')
    },
    ({ code, status, message, data }: Failure) => ({ code, status, message, data }),
  )
}

describe.each(transports)('the contract $name', ({ connect }) => {
  let folder: ReturnType<typeof makeTemporaryFolder>
  let opened: ReturnType<typeof openEngine>
  const connections: Connected[] = []

  async function connectTo(engine: Engine): Promise<Connected> {
    const connection = await connect(engine)
    connections.push(connection)
    return connection
  }

  beforeEach(() => {
    folder = makeTemporaryFolder()
    opened = openEngine(join(folder.path, 'user'))
  })

  afterEach(async () => {
    for (const connection of connections.splice(0)) await connection[Symbol.asyncDispose]()
    await opened[Symbol.asyncDispose]()
    folder[Symbol.dispose]()
  })

  it('carries inputs and outputs whole', async () => {
    const { client } = await connectTo(opened.engine)
    const path = join(folder.path, 'Gesichter 顔 🙂')
    const made = await client.project.create({ folder: path, name: 'Faces "1" <&>' })
    expect(made).toMatchObject({ folder: path, name: 'Faces "1" <&>', counts: { images: 0 } })
    expect(await client.project.current()).toEqual(made)
    expect(await client.job.list({})).toEqual([])
  })

  it('answers null where there is nothing', async () => {
    const { client } = await connectTo(opened.engine)
    expect(await client.project.current()).toBeNull()
  })

  it('refuses an input that does not fit with INVALID_INPUT and the field', async () => {
    const { client } = await connectTo(opened.engine)
    const failure = await failureOf(client.job.list({ limit: 9999 }))
    expect(failure).toMatchObject({ code: 'INVALID_INPUT', status: 400 })
    expect(failure.message).toContain('limit')
  })

  it('refuses text that cannot be stored as what it is, and names its field', async () => {
    const { client } = await connectTo(opened.engine)
    const failure = await failureOf(client.project.create({ folder: '/nowhere', name: 'half \ud800' }))
    expect(failure).toMatchObject({ code: 'INVALID_INPUT', status: 400, data: { field: 'name' } })
    expect(failure.message).toContain('half of a character')
  })

  it('carries an error with its code, status, message and details', async () => {
    const { client } = await connectTo(rigEngine(opened.engine).engine)
    expect(await failureOf(client.project.close())).toEqual({
      code: 'CONFLICT',
      status: errorTable.CONFLICT.httpStatus,
      message: 'A run is under way; cancel it first.',
      data: { runId: 7, name: 'r7' },
    })
  })

  it('lets no field out that the contract does not name', async () => {
    const { client } = await connectTo(rigEngine(opened.engine).engine)
    const failure = await failureOf(client.project.recent())
    expect(failure).toMatchObject({ code: 'INTERNAL', status: 500 })
    expect(failure.message).not.toContain('extra')
    expect(Object.keys(failure.data as object)).toEqual(['reference'])
  })

  it('tells the handler when the caller cancels', async () => {
    const rigged = rigEngine(opened.engine)
    const { client } = await connectTo(rigged.engine)
    const controller = new AbortController()
    const call = client.system.folders({}, { signal: controller.signal }).then(
      () => 'answered',
      () => 'failed',
    )
    await rigged.started
    controller.abort()
    await rigged.sawAbort
    expect(await call).toBe('failed')
  })

  it('streams events as they happen and ends when the reader leaves', async () => {
    const { client } = await connectTo(opened.engine)
    const controller = new AbortController()
    const events = await client.system.events(undefined, { signal: controller.signal })
    const first = events.next()
    await client.project.create({ folder: join(folder.path, 'p') })
    const { value } = await first
    expect(value).toMatchObject({ type: 'catalogueChanged' })
    await events.return?.()
    controller.abort()
  })

  it('answers many calls at once, each with its own', async () => {
    const { client } = await connectTo(opened.engine)
    await client.project.create({ folder: join(folder.path, 'p') })
    const failures = await Promise.all(
      Array.from({ length: 50 }, (_, index) => failureOf(client.job.get({ jobId: index + 1 }))),
    )
    expect(failures.every(({ message }, index) => message.includes(String(index + 1)))).toBe(true)
    expect(new Set(failures.map(({ code }) => code))).toEqual(new Set(['NOT_FOUND']))
  })
})
