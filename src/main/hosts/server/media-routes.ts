import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { MediaFile } from '#engine/base/media/media-file.ts'
import type { Engine } from '#engine/engine.ts'
import { keepNothing, parseMediaId } from '../web/media.ts'

interface MediaRequest {
  Params: { id: string }
}

/** Pictures by the image's number; no part of a path ever comes from the request. */
export function addMediaRoutes(app: FastifyInstance, media: Engine['media']): void {
  app.get<MediaRequest>('/media/thumb/:id', async (request, reply) =>
    send(await media.thumbnail(parseMediaId(request.params.id)), request, reply),
  )
  app.get<MediaRequest>('/media/image/:id', async (request, reply) =>
    send(await media.image(parseMediaId(request.params.id)), request, reply),
  )
}

function send(file: MediaFile, request: FastifyRequest<MediaRequest>, reply: FastifyReply): FastifyReply {
  void reply.header('etag', file.etag).header('cache-control', keepNothing)
  if (request.headers['if-none-match'] === file.etag) return reply.status(304).send()
  return reply.type(file.contentType).send(Buffer.from(file.bytes))
}
