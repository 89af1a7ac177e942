import type { Server } from 'node:http'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import { createRouterClient } from '@orpc/server'
import fastify, { type FastifyInstance } from 'fastify'
import { AppError } from '#shared/contract/errors.ts'
import { withAnswer } from '../answer-uncaught.ts'
import { logErrorToStderr, logUnforeseen, type ErrorLog } from '../call-errors.ts'
import { windowSecurityHeaders } from '../web/content-security-policy.ts'
import { PredictQueue } from '../web/predict-queue.ts'
import { hasFullAccess, isAllowedHost, isForeignRequest, type AccessSecrets } from './access.ts'
import { createErrorHandler, forbidden, HttpRefusal, unauthorised } from './http-errors.ts'
import { addMediaRoutes } from './media-routes.ts'
import { createOpenApiDocument } from './openapi-document.ts'
import { addPredictRoutes } from './predict-routes.ts'
import { addRestRoutes } from './rest-routes.ts'
import { attachRpcSocket } from './rpc-socket.ts'
import { defaultServerLimits, type ServerLimits, type ServerOptions } from './server-options.ts'
import { addSessionRoutes } from './session-routes.ts'
import { addWindowRoutes } from './window-routes.ts'

/** The whole server apart from listening. */
export async function createApp(
  options: ServerOptions,
  secrets: AccessSecrets,
): Promise<{ app: FastifyInstance; closeSockets: () => void }> {
  const limits: ServerLimits = { ...defaultServerLimits, ...options.limits }
  const log = options.log ?? logErrorToStderr
  const allowedHosts = (options.allowedHosts ?? []).map((name) => name.toLowerCase())
  const { engine } = options

  const app = fastify({
    bodyLimit: limits.bodyBytes,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 200 },
  })
  guardConnections(app.server, log)
  app.setErrorHandler(createErrorHandler(log))
  app.setNotFoundHandler((request) => {
    throw new AppError('NOT_FOUND', `There is nothing at ${request.method} ${request.url}.`)
  })
  app.addHook('onRequest', (request, _reply, done) => {
    if (!isAllowedHost(request.headers.host, allowedHosts)) throw wrongHost(request.headers.host)
    done()
  })
  // What a request's handler throws past its promise is still an answer to that request.
  app.addHook('onRequest', (_request, reply, done) => {
    withAnswer((error) => void (reply.sent || reply.send(error)), done)
  })
  await addHeaders(app)
  await app.register(rateLimit, {
    max: limits.requestsPerMinute,
    timeWindow: '1 minute',
    errorResponseBuilder: (_request, { after }) =>
      new HttpRefusal(429, new AppError('UNAVAILABLE', `Too many requests; try again in ${after}.`)),
  })

  app.get('/healthz', () => ({ status: 'ok' }))
  const { version } = await createRouterClient(engine.router).system.info()
  const document = await createOpenApiDocument(version)
  app.get('/openapi.json', () => document)
  addSessionRoutes(app, secrets)
  await app.register(async (scope) => {
    const queue = new PredictQueue({
      predict: engine.predict.bind(engine),
      limits: { waitingRequests: limits.waitingPredictions, imagesPerBatch: limits.imagesPerRequest },
    })
    await addPredictRoutes(scope, { queue, secrets, limits, defaultModel: options.predictModel ?? null })
  })
  await app.register((scope, _options, done) => {
    scope.addHook('onRequest', (request, _reply, next) => {
      if (isForeignRequest(request.headers)) throw forbidden('Another page may not use this server.')
      if (!hasFullAccess(request.headers, secrets)) throw unauthorised()
      next()
    })
    addMediaRoutes(scope, engine.media, limits)
    scope.register((api, _apiOptions, apiDone) => {
      addRestRoutes(api, { router: engine.router, log })
      apiDone()
    })
    done()
  })
  await addWindowRoutes(app, options.windowFolder)

  const closeSockets = attachRpcSocket(app.server, {
    router: engine.router,
    log,
    messageBytes: limits.socketMessageBytes,
    judge: ({ headers }) => {
      if (!isAllowedHost(headers.host, allowedHosts)) return wrongHost(headers.host)
      if (isForeignRequest(headers)) return forbidden('Another page may not use this server.')
      return hasFullAccess(headers, secrets) ? null : unauthorised()
    },
  })
  return { app, closeSockets }
}

/**
 * A stream without a listener for its errors ends the process with the first of them, and Node takes its own listener
 * off a stream that it hands over for an upgrade.
 */
function guardConnections(server: Server, log: ErrorLog): void {
  server.on('connection', (socket) => socket.on('error', () => undefined))
  // Such as too many open files while a connection is taken.
  server.on('error', (error) => void logUnforeseen(error, log))
}

async function addHeaders(app: FastifyInstance): Promise<void> {
  // Our own policy instead of helmet's; no HSTS, since a loopback server speaks plain HTTP.
  await app.register(helmet, { contentSecurityPolicy: false, strictTransportSecurity: false })
  app.addHook('onSend', (_request, reply, payload, done) => {
    void reply.headers(windowSecurityHeaders)
    done(null, payload)
  })
}

function wrongHost(host: string | undefined): HttpRefusal {
  const message = `This server is not reached under the name "${host ?? ''}". Use 127.0.0.1, or start it with --allow-host NAME.`
  return forbidden(message)
}
