import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import fastify from 'fastify'
import * as z from 'zod'
import { remember } from '#engine/base/kernel/remember.ts'
import { createRouter } from '#engine/base/procedures/router.ts'
import { AppError } from '#shared/contract/errors.ts'
import { createErrorHandler } from '../../../src/main/hosts/server/http-errors.ts'
import { addPredictRoutes } from '../../../src/main/hosts/server/predict-routes.ts'
import { attachRpcSocket } from '../../../src/main/hosts/server/rpc-socket.ts'
import { defaultServerLimits } from '../../../src/main/hosts/server/server-options.ts'
import { SignIns } from '../../../src/main/hosts/server/sign-ins.ts'
import { createRpcLines } from '../../../src/main/hosts/rpc-lines.ts'
import { limitQueue, predictLimits } from '../../../src/main/hosts/web/predict-limits.ts'
import { PredictQueue } from '../../../src/main/hosts/web/predict-queue.ts'
import { problemDetails } from '../../../src/main/hosts/web/problem.ts'
import { createMemoryLogger } from '../../fixtures/logs.ts'
import { upgradeRequest } from '../../fixtures/raw-http.ts'
import { ask } from '../../hostile/ask.ts'
import { makeHostileCall } from '../../hostile/hostile-calls.ts'
import { chance, pick, type Random } from '../../hostile/pick.ts'
import { writeJson } from '../../hostile/rpc-line.ts'
import { promise, type FuzzTarget } from '../fuzz-target.ts'
import { encodeText, mutateBytes, mutateJson, mutateList } from '../mutate.ts'

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

const openPredictApp = remember(async (): Promise<number> => {
  const app = fastify()
  const queue = new PredictQueue({
    predict: async (images) => ({
      model: { id: '1', name: 'm', sha256: 'a'.repeat(64) },
      predictions: images.map(({ file }) => ({ file, faces: [] })),
      milliseconds: { decode: 1, inference: 1 },
    }),
    measureImages: async (images) => images.map(() => 1),
    limits: limitQueue(predictLimits),
  })
  app.setErrorHandler(createErrorHandler(() => undefined))
  await app.register((scope) =>
    addPredictRoutes(scope, {
      queue,
      admit: () => ({ kind: 'token' }),
      defaultModel: null,
      purposeId: null,
      limits: { ...defaultServerLimits, imageBytes: 4_000, imagesPerRequest: 8, uploadBytes: 20_000 },
    }),
  )
  await app.listen({ port: 0, host: '127.0.0.1' })
  app.server.unref()
  return portOf(app.server)
})

const part = (disposition: string, body: string): string =>
  `--x\r\nContent-Disposition: ${disposition}\r\n\r\n${body}\r\n`
const parts = [
  part('form-data; name="image"; filename="a.png"', 'bytes'),
  part('form-data; name="image"; filename="b.png"', 'more bytes'),
  part('form-data; name="model"', '1'),
]

const oddPart = (random: Random): string =>
  pick<() => string>(random, [
    () =>
      part(
        `form-data; name="${pick(random, ['image', 'model', '__proto__', 'constructor', '', 'x'])}"${pick(random, ['', '; filename=""', '; filename="a', "; filename*=utf-8''%ff%"])}`,
        pick(random, ['', 'a'.repeat(5_000), '--x', '\r\n--x']),
      ),
    () => '--x\r\n\r\n',
    () => '--x--',
    () => `--x\r\n${'X-Y: z\r\n'.repeat(random.int(1, 3_000))}\r\n`,
    () => part(';;;', 'a'),
  ])()

const types = [
  'multipart/form-data; boundary=x',
  'multipart/form-data; boundary=x',
  'multipart/form-data; boundary="x',
  'multipart/form-data',
  'application/json',
  'multipart/form-data; boundary=',
]

/** The first line is the type of content, the rest the body. */
const multipart: FuzzTarget = {
  name: 'multipart',
  covers: ['main/hosts/server/predict-routes.ts', 'main/hosts/web/predict-request.ts'],
  good: () => [encodeText(`${types[0] ?? ''}\n${parts.join('')}--x--\r\n`)],
  make(random) {
    const body = encodeText(
      mutateList(parts, random, oddPart).join('') + pick(random, ['--x--\r\n', '', '--x']),
    )
    const head = encodeText(`${pick(random, types)}\n`)
    return new Uint8Array(Buffer.concat([head, chance(random, 0.3) ? mutateBytes(body, random) : body]))
  },
  async read(bytes) {
    const at = bytes.indexOf(0x0a)
    const type = new TextDecoder('latin1').decode(bytes.subarray(0, at))
    const port = await openPredictApp()
    const body = Buffer.from(bytes.subarray(at + 1))
    const headers = { 'content-type': type, 'content-length': body.length }
    const { status, text } = await ask({ port, path: '/predict', method: 'POST', headers, body })
    promise(status < 500, `answers ${status}: ${text.slice(0, 300)}`)
    if (status >= 400) problemDetails.parse(JSON.parse(text))
  },
}

