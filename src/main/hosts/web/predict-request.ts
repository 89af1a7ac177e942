import type { PredictModel } from '#engine/learning/models/locate-predict-model.ts'
import type { PredictImage } from '#engine/networks/inference/predictor.ts'
import { modelId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import {
  askedFaces,
  predictRequest,
  type AskedFaces,
  type PredictResponse,
} from '#shared/contract/prediction.contract.ts'

export interface PredictInput {
  readonly images: readonly PredictImage[]
  readonly model: PredictModel
  readonly faces: AskedFaces
}

/** The `model` field of a request: an id, never a path, since it comes from the wire. */
export function parseModelField(value: string | number | undefined, fallback: PredictModel): PredictModel {
  if (value === undefined || value === '') return fallback
  const id = modelId.safeParse(Number(value))
  if (!id.success) {
    throw new AppError(
      'INVALID_INPUT',
      `model: "${value}" is not a model's number; GET /api/models lists them.`,
    )
  }
  return { modelId: id.data }
}

/** The `faces` field of a form. */
export function parseFacesField(value: string | undefined): AskedFaces {
  const faces = askedFaces.safeParse(value === undefined || value === '' ? 'picture' : value)
  if (faces.success) return faces.data
  throw new AppError('INVALID_INPUT', `faces: "${value}" is neither "picture" nor "each".`)
}

/** What browsers' FileReader puts before the content of a file. */
const dataPrefix = /^data:[^,]{0,200};base64,/i

export function parseJsonRequest(body: unknown, fallback: PredictModel): PredictInput {
  const request = predictRequest.safeParse(body)
  if (!request.success) {
    throw new AppError(
      'INVALID_INPUT',
      'Send {"images": [{"name": "face.jpg", "data": "<base64>"}]} or multipart/form-data with image files.',
    )
  }
  const images = request.data.images.map(({ name, data }, index) => ({
    file: name ?? `image ${index + 1}`,
    bytes: Buffer.from(data.replace(dataPrefix, ''), 'base64'),
  }))
  const { model, faces } = request.data
  return { images, model: parseModelField(model, fallback), faces }
}

export const refuseLargeImage = (
  file: string,
  { imageBytes }: { readonly imageBytes: number },
  cause?: unknown,
) =>
  new AppError(
    'INVALID_INPUT',
    `${file} is larger than ${Math.floor(imageBytes / 1024 / 1024)} MB. Save it smaller.`,
    {
      cause,
    },
  )

export const refuseManyImages = (
  { imagesPerRequest }: { readonly imagesPerRequest: number },
  cause?: unknown,
): AppError =>
  new AppError(
    'INVALID_INPUT',
    `The request holds more than ${imagesPerRequest} images. Send them in several requests.`,
    { cause },
  )

export function assertHasImages(input: PredictInput): void {
  if (input.images.length > 0) return
  throw new AppError('INVALID_INPUT', 'The request holds no image file; add one as the form field "image".')
}

/** A request of which not one image could be read is the sender's mistake; the message names each file. */
export function assertSomeReadable(response: PredictResponse): void {
  const { predictions } = response
  const failed = predictions.filter(({ error }) => error !== undefined)
  if (failed.length === 0 || failed.length < predictions.length) return
  const detail = failed.map(({ file, error }) => describeFailure(file, error ?? '')).join(' ')
  throw new AppError('INVALID_INPUT', detail, { details: { file: failed[0]?.file ?? '' } })
}

function describeFailure(file: string, error: string): string {
  return error.includes(file) ? error : `${file}: ${error}`
}
