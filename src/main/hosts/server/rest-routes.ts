import type { ServerResponse } from 'node:http'
import { OpenAPIHandler } from '@orpc/openapi/fastify'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { EngineRouter } from '#engine/base/procedures/router.ts'
import { AppError } from '#shared/contract/errors.ts'
import { mapCallErrors, toAppError, type ErrorLog } from '../call-errors.ts'
import { problemContentType, toProblem } from '../web/problem.ts'
import { isOf, type Visitor } from './gate.ts'
import type { SignIns } from './sign-ins.ts'

interface RestRoutesDeps {
  readonly router: EngineRouter
  readonly log: ErrorLog
  readonly signIns: SignIns
  readonly visitorOf: (request: FastifyRequest) => Visitor | undefined
}

/** Every procedure of the contract under `/api`, at the path that its route names. */
export function addRestRoutes(app: FastifyInstance, deps: RestRoutesDeps): void {
  const handler = new OpenAPIHandler(deps.router, {
    clientInterceptors: [mapCallErrors(deps.log)],
    customErrorResponseBodyEncoder: (error) => toProblem(toAppError(error, deps.log)),
  })
  const streams = new Map<ServerResponse, Visitor | undefined>()
  app.addHook('onSend', (request, reply, payload, done) => {
    if (reply.statusCode >= 400) void reply.header('content-type', problemContentType)
    if (String(reply.getHeader('content-type')).startsWith('text/event-stream')) {
      streams.set(reply.raw, deps.visitorOf(request))
      reply.raw.once('close', () => streams.delete(reply.raw))
    }
    done(null, payload)
  })
  // An event stream never ends by itself and would hold up the closing.
  app.addHook('preClose', (done) => {
    for (const stream of streams.keys()) stream.destroy()
    done()
  })
  const stopListening = deps.signIns.onEnd((ended) => {
    for (const [stream, visitor] of streams)
      if (visitor !== undefined && isOf(visitor, ended)) stream.destroy()
  })
  app.addHook('onClose', (_app, done) => {
    stopListening()
    done()
  })
  app.all('/api/*', async (request, reply) => {
    const { matched } = await handler.handle(request, reply, { prefix: '/api', context: {} })
    if (!matched) {
      throw new AppError(
        'NOT_FOUND',
        `There is no ${request.method} ${request.url}; /openapi.json lists what there is.`,
      )
    }
    return reply
  })
}
