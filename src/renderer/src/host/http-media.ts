import { AppError, errorCodes, type ErrorCode } from '#shared/contract/errors.ts'
import { predictResponse, type PredictResponse } from '#shared/contract/prediction.contract.ts'
import type { Host, PredictOptions } from './host.ts'
import * as z from 'zod'

/**
 * Pictures and predictions, which both hosts answer at the same paths.
 * @param origin Empty for the window's own; with one only where a development server has another.
 */
export function createHttpMedia(origin: string): Pick<Host, 'thumbUrl' | 'imageUrl' | 'predict'> {
  return {
    thumbUrl: (imageId, version) => `${origin}/media/thumb/${imageId}?v=${encodeURIComponent(version)}`,
    imageUrl: (imageId) => `${origin}/media/image/${imageId}`,
    predict: (image, name, options) =>
      postPredict(`${origin}/predict`, toForm(image, name, options), options),
  }
}

function toForm(image: Blob, name: string, { modelId, faces }: PredictOptions): FormData {
  const form = new FormData()
  if (modelId !== null) form.append('model', String(modelId))
  form.append('faces', faces)
  form.append('image', image, name)
  return form
}

const problem = z.object({
  code: z.enum(errorCodes).optional(),
  title: z.string().optional(),
  detail: z.string().optional(),
})

async function postPredict(
  url: string,
  body: FormData,
  { signal }: PredictOptions,
): Promise<PredictResponse> {
  const response = await fetch(url, { method: 'POST', body, ...(signal === undefined ? {} : { signal }) })
  // A body that is no JSON leaves the status to speak.
  const content: unknown = await response.json().catch(() => null)
  if (response.ok) return predictResponse.parse(content)
  const answer = problem.safeParse(content)
  const code: ErrorCode = answer.data?.code ?? (response.status >= 500 ? 'UNAVAILABLE' : 'INVALID_INPUT')
  throw new AppError(
    code,
    answer.data?.detail ?? `The prediction was refused with status ${response.status}.`,
  )
}
