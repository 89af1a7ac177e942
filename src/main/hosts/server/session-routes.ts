import type { FastifyInstance } from 'fastify'
import * as z from 'zod'
import { hasFullAccess, isForeignRequest, isSameSecret, type AccessSecrets } from './access.ts'
import { forbidden, unauthorised } from './http-errors.ts'

const signInRequest = z.object({ token: z.string().max(200) })

/** Trades the token for a cookie that no script can read and no other site can send. */
export function addSessionRoutes(app: FastifyInstance, secrets: AccessSecrets): void {
  app.post('/session', { config: { rateLimit: { max: 30, timeWindow: '1 minute' } } }, (request, reply) => {
    if (isForeignRequest(request.headers)) throw forbidden('Another page may not sign in here.')
    const { data } = signInRequest.safeParse(request.body)
    if (data === undefined || !isSameSecret(data.token, secrets.token)) throw unauthorised()
    return reply
      .header('set-cookie', `${secrets.cookieName}=${secrets.session}; Path=/; HttpOnly; SameSite=Strict`)
      .status(204)
      .send()
  })

  app.get('/session', (request, reply) => {
    if (!hasFullAccess(request.headers, secrets)) throw unauthorised()
    return reply.status(204).send()
  })
}
