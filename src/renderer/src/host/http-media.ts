import { AppError, errorCodes, type ErrorCode } from '#shared/contract/errors.ts'
import { predictResponse, type PredictResponse } from '#shared/contract/prediction.contract.ts'
import type { PredictOptions } from './host.ts'
import * as z from 'zod'

/** Both hosts answer these paths under the window's own origin. */
export const thumbUrl = (imageId: number, version: string): string =>
  `/media/thumb/${imageId}?v=${encodeURIComponent(version)}`

export const imageUrl = (imageId: number): string => `/media/image/${imageId}`

const problem = z.object({
  code: z.enum(errorCodes).optional(),
  title: z.string().optional(),
  detail: z.string().optional(),
})

export async function postPredict(
  image: Blob,
  name: string,
  options: PredictOptions,
): Promise<PredictResponse> {
  const form = new FormData()
  if (options.modelId !== null) form.append('model', String(options.modelId))
  form.append('image', image, name)
  const response = await fetch('/predict', {
    method: 'POST',
    body: form,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  })
  const body: unknown = await response.json().catch(() => null)
  if (response.ok) return predictResponse.parse(body)
  const answer = problem.safeParse(body)
  const code: ErrorCode = answer.data?.code ?? (response.status >= 500 ? 'UNAVAILABLE' : 'INVALID_INPUT')
  throw new AppError(code, answer.data?.detail ?? `${name} was refused with status ${response.status}.`)
}
