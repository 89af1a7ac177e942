import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { AppError } from '#shared/contract/errors.ts'
import { createRouter } from '#engine/base/procedures/router.ts'
import { call } from '@orpc/server'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { createMemoryLogger } from '#tests/fixtures/logs.ts'

/** What reaches the outside when a handler throws. */
async function failCall(fail: () => never) {
  const logger = createMemoryLogger()
  const router = createRouter({ logger, find: () => fail })
  const calling = call(router.project.close, undefined, { path: ['project', 'close'] })
  const error: unknown = await calling.catch((reason: unknown) => reason)
  return { error, logger }
}

describe('the engine', () => {
  it('describes itself', async () => {
    using folder = makeTemporaryFolder()
    await using opened = openEngine(join(folder.path, 'home'))
    expect(await opened.client.system.info()).toMatchObject({
      host: 'cli',
      node: process.version,
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      imageCodec: { name: 'sharp' },
      onnxRuntime: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    })
  })

  it('lists the visible folders below a folder, projects marked', async () => {
    using folder = makeTemporaryFolder()
    await using opened = openEngine(join(folder.path, 'home'))
    const path = join(folder.path, 'disk')
    for (const name of ['b2', 'b10', '.hidden']) mkdirSync(join(path, name), { recursive: true })
    writeFileSync(join(path, 'a.txt'), 'x')
    await opened.client.project.create({ folder: join(path, 'a') })
    expect(await opened.client.system.folders({ path })).toEqual({
      path,
      parent: folder.path,
      folders: [
        { name: 'a', path: join(path, 'a'), isProject: true },
        { name: 'b2', path: join(path, 'b2'), isProject: false },
        { name: 'b10', path: join(path, 'b10'), isProject: false },
      ],
      files: 1,
    })
    await expect(opened.client.system.folders({ path: join(path, 'nowhere') })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: `Cannot list ${join(path, 'nowhere')}: it does not exist. Check the path.`,
    })
  })

  it('tells its subscribers what changes', async () => {
    using folder = makeTemporaryFolder()
    await using opened = openEngine(join(folder.path, 'home'))
    const abort = new AbortController()
    const events = await opened.client.system.events(undefined, { signal: abort.signal })
    await opened.client.project.create({ folder: join(folder.path, 'faces') })
    expect(await events.next()).toEqual({
      done: false,
      value: { type: 'catalogueChanged', topics: ['project'] },
    })
    abort.abort()
  })

  it('ends its subscriptions and closes the project when it is disposed of', async () => {
    using folder = makeTemporaryFolder()
    const path = join(folder.path, 'faces')
    const opened = openEngine(join(folder.path, 'home'))
    const stream = opened.engine.subscribe(new AbortController().signal)
    await opened.client.project.create({ folder: path })
    await opened.engine.dispose()
    for await (const event of stream) expect(event.type).toBe('catalogueChanged')
    await using other = openEngine(join(folder.path, 'home'))
    await expect(other.client.project.open({ folder: path })).resolves.toMatchObject({ folder: path })
  })

  it('that is disposed of twice, as by a second quit, has ended for both only when it has ended', async () => {
    using folder = makeTemporaryFolder()
    const { engine, client } = openEngine(join(folder.path, 'home'))
    await client.project.create({ folder: join(folder.path, 'project') })
    const order: string[] = []
    const first = engine.dispose().then(() => order.push('first'))
    const second = engine.dispose().then(() => order.push('second'))
    await Promise.all([first, second])
    expect(order).toEqual(['first', 'second'])
  })
})

describe('a failed call', () => {
  it('keeps the code, the message and the details of an AppError, under the status of the table', async () => {
    const { error } = await failCall(() => {
      throw new AppError('CONFLICT', 'Taken. Choose another.', { details: { pid: 7 } })
    })
    expect(error).toMatchObject({
      code: 'CONFLICT',
      status: 409,
      defined: true,
      message: 'Taken. Choose another.',
      data: { pid: 7 },
    })
  })

  it('by a bug is INTERNAL with a log reference, and carries no stack and no cause', async () => {
    const { error, logger } = await failCall(() => {
      throw new TypeError('x is not a function')
    })
    expect(error).toMatchObject({
      code: 'INTERNAL',
      status: 500,
      defined: true,
      data: { reference: expect.any(String) },
      cause: undefined,
    })
    expect(JSON.stringify(error)).not.toContain('x is not a function')
    expect(logger.lines[0]).toMatchObject({ level: 'error', details: { procedure: 'project.close' } })
  })

  it('by an answer that does not fit the contract is INTERNAL as well', async () => {
    const extra = { closed: true, secret: 'leak' }
    const router = createRouter({ logger: createMemoryLogger(), find: () => () => extra })
    const error: unknown = await call(router.project.close, undefined).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'INTERNAL', status: 500 })
    expect(JSON.stringify(error)).not.toContain('leak')
  })

  it('by an input that does not fit names the bad field', async () => {
    using folder = makeTemporaryFolder()
    await using opened = openEngine(join(folder.path, 'home'))
    const create = opened.client.project.create({ folder: join(folder.path, 'faces'), name: 'x'.repeat(300) })
    await expect(create).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      status: 400,
      message: expect.stringMatching(/^The input does not fit\. name: /),
      data: { field: 'name' },
    })
  })
})
