import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EngineConnection, toAppError, type ConnectionState } from '#renderer/engine/client.ts'
import type { EngineEvent } from '#shared/contract/system.contract.ts'
import { startServer, type RunningServer } from '../../src/main/hosts/server/start-server.ts'
import { openEngine } from '../fixtures/engine.ts'
import { makeTemporaryFolder } from '../fixtures/folders.ts'
import { socketWithToken } from './fixtures/transports.ts'

const ownSocket = globalThis.WebSocket

describe('the window connected over a WebSocket', () => {
  let folder: ReturnType<typeof makeTemporaryFolder>
  let opened: ReturnType<typeof openEngine>
  let server: RunningServer | null = null
  let connection: EngineConnection | null = null
  let access: 'granted' | 'refused' | 'unreachable' = 'unreachable'

  async function start(port = 0): Promise<RunningServer> {
    server = await startServer({ engine: opened.engine, port, windowFolder: '/nowhere' })
    globalThis.WebSocket = socketWithToken(server.token)
    return server
  }

  function connect(port: number): EngineConnection {
    connection = new EngineConnection({
      kind: 'websocket',
      url: `ws://127.0.0.1:${port}/rpc`,
      checkAccess: async () => access,
    })
    return connection
  }

  beforeEach(() => {
    access = 'unreachable'
    folder = makeTemporaryFolder()
    opened = openEngine(join(folder.path, 'user'))
  })

  afterEach(async () => {
    connection?.close()
    await server?.close()
    await opened[Symbol.asyncDispose]()
    globalThis.WebSocket = ownSocket
    folder[Symbol.dispose]()
  })

  it('comes back by itself, and a call made meanwhile waits for it', async () => {
    const { port } = await start()
    const { client, ...rest } = connect(port)
    void rest
    const states: ConnectionState[] = []
    connection?.onStateChange((state) => states.push(state))
    await client.system.info()
    await server?.close()
    await expect.poll(() => connection?.state).toBe('lost')
    const call = client.project.current()
    await start(port)
    expect(await call).toBeNull()
    expect(states).toEqual(['open', 'lost', 'open'])
  })

  it('asks for everything again after a gap in the events', async () => {
    const { port } = await start()
    connect(port)
    const controller = new AbortController()
    const events: EngineEvent[] = []
    let gaps = 0
    const following = connection?.followEvents(
      { onEvent: (event) => events.push(event), onGap: () => gaps++ },
      controller.signal,
    )
    await expect.poll(() => gaps).toBe(1)
    await server?.close()
    await start(port)
    await expect.poll(() => gaps, { timeout: 10_000 }).toBe(2)
    await connection?.client.project.create({ folder: join(folder.path, 'p') })
    await expect.poll(() => events.length).toBeGreaterThan(0)
    controller.abort()
    await following
  })

  it('stops trying when the server does not know it any more, and says what to do', async () => {
    const { port } = await start()
    globalThis.WebSocket = socketWithToken('another token')
    access = 'refused'
    connect(port)
    await expect.poll(() => connection?.state).toBe('refused')
    const error = await connection?.client.system.info().catch(toAppError)
    expect(error).toMatchObject({ code: 'UNAVAILABLE' })
  })

  it('fails a call under way at once when the connection breaks', async () => {
    const { port } = await start()
    const { client } = connect(port)
    const events = await client.system.events()
    const next = events.next()
    await server?.close()
    expect(toAppError(await next.catch((error: unknown) => error))).toMatchObject({
      code: expect.any(String),
    })
  })
})
