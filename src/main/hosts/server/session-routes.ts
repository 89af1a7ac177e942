import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import * as z from 'zod'
import { isForeignRequest } from './access.ts'
import type { Gate, Knock } from './gate.ts'
import { forbidden, HttpRefusal } from './http-errors.ts'
import type { SignIns } from './sign-ins.ts'

interface SessionRoutesDeps {
  readonly gate: Gate
  readonly signIns: SignIns
  readonly cookieName: () => string
  readonly origin: () => string
  readonly knockOf: (request: FastifyRequest) => Knock
}

const secret = z.string().min(1).max(200)
const signInRequest = z.union([z.object({ code: secret }), z.object({ token: secret })])

/** Signing in, asking, signing out. A browser's secret is a cookie that no script can read and no other site can send. */
export function addSessionRoutes(app: FastifyInstance, deps: SessionRoutesDeps): void {
  const { gate, signIns, cookieName, origin, knockOf } = deps
  const setCookie = (reply: FastifyReply, value: string, more = ''): FastifyReply =>
    reply
      .header('set-cookie', `${cookieName()}=${value}; Path=/; HttpOnly; SameSite=Strict${more}`)
      // Earlier versions let browsers keep thumbnails for a year.
      .header('clear-site-data', '"cache"')

  app.post('/session', (request, reply) => {
    if (isForeignRequest(request.headers)) throw forbidden('Another page may not sign in here.')
    const { data } = signInRequest.safeParse(request.body)
    return setCookie(reply, gate.admitCode(knockOf(request), data ?? null))
      .status(204)
      .send()
  })

  app.get('/session', (request, reply) => {
    gate.admitWindow(knockOf(request))
    return reply.status(204).send()
  })

  app.delete('/session', (request, reply) => {
    const visitor = gate.admitWindow(knockOf(request))
    if (visitor.kind === 'session') signIns.signOut(visitor.session)
    return setCookie(reply, '', '; Max-Age=0').status(204).send()
  })

  /** For `evenhand sign-in`: an address that signs one browser in. */
  app.post('/session/codes', (request, reply) => {
    gate.admitWindow(knockOf(request))
    const { code, expiresAt } = signIns.issueCode()
    return reply
      .status(201)
      .send({ url: nameWindow(origin(), code), expiresAt: new Date(expiresAt).toISOString() })
  })

  /** For `evenhand sign-out`: the token and every other sign-in end. */
  app.post('/session/renew', (request, reply) => {
    const visitor = gate.admitWindow(knockOf(request))
    const token = signIns.renew(visitor.kind === 'session' ? visitor.session : null)
    // A script in the window has no use for the token, and so does not get it.
    return visitor.kind === 'token' ? { token } : reply.status(204).send()
  })

  addSignInPageRoute(app, (request, reply, code) =>
    setCookie(reply, gate.admitCode(knockOf(request), { code })).redirect('/', 303),
  )
}

/** Where a browser signs in by a code, once. The fragment is never sent to a server. */
export const nameWindow = (origin: string, code: string): string => `${origin}/#code=${code}`

const formType = 'application/x-www-form-urlencoded'

/**
 * Where the page of a file that only its owner can read sends its code, so that the code stands in no address. The page has
 * no origin; any other page is refused although it could not know a code.
 */
function addSignInPageRoute(
  app: FastifyInstance,
  enter: (request: FastifyRequest, reply: FastifyReply, code: string) => FastifyReply,
): void {
  void app.register((scope, _options, done) => {
    scope.addContentTypeParser(formType, { parseAs: 'string', bodyLimit: 1_000 }, (_request, body, parsed) =>
      parsed(null, new URLSearchParams(String(body)).get('code') ?? ''),
    )
    scope.post('/session/enter', (request, reply) => {
      const from = request.headers.origin
      if (from !== undefined && from !== 'null') throw forbidden('Another page may not sign in here.')
      try {
        return enter(request, reply, String(request.body))
      } catch (error) {
        if (!(error instanceof HttpRefusal) || error.status !== 401) throw error
        // A person looks at this: the window says what to do.
        return reply.redirect('/', 303)
      }
    })
    done()
  })
}
