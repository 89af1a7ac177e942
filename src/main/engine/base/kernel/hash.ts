import { hash } from 'node:crypto'

/** SHA-256 as 64 lower-case hexadecimal digits; text is taken as UTF-8. */
export const hashBytes = (content: Uint8Array | string): string => hash('sha256', content, 'hex')

function canonicalise(value: unknown, at: string): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`${at} is ${value}, which JSON cannot hold`)
    return value
  }
  if (Array.isArray(value)) return value.map((item, index) => canonicalise(item, `${at}[${index}]`))
  if (typeof value === 'object') {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined)
    entries.sort(([a], [b]) => (a < b ? -1 : 1))
    return Object.fromEntries(entries.map(([key, item]) => [key, canonicalise(item, `${at}.${key}`)]))
  }
  throw new TypeError(`${at} is a ${typeof value}, which JSON cannot hold`)
}

/** JSON with sorted keys and no spaces, close to RFC 8785; throws a TypeError on NaN, infinities, functions and big integers. */
export const toCanonicalJson = (value: unknown): string => JSON.stringify(canonicalise(value, 'value'))

/** SHA-256 of the canonical JSON: equal for equal content, whatever the order of keys. */
export const hashCanonical = (value: unknown): string => hashBytes(toCanonicalJson(value))
