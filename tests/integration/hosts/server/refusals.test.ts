import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defaultServerLimits, type ServerOptions } from '../../../../src/main/hosts/server/server-options.ts'
import { startServer, type RunningServer } from '../../../../src/main/hosts/server/start-server.ts'
import { problemDetails } from '../../../../src/main/hosts/web/problem.ts'
import { openEngine } from '../../../fixtures/engine.ts'
import { makeTemporaryFolder } from '../../../fixtures/folders.ts'
import { openRaw, sendRaw, upgradeRequest } from '../../../fixtures/raw-http.ts'
import { writeWindowFolder } from '../../../fixtures/window-folder.ts'

const folder = makeTemporaryFolder()
const apiKey = 'a key of more than sixteen characters'
const opened = openEngine(join(folder.path, 'user'))
const windowFolder = writeWindowFolder(join(folder.path, 'window'))
let server: RunningServer

const start = (options: Partial<ServerOptions> = {}): Promise<RunningServer> =>
  startServer({ engine: opened.engine, port: 0, windowFolder, apiKey, log: () => undefined, ...options })

beforeAll(async () => {
  server = await start()
})

afterAll(async () => {
  await server.close()
  await opened[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

interface Answer {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

function parseAnswer(text: string): Answer {
  const [head = '', ...rest] = text.split('\r\n\r\n')
  const [first = '', ...lines] = head.split('\r\n')
  const headers = lines.map((line) => {
    const at = line.indexOf(':')
    return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()] as const
  })
  return { status: Number(first.split(' ')[1]), headers: new Map(headers), body: rest.join('\r\n\r\n') }
}

const token = (): string => `Authorization: Bearer ${server.token}\r\n`
const host = 'Host: 127.0.0.1\r\n'
const close = 'Connection: close\r\n'

/** What no HTTP client would send stands here byte by byte. */
const requests: readonly (readonly [what: string, status: number, request: () => string])[] = [
  ['a path that is not there', 404, () => `GET /nothing HTTP/1.1\r\n${host}${close}\r\n`],
  ['a method that is not known', 404, () => `PROPFIND / HTTP/1.1\r\n${host}${close}\r\n`],
  ['a method that is not served there', 404, () => `DELETE /healthz HTTP/1.1\r\n${host}${close}\r\n`],
  ['a procedure that is not there', 404, () => `GET /api/nothing HTTP/1.1\r\n${host}${close}${token()}\r\n`],
  [
    'an address that cannot be decoded',
    400,
    () => `GET /media/thumb/%E0%A4%A HTTP/1.1\r\n${host}${close}\r\n`,
  ],
  [
    'an address that cannot be decoded, under another name',
    403,
    () => `GET /media/thumb/%E0%A4%A HTTP/1.1\r\nHost: evil.example\r\n${close}\r\n`,
  ],
  [
    'a number that is too long',
    404,
    () => `GET /media/thumb/${'1'.repeat(300)} HTTP/1.1\r\n${host}${close}${token()}\r\n`,
  ],
  ['no host', 403, () => `GET /healthz HTTP/1.1\r\n${close}\r\n`],
  ['another name', 403, () => `GET /healthz HTTP/1.1\r\nHost: evil.example\r\n${close}\r\n`],
  ['no sign-in', 401, () => `GET /api/system HTTP/1.1\r\n${host}${close}\r\n`],
  [
    'JSON that is none',
    400,
    () =>
      `POST /api/project/open HTTP/1.1\r\n${host}${close}${token()}Content-Type: application/json\r\nContent-Length: 1\r\n\r\n{`,
  ],
  [
    'content of another type',
    415,
    () =>
      `POST /predict HTTP/1.1\r\n${host}${close}${token()}Content-Type: image/jpeg\r\nContent-Length: 1\r\n\r\nx`,
  ],
  [
    'content of no type',
    415,
    () => `POST /predict HTTP/1.1\r\n${host}${close}${token()}Content-Length: 1\r\n\r\nx`,
  ],
  [
    'a body that is too large',
    413,
    () =>
      `POST /api/project/open HTTP/1.1\r\n${host}${close}${token()}Content-Type: application/json\r\nContent-Length: ${defaultServerLimits.bodyBytes + 1}\r\n\r\n`,
  ],
  [
    'a form that says it is too large',
    413,
    () =>
      `POST /predict HTTP/1.1\r\n${host}${close}${token()}Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 999999999999\r\n\r\n`,
  ],
  ['an expectation', 417, () => `GET /healthz HTTP/1.1\r\n${host}${close}Expect: tea\r\n\r\n`],
  [
    'two lengths',
    400,
    () => `POST /predict HTTP/1.1\r\n${host}Content-Length: 1\r\nContent-Length: 2\r\n\r\nx`,
  ],
  [
    'a length and chunks',
    400,
    () => `POST /predict HTTP/1.1\r\n${host}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  ],
  ['a header line without a name', 400, () => `GET / HTTP/1.1\r\n${host}: x\r\n\r\n`],
  ['another version', 400, () => `GET / HTTP/9.9\r\n${host}\r\n`],
  ['no HTTP at all', 400, () => '\u0016\u0003\u0001\u0002\u0000\u0001'],
  ['headers that are too large', 431, () => `GET / HTTP/1.1\r\n${host}X: ${'x'.repeat(20_000)}\r\n\r\n`],
  ['a range that is not there', 416, () => `GET / HTTP/1.1\r\n${host}${close}Range: bytes=9999-\r\n\r\n`],
  ['an upgrade without a sign-in', 401, () => upgradeRequest('/rpc')],
  ['an upgrade under another name', 403, () => upgradeRequest('/rpc', { host: 'evil.example' })],
  ['an upgrade elsewhere', 404, () => upgradeRequest('/', { authorization: `Bearer ${server.token}` })],
]

describe('a refusal', () => {
  it.each(requests)('of %s is a problem document with status %d', async (_what, status, request) => {
    const answer = parseAnswer(await sendRaw(server.port, Buffer.from(request(), 'latin1')))
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    const problem = problemDetails.parse(JSON.parse(answer.body))
    expect([answer.status, problem.status]).toEqual([status, status])
    expect(problem.detail).toMatch(/\w/)
  })

  it('while the server closes is one as well, and says that it stops', async () => {
    const other = await start()
    const socket = await openRaw(other.port)
    let text = ''
    socket.setEncoding('latin1').on('data', (chunk) => (text += String(chunk)))
    // Half of a request keeps its connection from being closed as idle.
    socket.write(`GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n`)
    await expect.poll(() => socket.bytesWritten).toBeGreaterThan(0)
    const closing = other.close()
    socket.write('\r\n')
    await expect.poll(() => text).toContain('\r\n\r\n')
    const answer = parseAnswer(text)
    expect(problemDetails.parse(JSON.parse(answer.body))).toMatchObject({ status: 503, code: 'UNAVAILABLE' })
    expect(answer.headers.get('retry-after')).toBe('1')
    socket.destroy()
    await closing
  })
})

describe('a slow sender', () => {
  const patience = { headersMs: 150, silenceMs: 150, requestMs: 600, lookMs: 30 }

  it.each([
    ['headers', () => `GET /healthz HTTP/1.1\r\n${host}X-Half: `],
    [
      'a body',
      () =>
        `POST /api/project/open HTTP/1.1\r\n${host}${token()}Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{`,
    ],
    [
      'a form',
      () =>
        `POST /predict HTTP/1.1\r\n${host}${token()}Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 999\r\n\r\n--x\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\nhalf`,
    ],
  ])('of %s that falls silent is answered 408 and its connection closed', async (_what, request) => {
    const slow = await start({ patience })
    const text = request().replace(server.token, slow.token)
    const answer = parseAnswer(await sendRaw(slow.port, text, 20_000))
    expect(answer.status).toBe(408)
    expect(problemDetails.parse(JSON.parse(answer.body)).detail).toContain('did not arrive in time')
    await slow.close()
  })

  it('of a form that drips without end is cut as well', async () => {
    const slow = await start({ patience })
    const socket = await openRaw(slow.port)
    let text = ''
    socket.setEncoding('latin1').on('data', (chunk) => (text += String(chunk)))
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    socket.write(
      `POST /predict HTTP/1.1\r\n${host}Authorization: Bearer ${slow.token}\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 99999\r\n\r\n--x\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n`,
    )
    const dripping = setInterval(() => socket.write('x'), 40)
    await closed
    clearInterval(dripping)
    expect(parseAnswer(text).status).toBe(408)
    await slow.close()
  })

  it('leaves one alone that sends as it can', async () => {
    const slow = await start({ patience: { ...patience, silenceMs: 2_000, requestMs: 60_000 } })
    const socket = await openRaw(slow.port)
    let text = ''
    socket.setEncoding('latin1').on('data', (chunk) => (text += String(chunk)))
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    const body = JSON.stringify({ folder: '/nowhere' })
    socket.write(
      `POST /api/project/open HTTP/1.1\r\n${host}${close}Authorization: Bearer ${slow.token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`,
    )
    for (const letter of body) {
      await new Promise((resolve) => setTimeout(resolve, 150))
      socket.write(letter)
    }
    await closed
    expect(parseAnswer(text).status).toBe(404)
    await slow.close()
  })
})

describe('the share of requests a minute', () => {
  it('of the window is not used up by health checks and by strangers', async () => {
    const other = await start({ limits: { openPerMinute: 3, requestsPerMinute: 3, guessesPerMinute: 3 } })
    const ask = async (path: string, headers: Record<string, string> = {}) =>
      (await fetch(`${other.origin}${path}`, { headers })).status
    const statuses: number[] = []
    for (let count = 0; count < 5; count++) statuses.push(await ask('/healthz'))
    for (let count = 0; count < 5; count++) statuses.push(await ask('/api/system', { 'x-api-key': 'wrong' }))
    expect(statuses).toEqual([200, 200, 200, 429, 429, 401, 401, 401, 429, 429])
    expect(await ask('/api/system', { authorization: `Bearer ${other.token}` })).toBe(200)
    await other.close()
  })

  it('of wrong keys is small, and what comes too early is told when to come', async () => {
    const other = await start({ limits: { guessesPerMinute: 2 } })
    const ask = (key: string) => fetch(`${other.origin}/model`, { headers: { 'x-api-key': key } })
    expect([(await ask('wrong')).status, (await ask('wrong too')).status]).toEqual([401, 401])
    const refused = await ask(apiKey)
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(problemDetails.parse(await refused.json()).detail).toMatch(
      /^Too many requests; try again in \d+ seconds\.$/,
    )
    await other.close()
  })
})
