import { EventEmitter } from 'node:events'
import { networkInterfaces } from 'node:os'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { request as httpRequest, type OutgoingHttpHeaders } from 'node:http'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { predictResponse } from '#shared/contract/prediction.contract.ts'
import { installLastResort } from '../../../../src/main/hosts/last-resort.ts'
import { defaultServerLimits, type ServerOptions } from '../../../../src/main/hosts/server/server-options.ts'
import { startServer, type RunningServer } from '../../../../src/main/hosts/server/start-server.ts'
import { problemDetails } from '../../../../src/main/hosts/web/problem.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { finishWell } from '#tests/fixtures/jobs.ts'
import { drawLabelledPictures } from '#tests/fixtures/labelled-project.ts'
import { makeBlankPng, makeJpeg } from '#tests/fixtures/pictures.ts'
import { openRaw } from '#tests/fixtures/raw-http.ts'
import { writeWindowFolder } from '#tests/fixtures/window-folder.ts'
import { writeUntrainedModel } from '#tests/fixtures/untrained-model.ts'

const folder = makeTemporaryFolder()
const windowFolder = join(folder.path, 'window')
const onnxFile = join(folder.path, 'model.onnx')
const script = `export const words = '${'word '.repeat(400)}'`
const apiKey = 'a key of more than sixteen characters'
const opened = openEngine(join(folder.path, 'user'))
let server: RunningServer
let face: Blob
let imageNumber: number

const start = (options: Partial<ServerOptions> = {}): Promise<RunningServer> =>
  startServer({
    engine: opened.engine,
    port: 0,
    windowFolder,
    apiKey,
    predictModel: { onnxFile },
    log: () => undefined,
    ...options,
  })

beforeAll(async () => {
  writeWindowFolder(windowFolder)
  writeFileSync(join(windowFolder, 'assets/app-1a2b3c.js'), script)
  writeFileSync(join(windowFolder, 'assets/app-1a2b3c.js.br'), brotliCompressSync(script))
  writeFileSync(join(windowFolder, 'assets/app-1a2b3c.js.gz'), gzipSync(script))
  await writeUntrainedModel(onnxFile)
  face = new Blob([Uint8Array.from(await makeJpeg(64, 64))])
  const pictures = join(folder.path, 'pictures')
  await drawLabelledPictures(pictures, 3)
  await opened.client.project.create({ folder: join(folder.path, 'project') })
  const { jobId } = await opened.client.dataset.import({ source: pictures, format: 'utkface' })
  await finishWell(opened.client, jobId)
  const { items } = await opened.client.image.query({})
  imageNumber = items[0]?.id ?? 0
  server = await start()
}, 120_000)

afterAll(async () => {
  await server.close()
  await opened[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` })
const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${server.origin}${path}`, { headers })

interface Form {
  readonly images?: readonly (readonly [string, Blob])[]
  readonly fields?: Readonly<Record<string, string>>
}

function postForm({ images = [], fields = {} }: Form, origin = server.origin): Promise<Response> {
  const body = new FormData()
  for (const [name, value] of Object.entries(fields)) body.append(name, value)
  for (const [name, image] of images) body.append('image', image, name)
  return fetch(`${origin}/predict`, { method: 'POST', body, headers: bearer(apiKey) })
}

/** `fetch` sets Host and Origin itself; an attacker's page and resolver would as well. */
function statusWith(path: string, headers: OutgoingHttpHeaders): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    httpRequest({ host: '127.0.0.1', port: server.port, path, headers }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
      .once('error', reject)
      .end()
  })
}

function socketStatus(path: string, headers: Record<string, string>): Promise<number | 'open'> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, { headers })
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
    socket.on('error', () => undefined)
    socket.on('open', () => {
      socket.close()
      resolve('open')
    })
  })
}

