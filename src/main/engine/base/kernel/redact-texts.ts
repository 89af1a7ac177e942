/** What stands in the place of a name that was erased. */
export const erasedName = '(erased)'

const isPartOfName = (character: string | undefined): boolean =>
  character !== undefined && /[\p{L}\p{N}_-]/u.test(character)

/** Puts `erasedName` in the place of a name wherever it stands as a whole, and not as a part of a longer one. */
function redactName(text: string, name: string): string {
  let redacted = ''
  let from = 0
  for (let at = text.indexOf(name); at !== -1; at = text.indexOf(name, at + name.length)) {
    if (isPartOfName(text[at - 1]) || isPartOfName(text[at + name.length])) continue
    redacted += text.slice(from, at) + erasedName
    from = at + name.length
  }
  return redacted + text.slice(from)
}

/** Whether a name stands somewhere in a text as a whole. */
export function holdsName(text: string, name: string): boolean {
  for (let at = text.indexOf(name); at !== -1; at = text.indexOf(name, at + name.length))
    if (!isPartOfName(text[at - 1]) && !isPartOfName(text[at + name.length])) return true
  return false
}

/** Longer names first, so that none leaves a part of itself behind. */
export function redactTexts(value: unknown, names: readonly string[]): unknown {
  if (typeof value === 'string') return names.reduce((text, name) => redactName(text, name), value)
  if (Array.isArray(value)) return value.map((item) => redactTexts(item, names))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactTexts(item, names)]))
}

/** Whether one of these names stands somewhere in a value, as a whole. */
export const namesAny = (value: unknown, names: readonly string[]): boolean =>
  JSON.stringify(redactTexts(value, names)) !== JSON.stringify(value)
