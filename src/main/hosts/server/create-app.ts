import type { Server } from 'node:http'
import helmet from '@fastify/helmet'
import { createRouterClient } from '@orpc/server'
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { AppError } from '#shared/contract/errors.ts'
import { withAnswer } from '../answer-uncaught.ts'
import { logErrorToStderr, logUnforeseen, type ErrorLog } from '../call-errors.ts'
import { windowSecurityHeaders } from '../web/content-security-policy.ts'
import { keepNothing } from '../web/media.ts'
import { limitQueue } from '../web/predict-limits.ts'
import { PredictQueue } from '../web/predict-queue.ts'
import { Gate, type Knock, type Visitor } from './gate.ts'
import { createErrorHandler, endConnection, endWithProblem, HttpRefusal } from './http-errors.ts'
import { addMediaRoutes } from './media-routes.ts'
import { createOpenApiDocument } from './openapi-document.ts'
import { addPredictRoutes } from './predict-routes.ts'
import { addRestRoutes } from './rest-routes.ts'
import { attachRpcSocket } from './rpc-socket.ts'
import {
  defaultServerLimits,
  defaultServerPatience,
  type ServerLimits,
  type ServerOptions,
  type ServerPatience,
} from './server-options.ts'
import { addSessionRoutes } from './session-routes.ts'
import type { SignIns } from './sign-ins.ts'
import { watchBodies } from './watch-bodies.ts'
import { addWindowRoutes } from './window-routes.ts'

export interface CreatedApp {
  readonly app: FastifyInstance
  readonly closeSockets: () => void
}

interface AppDeps {
  readonly signIns: SignIns
  /** Both are known once the server listens. */
  readonly cookieName: () => string
  readonly origin: () => string
}

/** The whole server apart from listening. */
export async function createApp(options: ServerOptions, deps: AppDeps): Promise<CreatedApp> {
  const limits: ServerLimits = { ...defaultServerLimits, ...options.limits }
  const log = options.log ?? logErrorToStderr
  const { engine, now = Date.now } = options
  const { signIns, cookieName, origin } = deps
  const gate = new Gate({
    signIns,
    cookieName,
    apiKey: options.apiKey ?? null,
    allowedHosts: (options.allowedHosts ?? []).map((name) => name.toLowerCase()),
    limits,
    now,
  })
  const visitors = new WeakMap<FastifyRequest, Visitor>()

  const app = createFramework({
    gate,
    limits,
    log,
    patience: { ...defaultServerPatience, ...options.patience },
  })
  await addHeaders(app)
  const { version } = await createRouterClient(engine.router).system.info()
  const document = await createOpenApiDocument(version)
  await app.register(async (scope) => {
    scope.addHook('onRequest', (request, _reply, done) => {
      gate.admitAnybody(knockOf(request))
      done()
    })
    scope.get('/healthz', () => ({ status: 'ok' }))
    scope.get('/openapi.json', () => document)
    await addWindowRoutes(scope, options.windowFolder)
  })
  await app.register((scope, _options, done) => {
    addSessionRoutes(scope, { gate, signIns, cookieName, origin, knockOf })
    done()
  })
  await app.register(async (scope) => {
    const queue = new PredictQueue({
      predict: engine.predict.bind(engine),
      measureImages: engine.measureImages.bind(engine),
      limits: limitQueue(limits),
    })
    const admit = (request: FastifyRequest): Visitor => gate.admitPrediction(knockOf(request))
    await addPredictRoutes(scope, {
      queue,
      admit,
      limits,
      defaultModel: options.predictModel ?? null,
      purposeId: options.purposeId ?? null,
    })
  })
  await app.register((scope, _options, done) => {
    scope.addHook('onRequest', (request, _reply, next) => {
      const share = request.routeOptions.url?.startsWith('/media/') === true ? 'media' : 'procedures'
      visitors.set(request, gate.admitWindow(knockOf(request), share))
      next()
    })
    addMediaRoutes(scope, engine.media)
    scope.register((api, _apiOptions, apiDone) => {
      addRestRoutes(api, {
        router: engine.router,
        log,
        signIns,
        visitorOf: (request) => visitors.get(request),
      })
      apiDone()
    })
    done()
  })

  const closeSockets = attachRpcSocket(app.server, {
    router: engine.router,
    log,
    messageBytes: limits.socketMessageBytes,
    signIns,
    admit: ({ headers, socket }) => {
      const knock = { headers, address: socket.remoteAddress }
      gate.checkHost(knock)
      return gate.admitWindow(knock)
    },
  })
  return { app, closeSockets }
}

