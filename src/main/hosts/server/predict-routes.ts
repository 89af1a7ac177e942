import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { PredictModel } from '#engine/learning/models/locate-predict-model.ts'
import type { PredictImage } from '#engine/networks/inference/predictor.ts'
import { AppError } from '#shared/contract/errors.ts'
import {
  assertHasImages,
  assertSomeReadable,
  parseJsonRequest,
  parseModelField,
  refuseLargeImage,
  refuseManyImages,
  type PredictInput,
} from '../web/predict-request.ts'
import type { PredictQueue } from '../web/predict-queue.ts'
import { hasPredictAccess, isForeignRequest, type AccessSecrets } from './access.ts'
import { forbidden, HttpRefusal, unauthorised } from './http-errors.ts'
import type { ServerLimits } from './server-options.ts'

interface PredictRoutesDeps {
  readonly queue: PredictQueue
  readonly secrets: AccessSecrets
  readonly defaultModel: PredictModel
  readonly limits: ServerLimits
}

/** `POST /predict` and `GET /model`, which the configured key opens as well as the window's cookie. */
export async function addPredictRoutes(app: FastifyInstance, deps: PredictRoutesDeps): Promise<void> {
  const { limits, secrets } = deps
  await app.register(multipart, {
    limits: { files: limits.imagesPerRequest, fileSize: limits.imageBytes, fields: 8, fieldSize: 1_000 },
  })
  app.addHook('onRequest', (request, _reply, done) => {
    if (isForeignRequest(request.headers)) throw forbidden('Another page may not ask for predictions.')
    if (!hasPredictAccess(request.headers, secrets)) throw unauthorised()
    done()
  })

  // Base64 takes four bytes for three.
  const bodyLimit = Math.ceil((limits.imageBytes * 4) / 3) + limits.bodyBytes
  const rateLimit = { max: limits.predictPerMinute, timeWindow: '1 minute' }
  app.post('/predict', { bodyLimit, config: { rateLimit } }, async (request, reply) => {
    const signal = abortWith(reply)
    const input = request.isMultipart()
      ? await readMultipart(request, deps)
      : parseJsonRequest(request.body, deps.defaultModel)
    assertHasImages(input)
    const response = await deps.queue.predict(input.images, input.model, signal)
    assertSomeReadable(response)
    return response
  })

  app.get('/model', async (_request, reply) => {
    const { model } = await deps.queue.predict([], deps.defaultModel, abortWith(reply))
    return model
  })
}

async function readMultipart(
  request: FastifyRequest,
  { defaultModel, limits }: PredictRoutesDeps,
): Promise<PredictInput> {
  const images: PredictImage[] = []
  let model: PredictModel = defaultModel
  let file = ''
  try {
    for await (const part of request.parts()) {
      if (part.type === 'file') {
        file = part.filename === '' ? `image ${images.length + 1}` : part.filename
        images.push({ file, bytes: await part.toBuffer() })
      } else if (part.fieldname === 'model') {
        model = parseModelField(String(part.value), defaultModel)
      } else {
        throw new AppError(
          'INVALID_INPUT',
          `Unknown form field "${part.fieldname}"; "image" and "model" are known.`,
        )
      }
    }
  } catch (error) {
    throw explainFormError(error, { file, limits })
  }
  return { images, model }
}

/** What the parser finds wrong with a form is the sender's mistake, not ours. */
function explainFormError(
  error: unknown,
  { file, limits }: { file: string; limits: ServerLimits },
): AppError | HttpRefusal {
  if (error instanceof AppError) return error
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  switch (code) {
    case 'FST_REQ_FILE_TOO_LARGE':
      return new HttpRefusal(413, refuseLargeImage(file, limits, error))
    case 'FST_FILES_LIMIT':
      return new HttpRefusal(413, refuseManyImages(limits, error))
    default: {
      const reason = error instanceof Error ? error.message : String(error)
      return new AppError(
        'INVALID_INPUT',
        `The form could not be read (${reason}). Send multipart/form-data with a boundary and its last line.`,
        { cause: error },
      )
    }
  }
}

/**
 * Aborted when the other side goes away before it has its answer. The answer is listened to and not its socket, which
 * lives on for the requests after it.
 */
function abortWith({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController()
  raw.once('close', () => {
    if (!raw.writableFinished) controller.abort()
  })
  return controller.signal
}
