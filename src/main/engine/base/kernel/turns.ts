interface TakeOptions {
  readonly signal: AbortSignal
  /** Told when somebody is at it already. */
  readonly onWait: () => void
}

/** Lets those who share a thing work on it one after another. Who waits can be stopped, and those behind still wait for who is at work. */
export class Turns {
  /** Resolves when everybody so far is done. */
  #last: Promise<void> = Promise.resolve()
  #users = 0

  /** Throws the signal's reason when that comes before the turn. */
  async take<Result>(work: () => Promise<Result>, { signal, onWait }: TakeOptions): Promise<Result> {
    const [before, isFree] = [this.#last, this.#users === 0]
    const own = Promise.withResolvers<void>()
    this.#last = awaitBoth(before, own.promise)
    this.#users++
    try {
      if (!isFree) {
        onWait()
        await awaitUnlessStopped(before, signal)
      }
      return await work()
    } finally {
      this.#users--
      own.resolve()
    }
  }
}

async function awaitBoth(before: Promise<void>, own: Promise<void>): Promise<void> {
  await before
  await own
}

async function awaitUnlessStopped(awaited: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const stopped = Promise.withResolvers<never>()
  const stop = (): void => stopped.reject(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  try {
    await Promise.race([awaited, stopped.promise])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
