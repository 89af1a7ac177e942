import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { AppError } from '#shared/contract/errors.ts'

/** The built window. It holds nothing of a project, so it needs no sign-in. */
export async function addWindowRoutes(app: FastifyInstance, folder: string): Promise<void> {
  if (!existsSync(join(folder, 'index.html'))) {
    app.get('/', () => {
      throw new AppError(
        'UNAVAILABLE',
        'The window is not built yet. Run "npm run build" and reload this page.',
      )
    })
    return
  }
  await app.register(fastifyStatic, {
    root: folder,
    // The build writes each script and style compressed beside itself.
    preCompressed: true,
    cacheControl: false,
    setHeaders: (reply, path) => {
      // Vite puts a hash of the content into the names under assets/.
      const isHashed = path.startsWith(join(folder, 'assets'))
      void reply.header('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
}