describe('where the server listens', () => {
  it('is this machine alone unless told otherwise', async () => {
    expect(server.address).toBe('127.0.0.1')
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((one) => one !== undefined && !one.internal && one.family === 'IPv4')
    const reached =
      outside && (await fetch(`http://${outside.address}:${server.port}/healthz`).catch(() => undefined))
    expect(reached).toBeUndefined()
  })

  it('a taken port is an error that says what to do', async () => {
    await expect(start({ port: server.port })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(/Port \d+ .*--port/),
    })
  })

  it('an address of another machine is refused in words', async () => {
    await expect(start({ host: '203.0.113.1' })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })

  it('closing frees the port and ends open event streams', async () => {
    const other = await start()
    const stream = await fetch(`${other.origin}/api/events`, { headers: bearer(other.token) })
    expect(stream.headers.get('content-type')).toContain('text/event-stream')
    await other.close()
    await stream.text().catch(() => 'cut')
    const again = await start({ port: other.port })
    expect(again.port).toBe(other.port)
    await again.close()
  })
})

describe('the token', () => {
  it.each(['/api/system', '/api/project', '/media/thumb/1', '/media/image/1', '/model', '/session'])(
    '%s is refused without it',
    async (path) => {
      const response = await get(path)
      expect(response.status).toBe(401)
      expect(response.headers.get('content-type')).toContain('application/problem+json')
      expect(problemDetails.parse(await response.json()).detail).toContain('sign-in')
    },
  )

  it('opens the contract for programs', async () => {
    const response = await get('/api/system', bearer(server.token))
    expect(await response.json()).toMatchObject({ cores: expect.any(Number) })
  })

  it('of another start does not open this one', async () => {
    const other = await start()
    expect((await get('/api/system', bearer(other.token))).status).toBe(401)
    await other.close()
  })

  it('is traded for a cookie that scripts cannot read and other sites cannot send', async () => {
    const signIn = (token: string) =>
      fetch(`${server.origin}/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token }),
      })
    expect((await signIn('wrong')).status).toBe(401)
    const granted = await signIn(server.token)
    const cookie = granted.headers.get('set-cookie') ?? ''
    expect(granted.status).toBe(204)
    expect(cookie).toMatch(/^evenhand-[\w-]+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)
    expect(cookie).not.toContain(server.token)
    const sent = { cookie: cookie.split(';')[0] ?? '' }
    expect((await get('/session', sent)).status).toBe(204)
    expect((await get(`/media/thumb/${imageNumber}`, sent)).status).toBe(200)
  })

  it('is wanted by the WebSocket as well, and nothing else is upgraded', async () => {
    expect(await socketStatus('/rpc', {})).toBe(401)
    expect(await socketStatus('/rpc', bearer('wrong'))).toBe(401)
    expect(await socketStatus('/rpc', bearer(server.token))).toBe('open')
    expect(await socketStatus('/other', bearer(server.token))).toBe(404)
  })
})

describe('another page in the same browser', () => {
  it('does not get in under a name of its own (DNS rebinding)', async () => {
    expect(await statusWith('/healthz', { host: 'evil.example' })).toBe(403)
    expect(await statusWith('/', { host: 'evil.example' })).toBe(403)
    expect(await socketStatus('/rpc', { ...bearer(server.token), host: 'evil.example' })).toBe(403)
    expect(await statusWith('/healthz', { host: `localhost:${server.port}` })).toBe(200)
  })

  it('gets in under a name that the user allowed', async () => {
    const other = await start({ allowedHosts: ['Lab-7.local'] })
    const url = { host: '127.0.0.1', port: other.port, path: '/healthz', headers: { host: 'lab-7.local' } }
    const status = await new Promise((resolve) =>
      httpRequest(url, ({ statusCode }) => resolve(statusCode)).end(),
    )
    expect(status).toBe(200)
    await other.close()
  })

  it('is refused by Origin and by fetch metadata even with the token', async () => {
    const token = bearer(server.token)
    expect(await statusWith('/api/system', { ...token, origin: 'https://evil.example' })).toBe(403)
    expect(await statusWith('/api/system', { ...token, origin: 'http://127.0.0.1:1' })).toBe(403)
    expect(await statusWith('/media/thumb/1', { ...token, 'sec-fetch-site': 'same-site' })).toBe(403)
    expect(await socketStatus('/rpc', { ...token, origin: 'https://evil.example' })).toBe(403)
    expect(await statusWith('/api/system', { ...token, origin: server.origin })).toBe(200)
  })
})

describe('the window', () => {
  it('comes with a policy that allows neither eval nor foreign scripts', async () => {
    const response = await get('/')
    const policy = response.headers.get('content-security-policy') ?? ''
    expect(await response.text()).toContain('Evenhand')
    expect(policy).toContain("default-src 'none'; script-src 'self';")
    expect(policy).not.toContain('unsafe-eval')
    expect(response.headers.get('referrer-policy')).toBe('no-referrer')
  })

  it('is never cached as a whole, its hashed files for ever', async () => {
    expect((await get('/')).headers.get('cache-control')).toBe('no-cache')
    expect((await get('/assets/app-1a2b3c.js')).headers.get('cache-control')).toContain('immutable')
  })

  it.each([
    ['br, gzip', 'br'],
    ['gzip', 'gzip'],
    ['identity', null],
  ])('sends to a browser that takes %s its scripts as %s', async (accepted, encoding) => {
    const response = await get('/assets/app-1a2b3c.js', { 'accept-encoding': accepted })
    expect(response.headers.get('content-encoding')).toBe(encoding)
    expect(response.headers.get('content-type')).toContain('javascript')
    expect(response.headers.get('vary')).toContain('accept-encoding')
    expect(response.headers.get('cache-control')).toContain('immutable')
    expect(await response.text()).toBe(script)
  })

  it('that is not built says how to build it', async () => {
    const other = await start({ windowFolder: join(folder.path, 'nothing') })
    const response = await fetch(other.origin)
    expect(response.status).toBe(503)
    expect(await response.text()).toContain('npm run build')
    await other.close()
  })

  it('is all of its folder that is served', async () => {
    expect(await statusWith('/..%2fmodel.onnx', {})).toBe(404)
    expect((await get('/model.onnx')).status).toBe(404)
  })
})

describe('pictures', () => {
  const token = () => bearer(server.token)

  it('come by number with a validator, and are kept by no browser', async () => {
    const response = await get(`/media/thumb/${imageNumber}?v=abc`, token())
    expect(response.headers.get('content-type')).toBe('image/webp')
    expect(response.headers.get('cache-control')).toBe('private, no-store')
    const etag = response.headers.get('etag') ?? ''
    const again = await get(`/media/thumb/${imageNumber}`, { ...token(), 'if-none-match': etag })
    expect(again.status).toBe(304)
    expect((await get(`/media/image/${imageNumber}`, token())).status).toBe(200)
  })

  it.each([
    ['999999', 404],
    ['0', 400],
    ['-1', 400],
    ['..%2F..%2Fetc%2Fpasswd', 400],
    ['1e3', 400],
    ['%00', 400],
  ])('of %s end with %d', async (id, status) => {
    expect((await get(`/media/thumb/${id}`, token())).status).toBe(status)
  })
})

describe('POST /predict', () => {
  it('answers labelled probabilities for files of a form', async () => {
    const response = await postForm({ images: [['face.jpg', face]] })
    const { model, predictions } = predictResponse.parse(await response.json())
    expect(response.status).toBe(200)
    expect(model.name).toBe('Untrained')
    expect(predictions[0]?.file).toBe('face.jpg')
    const probabilities = Object.values(predictions[0]?.faces[0]?.gender?.probabilities ?? {})
    expect(probabilities.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 5)
  })

  it('answers race to programs under a purpose alone, and to the window as it is', async () => {
    const raceOf = async (response: Response) => {
      const answer = predictResponse.parse(await response.json())
      return [answer.predictions[0]?.faces[0]?.race !== null, answer.withheld?.tasks, answer.purpose?.id]
    }
    const ask = (origin: string, headers: Record<string, string>) => {
      const body = new FormData()
      body.append('image', face, 'face.jpg')
      return fetch(`${origin}/predict`, { method: 'POST', body, headers })
    }
    const { id } = await opened.client.purpose.record({
      tasks: ['race'],
      who: 'Ann',
      what: 'Measuring bias',
      until: '2099-01-31',
    })
    const other = await start({ purposeId: id })
    const { code } = server.offerSignIn()
    const entered = await fetch(`${server.origin}/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code }),
    })
    expect(entered.headers.get('clear-site-data')).toBe('"cache"')
    const cookie = entered.headers.get('set-cookie')?.split(';')[0] ?? ''
    expect([
      await raceOf(await ask(server.origin, { 'x-api-key': apiKey })),
      await raceOf(await ask(server.origin, bearer(server.token))),
      await raceOf(await ask(server.origin, { cookie })),
      await raceOf(await ask(other.origin, { 'x-api-key': apiKey })),
    ]).toEqual([
      [false, ['race'], undefined],
      [false, ['race'], undefined],
      [true, undefined, undefined],
      [true, undefined, id],
    ])
    await other.close()
  })

  it('is kept by no browser, as nothing that is answered', async () => {
    const answers = [
      await postForm({ images: [['face.jpg', face]] }),
      await get('/api/images/1', bearer(server.token)),
      await get('/healthz'),
    ]
    expect(answers.map(({ headers }) => headers.get('cache-control'))).toEqual(
      answers.map(() => 'private, no-store'),
    )
  })

  it('answers the same for the same bytes as JSON', async () => {
    const data = Buffer.from(await face.arrayBuffer()).toString('base64')
    const form = await postForm({ images: [['face.jpg', face]] })
    const expected = predictResponse.parse(await form.json()).predictions
    // Browsers' FileReader puts a prefix before the content.
    for (const written of [data, `data:image/jpeg;base64,${data}`]) {
      const response = await fetch(`${server.origin}/predict`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': apiKey },
        body: JSON.stringify({ images: [{ name: 'face.jpg', data: written }] }),
      })
      expect(predictResponse.parse(await response.json()).predictions).toEqual(expected)
    }
  })

  it('says that a text is no file', async () => {
    const body = new FormData()
    body.append('image', 'face.jpg')
    const response = await fetch(`${server.origin}/predict`, {
      method: 'POST',
      headers: { 'x-api-key': apiKey },
      body,
    })
    expect(response.status).toBe(400)
    expect(await response.text()).toContain('-F image=@face.jpg')
  })

  it('warns of a picture that shows nothing, of which a network is as sure as of any other', async () => {
    const black = new Blob([Uint8Array.from(makeBlankPng(64, 64))])
    const response = await postForm({
      images: [
        ['black.png', black],
        ['face.jpg', face],
      ],
    })
    const { predictions } = predictResponse.parse(await response.json())
    expect(predictions.map(({ faces, warning }) => [faces.length, warning])).toEqual([
      [1, expect.stringMatching(/seems to show nothing.*The answer means nothing\./)],
      [1, undefined],
    ])
  })

  it('refuses a text file under the name of an image and names it', async () => {
    const response = await postForm({ images: [['holiday.jpg', new Blob(['just text'])]] })
    const problem = problemDetails.parse(await response.json())
    expect([response.status, problem.code, problem.data]).toEqual([
      400,
      'INVALID_INPUT',
      { file: 'holiday.jpg' },
    ])
    expect(problem.detail).toMatch(/holiday\.jpg.*not an image/)
  })

  it('answers the good image beside the bad one', async () => {
    const response = await postForm({
      images: [
        ['bad.jpg', new Blob(['just text'])],
        ['good.jpg', face],
      ],
    })
    const { predictions } = predictResponse.parse(await response.json())
    expect(predictions.map(({ file, faces, error }) => [file, faces.length, error === undefined])).toEqual([
      ['bad.jpg', 0, false],
      ['good.jpg', 1, true],
    ])
  })

  it.each([
    ['no image', {}, 400],
    ['an unknown field', { images: [['a.jpg', new Blob(['x'])] as const], fields: { crop: 'yes' } }, 400],
    [
      'a path for a model',
      { images: [['a.jpg', new Blob(['x'])] as const], fields: { model: '/etc/passwd' } },
      400,
    ],
    ['an unknown model', { images: [['a.jpg', new Blob(['x'])] as const], fields: { model: '99' } }, 404],
  ])('refuses %s', async (_what, form, status) => {
    const response = await postForm(form)
    problemDetails.parse(await response.json())
    expect(response.status).toBe(status)
  })

  it.each(['', '{', '[]', '{"images":[]}', '{"images":[{"data":1}]}'])(
    'refuses the JSON %s',
    async (body) => {
      const response = await fetch(`${server.origin}/predict`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': apiKey },
        body,
      })
      expect([response.status, problemDetails.parse(await response.json()).code]).toEqual([
        400,
        'INVALID_INPUT',
      ])
    },
  )

  it('opens with its key, which opens nothing else', async () => {
    expect((await get('/model', { 'x-api-key': apiKey })).status).toBe(200)
    expect((await get('/api/system', { 'x-api-key': apiKey })).status).toBe(401)
    expect((await get('/api/system', bearer(apiKey))).status).toBe(401)
    expect((await get(`/media/thumb/${imageNumber}`, bearer(apiKey))).status).toBe(401)
  })

  it('without a configured key opens with the token alone', async () => {
    const other = await start({ apiKey: null })
    const ask = (secret: string) => fetch(`${other.origin}/model`, { headers: bearer(secret) })
    expect([(await ask(apiKey)).status, (await ask('null')).status, (await ask(other.token)).status]).toEqual(
      [401, 401, 200],
    )
    await other.close()
  })
})

