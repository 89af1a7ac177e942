import type { JobId } from '#shared/contract/base.contract.ts'

/** What takes minutes goes before the first that takes hours; otherwise who comes last waits last. */
export function insertInQueue(
  queue: readonly JobId[],
  id: JobId,
  isLong: (queued: JobId) => boolean,
): JobId[] {
  const firstLong = queue.findIndex(isLong)
  return queue.toSpliced(isLong(id) || firstLong === -1 ? queue.length : firstLong, 0, id)
}

/** Lets jobs change places among themselves; null when one of them does not wait. */
export function exchangePlaces(queue: readonly JobId[], ids: readonly JobId[]): JobId[] | null {
  const moved = [...new Set(ids)]
  const slots = moved.map((id) => queue.indexOf(id)).sort((a, b) => a - b)
  if (slots.includes(-1)) return null
  const exchanged = [...queue]
  for (const [index, id] of moved.entries()) exchanged.splice(slots[index] ?? 0, 1, id)
  return exchanged
}
