import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { PredictModel } from '#engine/learning/models/locate-predict-model.ts'
import type { PredictImage } from '#engine/networks/inference/predictor.ts'
import type { PredictAsker } from '#engine/learning/serving/answer-under-purpose.ts'
import type { PurposeId } from '#shared/contract/purpose.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { AskedFaces } from '#shared/contract/prediction.contract.ts'
import {
  assertHasImages,
  assertSomeReadable,
  parseJsonRequest,
  parseFacesField,
  parseModelField,
  refuseLargeImage,
  refuseManyImages,
  type PredictInput,
} from '../web/predict-request.ts'
import { TooManyPixels, type PredictQueue } from '../web/predict-queue.ts'
import type { Visitor } from './gate.ts'
import { HttpRefusal } from './http-errors.ts'
import type { ServerLimits } from './server-options.ts'
import { UploadBudget } from './upload-budget.ts'

interface PredictRoutesDeps {
  readonly queue: PredictQueue
  /** Throws for who may not predict. */
  readonly admit: (request: FastifyRequest) => Visitor
  readonly defaultModel: PredictModel
  /** What programs are answered under; null for none. */
  readonly purposeId: PurposeId | null
  readonly limits: ServerLimits
}

/** `POST /predict` and `GET /model`, which the configured key opens as well as the window's cookie. */
export async function addPredictRoutes(app: FastifyInstance, deps: PredictRoutesDeps): Promise<void> {
  const { limits, queue, admit } = deps
  await app.register(multipart, {
    limits: { files: limits.imagesPerRequest, fileSize: limits.imageBytes, fields: 8, fieldSize: 1_000 },
  })
  const askers = new WeakMap<FastifyRequest, PredictAsker>()
  app.addHook('onRequest', (request, _reply, done) => {
    askers.set(request, nameAsker(admit(request), deps.purposeId))
    done()
  })
  const askerOf = (request: FastifyRequest): PredictAsker =>
    askers.get(request) ?? nameAsker({ kind: 'token' }, null)

  // Base64 takes four bytes for three.
  const bodyLimit = Math.ceil((limits.imageBytes * 4) / 3) + limits.bodyBytes
  const budget = new UploadBudget(limits.heldBytes)
  const makeRoom = (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    queue.assertRoom()
    // `isMultipart` knows only once the body is looked at.
    const isForm = request.headers['content-type']?.startsWith('multipart/form-data') === true
    const most = isForm ? limits.uploadBytes + limits.bodyBytes : bodyLimit
    const declared = Number(request.headers['content-length'] ?? most)
    if (declared > most) throw tooLarge(most)
    // A JSON body is held as it came, as the text of its parts, and as their bytes.
    const release = budget.hold(isForm ? declared : 3 * declared)
    reply.raw.once('close', release)
    done()
  }
  app.post('/predict', { bodyLimit, onRequest: makeRoom }, async (request, reply) => {
    const signal = abortWith(reply)
    const input = request.isMultipart()
      ? await readMultipart(request, deps)
      : parseJsonRequest(request.body, deps.defaultModel)
    assertHasImages(input)
    const sender = { asker: askerOf(request), signal, faces: input.faces }
    const response = await queue.predict(input.images, input.model, sender).catch((error: unknown) => {
      throw error instanceof TooManyPixels ? new HttpRefusal(413, error) : error
    })
    assertSomeReadable(response)
    return response
  })

  app.get('/model', async (request, reply) => {
    const sender = { asker: askerOf(request), signal: abortWith(reply) }
    const { model } = await deps.queue.predict([], deps.defaultModel, sender)
    return model
  })
}

/** The window is the project's own; everybody else is a program that answers for what it does with the labels. */
function nameAsker(visitor: Visitor, purposeId: PurposeId | null): PredictAsker {
  if (visitor.kind === 'session') return { kind: 'window' }
  return { kind: 'program', name: visitor.kind, purposeId }
}

async function readMultipart(
  request: FastifyRequest,
  { defaultModel, limits }: PredictRoutesDeps,
): Promise<PredictInput> {
  const images: PredictImage[] = []
  let model: PredictModel = defaultModel
  let faces: AskedFaces = 'picture'
  let file = ''
  let bytesRead = 0
  try {
    for await (const part of request.parts()) {
      if (part.type === 'file') {
        file = part.filename === '' ? `image ${images.length + 1}` : part.filename
        const bytes = await part.toBuffer()
        bytesRead += bytes.length
        if (bytesRead > limits.uploadBytes) throw tooLarge(limits.uploadBytes)
        images.push({ file, bytes })
      } else if (part.fieldname === 'model') {
        model = parseModelField(String(part.value), defaultModel)
      } else if (part.fieldname === 'faces') {
        faces = parseFacesField(String(part.value))
      } else {
        throw new AppError(
          'INVALID_INPUT',
          part.fieldname === 'image'
            ? 'The form field "image" holds a text where a file is wanted; with curl it is -F image=@face.jpg.'
            : `Unknown form field "${part.fieldname}"; "image", "model" and "faces" are known.`,
        )
      }
    }
  } catch (error) {
    throw explainFormError(error, { file, limits })
  }
  return { images, model, faces }
}

const tooLarge = (bytes: number): HttpRefusal =>
  new HttpRefusal(
    413,
    new AppError(
      'INVALID_INPUT',
      `The request is larger than the ${Math.floor(bytes / 1024 / 1024)} MB that this server takes at once. Send its images in several requests.`,
    ),
  )

/** What the parser finds wrong with a form is the sender's mistake, not ours. */
function explainFormError(
  error: unknown,
  { file, limits }: { file: string; limits: ServerLimits },
): AppError | HttpRefusal {
  if (error instanceof AppError || error instanceof HttpRefusal) return error
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