describe('limits', () => {
  it('an image too large is refused with 413', async () => {
    const other = await start({ limits: { imageBytes: 1_000 } })
    const response = await postForm(
      { images: [['big.jpg', new Blob([new Uint8Array(2_000)])]] },
      other.origin,
    )
    expect(response.status).toBe(413)
    const { detail } = problemDetails.parse(await response.json())
    expect(detail).toBe('big.jpg is larger than 0 MB. Save it smaller.')
    await other.close()
  })

  it('a body too large is refused with 413', async () => {
    const response = await fetch(`${server.origin}/api/project/open`, {
      method: 'POST',
      headers: { ...bearer(server.token), 'content-type': 'application/json' },
      body: JSON.stringify({ folder: 'x'.repeat(defaultServerLimits.bodyBytes) }),
    })
    expect(response.status).toBe(413)
  })

  it('more images than one request may hold are refused with 413 and the number', async () => {
    const other = await start({ limits: { imagesPerRequest: 1 } })
    const response = await postForm(
      {
        images: [
          ['a.jpg', face],
          ['b.jpg', face],
        ],
      },
      other.origin,
    )
    expect(response.status).toBe(413)
    expect(problemDetails.parse(await response.json()).detail).toContain('more than 1 images')
    await other.close()
  })

  it('more pixels than one request may have are refused with 413 by the headers of the images', async () => {
    const other = await start({ limits: { pixelsPerRequest: 100_000_000 } })
    const blank = new Blob([Uint8Array.from(makeBlankPng(9_000, 9_000))])
    const images = [1, 2].map((number) => [`${number}.png`, blank] as const)
    const response = await postForm({ images }, other.origin)
    expect(response.status).toBe(413)
    expect(problemDetails.parse(await response.json()).detail).toBe(
      'The images of this request have 162 megapixels together; the limit is 100. Send them smaller, or in several requests.',
    )
    await other.close()
  })

  it('more bytes than one request may have are refused with 413, also without a length in its headers', async () => {
    const other = await start({ limits: { uploadBytes: 2_000_000, bodyBytes: 100_000 } })
    const part = (name: string) =>
      `--x\r\nContent-Disposition: form-data; name="image"; filename="${name}"\r\n\r\n${'0'.repeat(1_200_000)}\r\n`
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        for (const text of [part('a.jpg'), part('b.jpg'), '--x--\r\n']) controller.enqueue(Buffer.from(text))
        controller.close()
      },
    })
    const ask = (content: BodyInit) =>
      fetch(`${other.origin}/predict`, {
        method: 'POST',
        headers: { ...bearer(apiKey), 'content-type': 'multipart/form-data; boundary=x' },
        body: content,
        duplex: 'half',
      } as RequestInit)
    expect((await ask(body)).status).toBe(413)
    expect((await ask('0'.repeat(2_200_000))).status).toBe(413)
    await other.close()
  })

  it('uploads that fill the memory set aside for them are refused with 503 and when to come back', async () => {
    const other = await start({ limits: { heldBytes: 1_000_000 } })
    const socket = await openRaw(other.port)
    socket.write(
      `POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: ${apiKey}\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 999999\r\n\r\n--x`,
    )
    const ask = () => postForm({ images: [['face.jpg', face]] }, other.origin)
    await expect.poll(async () => (await ask()).status).toBe(503)
    expect((await ask()).headers.get('retry-after')).toBe('1')
    socket.destroy()
    await expect.poll(async () => (await ask()).status).toBe(200)
    await other.close()
  })

  it("a form that breaks off is the sender's mistake and says so", async () => {
    for (const type of ['multipart/form-data; boundary=x', 'multipart/form-data']) {
      const response = await fetch(`${server.origin}/predict`, {
        method: 'POST',
        headers: { ...bearer(apiKey), 'content-type': type },
        body: '--x\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\nhalf',
      })
      expect(response.status).toBe(400)
      expect(problemDetails.parse(await response.json()).detail).toMatch(/^The form could not be read \(/)
    }
  })

  it('content of another type, and JSON that is none, are told what to send', async () => {
    const ask = async (type: string, body: string) => {
      const headers = { ...bearer(apiKey), 'content-type': type }
      const response = await fetch(`${server.origin}/predict`, { method: 'POST', headers, body })
      return `${response.status} ${problemDetails.parse(await response.json()).detail}`
    }
    expect(await ask('image/jpeg', 'x')).toMatch(/^415 .* Send application\/json, or images as multipart/)
    expect(await ask('application/json', '{')).toMatch(/^400 The body is no valid JSON\./)
  })

  it('too many requests are refused with 429 and when to come back', async () => {
    const other = await start({ limits: { predictPerMinute: 2 } })
    const ask = () => postForm({ images: [['face.jpg', face]] }, other.origin)
    const statuses = [(await ask()).status, (await ask()).status]
    const refused = await ask()
    expect([...statuses, refused.status]).toEqual([200, 200, 429])
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(problemDetails.parse(await refused.json()).detail).toContain('Too many requests')
    await other.close()
  })

  it('a full queue is refused with 503 and when to come back', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const slow: ServerOptions['engine'] = {
      ...opened.engine,
      predict: async (...request) => {
        await promise
        return opened.engine.predict(...request)
      },
    }
    const other = await start({ engine: slow, limits: { waitingPredictions: 1 } })
    const ask = () => postForm({ images: [['face.jpg', face]] }, other.origin)
    const running = ask()
    await expect
      .poll(async () => {
        const late = await Promise.race([ask(), new Promise<null>((done) => setTimeout(done, 200, null))])
        return late?.status
      })
      .toBe(503)
    resolve()
    expect((await running).status).toBe(200)
    await other.close()
  })
})

