interface MapOptions<Item, Result> {
  /** How many items are worked on at a time: the source is read no faster than results are taken. */
  readonly limit: number
  readonly signal: AbortSignal
  readonly work: (item: Item) => Promise<Result>
}

/**
 * Works on several items at a time and yields each with its result in the order of the source. Stops reading the
 * source when the signal aborts, the reader stops, or one item fails; work already begun is waited for.
 */
export async function* mapInOrder<Item, Result>(
  source: Iterable<Item> | AsyncIterable<Item>,
  { limit, signal, work }: MapOptions<Item, Result>,
): AsyncGenerator<readonly [item: Item, result: Result], void, void> {
  const inFlight: { readonly item: Item; readonly result: Promise<Result> }[] = []
  const takeFirst = async (): Promise<readonly [Item, Result] | null> => {
    const first = inFlight.shift()
    return first === undefined ? null : [first.item, await first.result]
  }
  try {
    for await (const item of source) {
      signal.throwIfAborted()
      const result = work(item)
      // A failure is thrown when its turn comes; until then it must not count as unhandled.
      result.catch(() => undefined)
      inFlight.push({ item, result })
      if (inFlight.length >= limit) {
        const done = await takeFirst()
        if (done !== null) yield done
      }
    }
    for (let done = await takeFirst(); done !== null; done = await takeFirst()) {
      signal.throwIfAborted()
      yield done
    }
  } finally {
    await Promise.allSettled(inFlight.map(({ result }) => result))
  }
}
