import { imageId, type ImageId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'

/** The number in `/media/thumb/<number>`; anything else is refused before it reaches the engine. */
export function parseMediaId(text: string): ImageId {
  const id = imageId.safeParse(/^\d{1,15}$/.test(text) ? Number(text) : null)
  if (!id.success) throw new AppError('INVALID_INPUT', `"${text}" is not an image's number.`)
  return id.data
}

/** Of faces and what is said of them nothing may stay behind in the profile of a browser. */
export const keepNothing = 'private, no-store'
