import { imageId, type ImageId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'

/** The number in `/media/thumb/<number>`; anything else is refused before it reaches the engine. */
export function parseMediaId(text: string): ImageId {
  const id = imageId.safeParse(/^\d{1,15}$/.test(text) ? Number(text) : null)
  if (!id.success) throw new AppError('INVALID_INPUT', `"${text}" is not an image's number.`)
  return id.data
}

/** An address with a version names its bytes for ever; one without must be asked about each time. */
export function mediaCacheControl(url: string): string {
  return /[?&]v=\w/.test(url) ? 'private, max-age=31536000, immutable' : 'private, no-cache'
}
