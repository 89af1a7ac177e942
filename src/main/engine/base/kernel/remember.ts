/** The answer to a key, asked for once. A failure is not kept: what stood in the way may have gone by the next time. */
export function findOrAsk<Key, Value>(
  known: Map<Key, Promise<Value>>,
  key: Key,
  ask: (key: Key) => Promise<Value>,
): Promise<Value> {
  const found = known.get(key)
  if (found !== undefined) return found
  const asked = ask(key)
  known.set(key, asked)
  asked.catch(() => {
    if (known.get(key) === asked) known.delete(key)
  })
  return asked
}

/** The same with a memory of its own. */
export function rememberEach<Key, Value>(ask: (key: Key) => Promise<Value>): (key: Key) => Promise<Value> {
  const known = new Map<Key, Promise<Value>>()
  return (key) => findOrAsk(known, key, ask)
}

/** The same for a question without a key. */
export function remember<Value>(ask: () => Promise<Value>): () => Promise<Value> {
  const find = rememberEach(ask)
  return () => find(undefined)
}