const knockOf = ({ headers, socket }: FastifyRequest): Knock => ({ headers, address: socket.remoteAddress })

interface FrameworkDeps {
  readonly gate: Gate
  readonly limits: ServerLimits
  readonly log: ErrorLog
  readonly patience: ServerPatience
}

/** The framework with everything that it would answer by itself answered in our words. */
function createFramework({ gate, limits, log, patience }: FrameworkDeps): FastifyInstance {
  const answerError = createErrorHandler(log)
  const refuse = (request: FastifyRequest): void => {
    gate.checkHost(knockOf(request))
    if (isClosing) throw new AppError('UNAVAILABLE', 'The server is stopping. Try again when it runs again.')
  }
  let isClosing = false
  const app = fastify({
    bodyLimit: limits.bodyBytes,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 200 },
    // Both would answer in the framework's own form.
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => {
      try {
        refuse(request)
        void answerError(error, request, reply)
      } catch (refusal) {
        void answerError(refusal, request, reply)
      }
    },
    clientErrorHandler: endConnection,
    requestTimeout: patience.requestMs,
    http: {
      headersTimeout: patience.headersMs,
      requestTimeout: patience.requestMs,
      connectionsCheckingInterval: patience.lookMs,
      // Refused by name instead, as any other wrong host.
      requireHostHeader: false,
    },
  })
  guardConnections(app.server, log)
  app.server.maxConnections = limits.connections
  app.setErrorHandler(answerError)
  app.setNotFoundHandler((request) => {
    throw new AppError('NOT_FOUND', `There is nothing at ${request.method} ${request.url}.`)
  })
  app.addHook('onRequest', (request, _reply, done) => {
    refuse(request)
    if (request.is404) gate.admitAnybody(knockOf(request))
    done()
  })
  app.addHook('preClose', (done) => {
    isClosing = true
    done()
  })
  watchBodies(app, patience)
  // What a request's handler throws past its promise is still an answer to that request.
  app.addHook('onRequest', (_request, reply, done) => {
    withAnswer((error) => void (reply.sent || reply.send(error)), done)
  })
  return app
}

/**
 * A stream without a listener for its errors ends the process with the first of them, and Node takes its own listener
 * off a stream that it hands over for an upgrade.
 */
function guardConnections(server: Server, log: ErrorLog): void {
  server.on('connection', (socket) => socket.on('error', () => undefined))
  // Such as too many open files while a connection is taken.
  server.on('error', (error) => void logUnforeseen(error, log))
  server.on('checkExpectation', ({ socket }) => {
    const error = new AppError('INVALID_INPUT', 'No expectation but "100-continue" is met here.')
    endWithProblem(socket, new HttpRefusal(417, error))
  })
}

async function addHeaders(app: FastifyInstance): Promise<void> {
  // Our own policy instead of helmet's; no HSTS, since a loopback server speaks plain HTTP.
  await app.register(helmet, { contentSecurityPolicy: false, strictTransportSecurity: false })
  app.addHook('onSend', (_request, reply, payload, done) => {
    void reply.headers(windowSecurityHeaders)
    if (!reply.hasHeader('cache-control')) void reply.header('cache-control', keepNothing)
    done(null, payload)
  })
}
