import { AsyncLocalStorage } from 'node:async_hooks'

const asking = new AsyncLocalStorage<(error: unknown) => void>()

/** Runs work; what it throws past every handler is told to `answer`. */
export function withAnswer<Result>(answer: (error: unknown) => void, work: () => Result): Result {
  return asking.run(answer, work)
}

/**
 * Work whose promise also fails when something that it began throws where nobody can catch it, such as a timer or a
 * listener: whoever asked would wait for ever.
 */
export function answerUncaught<Result>(work: () => Promise<Result>): Promise<Result> {
  const { promise: uncaught, reject } = Promise.withResolvers<never>()
  uncaught.catch(() => undefined)
  return withAnswer(reject, () => Promise.race([work(), uncaught]))
}

/** Tells whoever asked for the work that has just thrown, where that is known. */
export function tellAsker(error: unknown): void {
  asking.getStore()?.(error)
}
