import { AppError } from '#shared/contract/errors.ts'

/** Memory for the bodies of requests: who comes when it is used up is told to come again, before the body is read. */
export class UploadBudget {
  readonly #limitBytes: number
  #heldBytes = 0

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  /**
   * @returns gives the memory back; calling it twice does no harm.
   * @throws AppError UNAVAILABLE when there is no room, unless nothing else is held: a body within its own limit always comes
   *   in sooner or later.
   */
  hold(bytes: number): () => void {
    if (this.#heldBytes > 0 && this.#heldBytes + bytes > this.#limitBytes) {
      throw new AppError(
        'UNAVAILABLE',
        'Other uploads fill the memory set aside for them; try again in a second.',
      )
    }
    this.#heldBytes += bytes
    let isHeld = true
    return () => {
      if (isHeld) this.#heldBytes -= bytes
      isHeld = false
    }
  }
}