/** The contract, of which nothing can be answered: what is tested comes before. */
const router = createRouter({
  logger: createMemoryLogger(),
  find: () => () => {
    throw new AppError('NOT_FOUND', 'There is nothing here.')
  },
})
const openLine = createRpcLines(router, () => undefined)
const places = ['/tmp/nowhere', 'relative.csv', 'a\0b']

const rpcAnswer = z.object({ p: z.object({ s: z.int().default(200), b: z.unknown() }) })

const rpc: FuzzTarget = {
  name: 'rpc',
  covers: ['main/hosts/rpc-lines.ts', 'main/engine/base/procedures/router.ts'],
  good: () => [encodeText('{"i":"1","p":{"u":"/image/get","b":{"json":{"imageId":7},"meta":[]}}}')],
  make(random) {
    const { name, input, meta } = makeHostileCall(random.int(0, 2 ** 31 - 1), 0, places)
    const message = { i: '1', p: { u: `/${name.replace('.', '/')}`, b: { json: input, meta } } }
    const odd = chance(random, 0.4) ? mutateJson(message, random) : message
    const bytes = encodeText(writeJson(odd) ?? 'null')
    return chance(random, 0.2) ? mutateBytes(bytes, random) : bytes
  },
  async read(bytes) {
    const { promise: answered, resolve } = Promise.withResolvers<string | null>()
    const line = openLine({
      send: (message) => resolve(typeof message === 'string' ? message : null),
      close: () => resolve(null),
    })
    line.receive(new TextDecoder().decode(bytes))
    // Messages about a call that was never made have no answer.
    const answer = await Promise.race([answered, delay(30, null)])
    line.end()
    const read = answer === null ? null : rpcAnswer.parse(JSON.parse(answer))
    promise(read === null || read.p.s < 500, `answers ${answer?.slice(0, 300)}`)
  },
}

const openUpgradeServer = remember(async (): Promise<number> => {
  const server = createServer((_request, response) => response.end())
  server.on('connection', (socket) => socket.on('error', () => undefined))
  attachRpcSocket(server, {
    router,
    log: () => undefined,
    messageBytes: 10_000,
    signIns: new SignIns({ now: Date.now }),
    admit: () => ({ kind: 'token' }),
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  server.unref()
  return portOf(server)
})

const call = '{"i":"1","p":{"u":"/image/get","b":{"json":{"imageId":7}}}}'

/** A text frame as a client writes it, under the mask 0. */
const frame = (text: string): Uint8Array =>
  new Uint8Array(Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]))

const goodUpgrade = new Uint8Array(Buffer.concat([Buffer.from(upgradeRequest('/rpc')), frame(call)]))

const upgrade: FuzzTarget = {
  name: 'upgrade',
  covers: ['main/hosts/server/rpc-socket.ts'],
  good: () => [goodUpgrade],
  make(random) {
    if (chance(random, 0.5)) return mutateBytes(goodUpgrade, random)
    const request = upgradeRequest(pick(random, ['/rpc', '//[', '*', '/rpc?\u00ff']), {
      'sec-websocket-key': pick(random, ['dGhlIHNhbXBsZSBub25jZQ==', '', 'x']),
      ...(chance(random, 0.5)
        ? {
            'sec-websocket-extensions': pick(random, [
              'permessage-deflate',
              ';;=',
              'permessage-deflate; client_max_window_bits=99',
            ]),
          }
        : {}),
      ...(chance(random, 0.3) ? { 'sec-websocket-protocol': pick(random, ['a,a', ',', '\u00ff']) } : {}),
    })
    return new Uint8Array(Buffer.concat([Buffer.from(request, 'latin1'), mutateBytes(frame(call), random)]))
  },
  async read(bytes) {
    const socket = connect({ port: await openUpgradeServer(), host: '127.0.0.1' })
    let answer = ''
    const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    socket.on('error', () => undefined)
    socket.setEncoding('latin1').on('data', (chunk) => (answer += String(chunk)))
    socket.setTimeout(25, () => socket.resetAndDestroy())
    socket.write(bytes)
    await ended
    promise(!answer.startsWith('HTTP/1.1 5'), `answers ${answer.slice(0, 200)}`)
  },
}

export const serverTargets: readonly FuzzTarget[] = [multipart, rpc, upgrade]
