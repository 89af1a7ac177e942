/** Where in plain data the first text or name of a field stands that is no well-formed Unicode; null where none does. */
export function findBrokenText(value: unknown): string[] | null {
  if (typeof value === 'string') return value.isWellFormed() ? null : []
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return null
  for (const [key, part] of Object.entries(value)) {
    if (!key.isWellFormed()) return [key.toWellFormed()]
    const inside = findBrokenText(part)
    if (inside !== null) return [key, ...inside]
  }
  return null
}
