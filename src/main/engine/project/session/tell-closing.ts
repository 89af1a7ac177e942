import { AppError } from '#shared/contract/errors.ts'
import { createClosedError } from '#engine/base/kernel/closed-error.ts'
import type { AnyHandler, AnyHandlers } from '#engine/base/procedures/handlers.ts'

/** A call that is at work when its project is closed fails by whatever it wants next, such as the catalogue. */
export function tellClosing(handlers: AnyHandlers, isClosing: () => boolean): AnyHandlers {
  const tell =
    (answer: AnyHandler): AnyHandler =>
    async (input, signal) => {
      try {
        return await answer(input, signal)
      } catch (error) {
        const isForeseen = error instanceof AppError && error.code !== 'INTERNAL'
        throw isClosing() && !isForeseen ? createClosedError(error) : error
      }
    }
  return Object.fromEntries(
    Object.entries<AnyHandler>(handlers).map(([name, answer]) => [name, tell(answer)]),
  )
}
