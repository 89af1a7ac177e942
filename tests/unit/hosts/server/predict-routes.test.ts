import { Agent, request } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import fastify, { type FastifyInstance } from 'fastify'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Engine } from '#engine/engine.ts'
import type { PredictResponse } from '#shared/contract/prediction.contract.ts'
import { addPredictRoutes } from '../../../../src/main/hosts/server/predict-routes.ts'
import { defaultServerLimits } from '../../../../src/main/hosts/server/server-options.ts'
import { limitQueue, predictLimits } from '../../../../src/main/hosts/web/predict-limits.ts'
import { PredictQueue } from '../../../../src/main/hosts/web/predict-queue.ts'

const apiKey = 'a key of more than sixteen characters'
const body = JSON.stringify({ images: [{ name: 'face.jpg', data: 'AAAA' }] })
const answer: PredictResponse = {
  model: { id: '1', name: 'm', sha256: 'a'.repeat(64) },
  predictions: [{ file: 'face.jpg', faces: [] }],
  milliseconds: { decode: 1, inference: 1 },
}

let predict: Engine['predict']
let app: FastifyInstance
let agent: Agent
let sockets: Socket[]

beforeEach(async () => {
  predict = () => Promise.resolve(answer)
  agent = new Agent({ keepAlive: true, maxSockets: 1 })
  sockets = []
  app = fastify()
  app.server.on('connection', (socket) => sockets.push(socket))
  const queue = new PredictQueue({
    predict: (...input) => predict(...input),
    measureImages: async (images) => images.map(() => 1),
    limits: limitQueue(predictLimits),
  })
  const admit = () => ({ kind: 'key' }) as const
  await app.register((scope) =>
    addPredictRoutes(scope, {
      queue,
      admit,
      defaultModel: null,
      purposeId: null,
      limits: defaultServerLimits,
    }),
  )
  await app.listen({ port: 0, host: '127.0.0.1' })
})
afterEach(async () => {
  agent.destroy()
  await app.close()
})

function ask(path: string): { readonly status: Promise<number | undefined>; readonly giveUp: () => void } {
  const { port } = app.server.address() as AddressInfo
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' }
  const method = path === '/predict' ? 'POST' : 'GET'
  const asked = request({ agent, host: '127.0.0.1', port, path, headers, method })
  const status = new Promise<number | undefined>((resolve, reject) => {
    asked.once('error', reject)
    asked.once('response', (response) => {
      response.resume().once('end', () => resolve(response.statusCode))
    })
  })
  asked.end(method === 'POST' ? body : undefined)
  return { status, giveUp: () => void asked.destroy() }
}

const countListeners = (): number => sockets[0]?.listenerCount('close') ?? -1

describe('a connection that is kept alive', () => {
  it.each(['/predict', '/model'])('holds nothing of the requests it has answered (%s)', async (path) => {
    expect(await ask(path).status).toBe(200)
    const afterFirst = countListeners()
    for (let count = 0; count < 5; count++) expect(await ask(path).status).toBe(200)
    expect(sockets).toHaveLength(1)
    expect(countListeners()).toBe(afterFirst)
  })
})

describe('a request whose sender goes away', () => {
  it('stops its prediction', async () => {
    const { promise: begun, resolve: begin } = Promise.withResolvers<AbortSignal | undefined>()
    const { promise: held, resolve: finish } = Promise.withResolvers<PredictResponse>()
    predict = (_images, _model, { signal }) => {
      begin(signal)
      return held
    }
    const { status, giveUp } = ask('/predict')
    const signal = await begun
    giveUp()
    await expect(status).rejects.toThrow('socket hang up')
    await expect.poll(() => signal?.aborted).toBe(true)
    finish(answer)
  })

  it('is told from one that has its answer', async () => {
    const signals: (AbortSignal | undefined)[] = []
    predict = (_images, _model, { signal }) => {
      signals.push(signal)
      return Promise.resolve(answer)
    }
    await ask('/predict').status
    await ask('/predict').status
    expect(signals.map((signal) => signal?.aborted)).toEqual([false, false])
  })
})
