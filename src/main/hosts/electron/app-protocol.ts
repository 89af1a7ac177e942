import { readFile } from 'node:fs/promises'
import { extname, join, resolve, sep } from 'node:path'
import type { MediaFile } from '#engine/base/media/media-file.ts'
import type { Engine } from '#engine/engine.ts'
import type { PredictImage } from '#engine/networks/inference/predictor.ts'
import { desktopOrigin } from '#shared/contract/desktop-bridge.ts'
import { AppError } from '#shared/contract/errors.ts'
import { logErrorToStderr, toAppError, type ErrorLog } from '../call-errors.ts'
import { windowSecurityHeaders } from '../web/content-security-policy.ts'
import { keepNothing, parseMediaId } from '../web/media.ts'
import { limitQueue, predictLimits } from '../web/predict-limits.ts'
import { PredictQueue } from '../web/predict-queue.ts'
import {
  assertHasImages,
  assertSomeReadable,
  parseFacesField,
  parseModelField,
  refuseLargeImage,
  refuseManyImages,
} from '../web/predict-request.ts'
import { problemContentType, toProblem } from '../web/problem.ts'
import { lookUp } from '#shared/domain/look-up.ts'

interface AppProtocolDeps {
  readonly engine: Pick<Engine, 'predict' | 'measureImages' | 'media'>
  readonly windowFolder: string
  /** Page of the development server, which then has another origin than its pictures; null in a packaged app. */
  readonly developmentUrl: string | null
  readonly log?: ErrorLog
}

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
}

/** Answers `evenhand://app/...`: the built window, pictures by number, and predictions. */
export function createAppProtocol({
  engine,
  windowFolder,
  developmentUrl,
  log = logErrorToStderr,
}: AppProtocolDeps) {
  const headers = {
    ...windowSecurityHeaders,
    ...(developmentUrl === null ? {} : allowDevelopmentPage(developmentUrl)),
  }
  const queue = new PredictQueue({
    predict: engine.predict.bind(engine),
    measureImages: engine.measureImages.bind(engine),
    limits: limitQueue(predictLimits),
  })
  return async (request: Request): Promise<Response> => {
    const response = await answer(request, { engine, queue, windowFolder }).catch((error: unknown) => {
      const problem = toProblem(toAppError(error, log))
      return Response.json(problem, {
        status: problem.status,
        headers: { 'content-type': problemContentType },
      })
    })
    for (const [name, value] of Object.entries(headers)) response.headers.set(name, value)
    return response
  }
}

const allowDevelopmentPage = (url: string) => ({
  'cross-origin-resource-policy': 'cross-origin',
  'access-control-allow-origin': new URL(url).origin,
})

interface Answering {
  readonly engine: Pick<Engine, 'media'>
  readonly queue: PredictQueue
  readonly windowFolder: string
}

async function answer(request: Request, { engine, queue, windowFolder }: Answering): Promise<Response> {
  const url = new URL(request.url)
  if (`${url.protocol}//${url.host}` !== desktopOrigin) throw notFound(request)
  if (request.method === 'POST' && url.pathname === '/predict') return predict(request, queue)
  if (request.method !== 'GET') throw notFound(request)
  const [, first, kind, id] = url.pathname.split('/')
  if (first === 'media' && kind === 'thumb')
    return sendMedia(await engine.media.thumbnail(parseMediaId(id ?? '')), request)
  if (first === 'media' && kind === 'image')
    return sendMedia(await engine.media.image(parseMediaId(id ?? '')), request)
  return sendWindowFile(url.pathname, windowFolder, request)
}

function sendMedia(file: MediaFile, request: Request): Response {
  const headers = { etag: file.etag, 'cache-control': keepNothing }
  if (request.headers.get('if-none-match') === file.etag) return new Response(null, { status: 304, headers })
  return new Response(Uint8Array.from(file.bytes), {
    headers: { ...headers, 'content-type': file.contentType },
  })
}

async function predict(request: Request, queue: PredictQueue): Promise<Response> {
  const form = await readForm(request)
  const images: PredictImage[] = []
  for (const entry of form.getAll('image')) {
    if (typeof entry === 'string') continue
    if (images.length === predictLimits.imagesPerRequest) throw refuseManyImages(predictLimits)
    if (entry.size > predictLimits.imageBytes) throw refuseLargeImage(entry.name, predictLimits)
    images.push({ file: entry.name, bytes: new Uint8Array(await entry.arrayBuffer()) })
  }
  const model = form.get('model')
  const faces = form.get('faces')
  const input = {
    images,
    model: parseModelField(typeof model === 'string' ? model : undefined, null),
    faces: parseFacesField(typeof faces === 'string' ? faces : undefined),
  }
  assertHasImages(input)
  const sender = { asker: { kind: 'window' }, signal: request.signal, faces: input.faces } as const
  const response = await queue.predict(input.images, input.model, sender)
  assertSomeReadable(response)
  return Response.json(response)
}

async function readForm(request: Request): Promise<FormData> {
  try {
    return await request.formData()
  } catch (error) {
    throw new AppError('INVALID_INPUT', 'The form could not be read. Send multipart/form-data.', {
      cause: error,
    })
  }
}

async function sendWindowFile(pathname: string, windowFolder: string, request: Request): Promise<Response> {
  const root = resolve(windowFolder)
  try {
    const file = join(root, decodeURIComponent(pathname === '/' ? '/index.html' : pathname))
    if (!file.startsWith(root + sep)) throw notFound(request)
    const contentType = lookUp(contentTypes, extname(file)) ?? 'application/octet-stream'
    return new Response(await readFile(file), { headers: { 'content-type': contentType } })
  } catch (error) {
    throw notFound(request, error)
  }
}

function notFound(request: Request, cause?: unknown): AppError {
  return new AppError('NOT_FOUND', `There is nothing at ${request.method} ${request.url}.`, { cause })
}
