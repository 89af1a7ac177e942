/** Estimates in a document: objects with a value, both bounds and n. */
export function countFigures(part: unknown): number {
  if (Array.isArray(part)) return part.reduce((sum: number, one) => sum + countFigures(one), 0)
  if (part === null || typeof part !== 'object') return 0
  const own = ['value', 'low', 'high', 'n'].every((name) => name in part) ? 1 : 0
  return Object.values(part).reduce((sum: number, one) => sum + countFigures(one), own)
}
