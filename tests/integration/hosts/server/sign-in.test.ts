import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { ServerOptions } from '../../../../src/main/hosts/server/server-options.ts'
import { startServer, type RunningServer } from '../../../../src/main/hosts/server/start-server.ts'
import { openEngine } from '../../../fixtures/engine.ts'
import { makeTemporaryFolder } from '../../../fixtures/folders.ts'
import { writeWindowFolder } from '../../../fixtures/window-folder.ts'

const clock = { now: 0 }
let folder: ReturnType<typeof makeTemporaryFolder>
let opened: ReturnType<typeof openEngine>
let server: RunningServer

const start = (options: Partial<ServerOptions> = {}): Promise<RunningServer> =>
  startServer({
    engine: opened.engine,
    port: 0,
    windowFolder: join(folder.path, 'window'),
    log: () => undefined,
    now: () => clock.now,
    ...options,
  })

beforeEach(async () => {
  clock.now = Date.parse('2026-01-01T00:00:00Z')
  folder = makeTemporaryFolder()
  writeWindowFolder(join(folder.path, 'window'))
  opened = openEngine(join(folder.path, 'user'))
  server = await start()
})

afterEach(async () => {
  await server.close()
  await opened[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

const bearer = () => ({ authorization: `Bearer ${server.token}` })

function enter(body: object, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${server.origin}/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
}

/** What a browser would send back. */
const cookieOf = (response: Response) => ({
  cookie: response.headers.get('set-cookie')?.split(';')[0] ?? '',
})

async function signIn(): Promise<{ readonly cookie: string }> {
  const response = await enter({ code: server.offerSignIn().code })
  expect(response.status).toBe(204)
  return cookieOf(response)
}

const statusOf = async (path: string, headers: Record<string, string>, method = 'GET') =>
  (await fetch(`${server.origin}${path}`, { headers, method, redirect: 'manual' })).status

describe('a code', () => {
  it('is traded once for a cookie that no script can read and no other site can send', async () => {
    const { url, code, used } = server.offerSignIn()
    expect(url).toBe(`${server.origin}/#code=${code}`)
    const granted = await enter({ code })
    await used
    expect(granted.status).toBe(204)
    expect(granted.headers.get('set-cookie')).toMatch(
      new RegExp(`^evenhand-${server.port}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict$`),
    )
    expect(await statusOf('/api/system', cookieOf(granted))).toBe(200)
    expect((await enter({ code })).status).toBe(401)
  })

  it('is worth nothing after ten minutes, nor to another page', async () => {
    const { code } = server.offerSignIn()
    expect((await enter({ code }, { origin: 'https://evil.example' })).status).toBe(403)
    clock.now += 10 * 60_000
    expect((await enter({ code })).status).toBe(401)
  })

  it('is handed to who shows the token, with the time until which it is good', async () => {
    const ask = (headers: Record<string, string>) =>
      fetch(`${server.origin}/session/codes`, { method: 'POST', headers })
    expect((await ask({})).status).toBe(401)
    const offered = (await (await ask(bearer())).json()) as { url: string; expiresAt: string }
    expect(offered).toEqual({
      url: expect.stringContaining(`${server.origin}/#code=`),
      expiresAt: '2026-01-01T00:10:00.000Z',
    })
    expect((await enter({ code: new URL(offered.url).hash.replace('#code=', '') })).status).toBe(204)
  })

  it.each([{}, [], { code: '' }, { code: 7 }, { code: 'x'.repeat(300) }, { token: null }, 'code'])(
    'is not %j',
    async (body) => expect((await enter(body as object)).status).toBe(401),
  )
})

describe('the page that hands a code over', () => {
  const post = (code: string, origin = 'null') =>
    fetch(`${server.origin}/session/enter`, {
      method: 'POST',
      // As a browser sends the form of a file.
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        origin,
        'sec-fetch-site': 'cross-site',
        'sec-fetch-mode': 'navigate',
      },
      body: new URLSearchParams({ code }).toString(),
      redirect: 'manual',
    })

  it('is let in and sent to the window, whose address holds nothing', async () => {
    const response = await post(server.offerSignIn().code)
    expect([response.status, response.headers.get('location')]).toEqual([303, '/'])
    expect(await statusOf('/session', cookieOf(response))).toBe(204)
  })

  it('with a code that is used or wrong comes to the window without a sign-in, which says what to do', async () => {
    const { code } = server.offerSignIn()
    await post(code)
    for (const worthless of [code, 'wrong', '']) {
      const response = await post(worthless)
      expect([response.status, response.headers.get('location'), response.headers.get('set-cookie')]).toEqual(
        [303, '/', null],
      )
    }
  })

  it('is no web page', async () => {
    expect((await post(server.offerSignIn().code, 'https://evil.example')).status).toBe(403)
    expect((await post(server.offerSignIn().code, server.origin)).status).toBe(403)
  })
})

/** A socket and a stream of events that came in by these headers, with what becomes of them. */
async function follow(headers: Record<string, string>) {
  const socket = new WebSocket(`${server.origin.replace('http', 'ws')}/rpc`, { headers })
  await once(socket, 'open')
  const stream = await fetch(`${server.origin}/api/events`, { headers })
  return {
    socketEnd: new Promise<number>((resolve) => socket.once('close', resolve)),
    streamEnd: stream.text().then(
      () => 'ended',
      () => 'cut',
    ),
    close: () => socket.close(),
  }
}

describe('signing out', () => {
  it('ends this browser’s requests, socket and events, and no other’s', async () => {
    const [own, other] = [await signIn(), await signIn()]
    const [ownLines, otherLines] = [await follow(own), await follow(other)]
    const response = await fetch(`${server.origin}/session`, { method: 'DELETE', headers: own })
    expect(response.status).toBe(204)
    expect(response.headers.get('set-cookie')).toBe(
      `evenhand-${server.port}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0`,
    )
    expect(await ownLines.socketEnd).toBe(4401)
    expect(await ownLines.streamEnd).toBe('cut')
    expect([await statusOf('/session', own), await statusOf('/session', other)]).toEqual([401, 204])
    otherLines.close()
    expect(await otherLines.socketEnd).not.toBe(4401)
  })

  it('of all others from the window keeps its own sign-in and renews the token, without telling it', async () => {
    const [own, other] = [await signIn(), await signIn()]
    const before = bearer()
    const [otherLines, programLines] = [await follow(other), await follow(before)]
    const response = await fetch(`${server.origin}/session/renew`, { method: 'POST', headers: own })
    expect([response.status, await response.text()]).toEqual([204, ''])
    expect([await otherLines.socketEnd, await programLines.socketEnd]).toEqual([4401, 4401])
    expect([await otherLines.streamEnd, await programLines.streamEnd]).toEqual(['cut', 'cut'])
    const statuses = [own, other, before, bearer()].map((headers) => statusOf('/session', headers))
    expect(await Promise.all(statuses)).toEqual([204, 401, 401, 204])
  })

  it('of all by the token gives the new token and tells the owner', async () => {
    const told: string[] = []
    await server.close()
    server = await start({ onNewToken: () => told.push(server.token) })
    const own = await signIn()
    const { code } = server.offerSignIn()
    const response = await fetch(`${server.origin}/session/renew`, { method: 'POST', headers: bearer() })
    const { token } = (await response.json()) as { token: string }
    expect([server.token, told]).toEqual([token, [token]])
    expect([await statusOf('/session', own), (await enter({ code })).status]).toEqual([401, 401])
  })

  it('comes by itself after twelve hours without an open window', async () => {
    const own = await signIn()
    clock.now += 12 * 3_600_000
    expect(await statusOf('/session', own)).toBe(401)
  })
})

describe('a server that was started anew', () => {
  it('does not know a browser of before, and its code lets the same browser in', async () => {
    const own = await signIn()
    const { port } = server
    await server.close()
    server = await start({ port })
    expect(await statusOf('/session', own)).toBe(401)
    const again = await enter({ code: server.offerSignIn().code }, own)
    // One name for each port: a browser that stays open does not collect cookies.
    expect(cookieOf(again).cookie.split('=')[0]).toBe(own.cookie.split('=')[0])
    expect(await statusOf('/session', cookieOf(again))).toBe(204)
  })
})
