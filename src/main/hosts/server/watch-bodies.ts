import type { FastifyInstance } from 'fastify'
import { endWithProblem, tooSlow } from './http-errors.ts'
import type { ServerPatience } from './server-options.ts'

/**
 * Ends a request whose body stays silent. Node's own limit is for the whole request and has to let a large upload through;
 * bytes are counted at the socket, since uploads are read by a parser of their own.
 */
export function watchBodies(app: FastifyInstance, { silenceMs }: ServerPatience): void {
  app.addHook('onRequest', ({ raw, socket }, reply, done) => {
    if (!raw.complete) {
      let seen = socket.bytesRead
      const timer = setInterval(() => {
        if (raw.complete) clearInterval(timer)
        else if (socket.bytesRead > seen) seen = socket.bytesRead
        else if (reply.raw.headersSent) socket.destroy()
        else endWithProblem(socket, tooSlow())
      }, silenceMs)
      timer.unref()
      reply.raw.once('close', () => clearInterval(timer))
    }
    done()
  })
}