describe('a request whose work throws where nobody can catch it', () => {
  it('is answered as an internal failure', async () => {
    const emitter = new EventEmitter()
    installLastResort({ emitter, log: () => undefined, end: () => undefined, servesAlways: true })
    const thumbnail = () =>
      new Promise<never>(() => {
        setTimeout(() => emitter.emit('uncaughtException', new Error('late')), 1)
      })
    const other = await start({ engine: { ...opened.engine, media: { ...opened.engine.media, thumbnail } } })
    const response = await fetch(`${other.origin}/media/thumb/1`, { headers: bearer(other.token) })
    expect(response.status).toBe(500)
    expect(problemDetails.parse(await response.json())).toMatchObject({
      code: 'INTERNAL',
      data: { reference: expect.any(String) },
    })
    await other.close()
  })
})

describe('open to everybody', () => {
  it('are the health check and the description alone', async () => {
    expect(await (await get('/healthz')).json()).toEqual({ status: 'ok' })
    expect(await (await get('/openapi.json')).json()).toMatchObject({
      openapi: expect.stringMatching(/^3\.1/),
    })
    const unknown = await get('/nothing/here')
    expect([unknown.status, problemDetails.parse(await unknown.json()).code]).toEqual([404, 'NOT_FOUND'])
  })
})
