import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Compares digests, so that neither content nor length shows in the time taken. */
export function isSameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected))
}

/** The name of a `Host` header without its port; null when it is malformed. */
function parseHostName(header: string): string | null {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^\s:[\]/@]+))(?::\d{1,5})?$/i.exec(header)
  return match?.[1] ?? match?.[2] ?? null
}

/**
 * DNS rebinding needs a name that an attacker can point at this machine, so only `localhost`, addresses in
 * digits and names the user allowed are served.
 */
export function isAllowedHost(header: string | undefined, allowedNames: readonly string[]): boolean {
  const name = header === undefined ? null : parseHostName(header)
  if (name === null) return false
  return isIP(name) !== 0 || name.toLowerCase() === 'localhost' || allowedNames.includes(name.toLowerCase())
}

/** Whether a browser says that the request comes from another site's page, or from a service on another port. */
export function isForeignRequest(headers: IncomingHttpHeaders): boolean {
  const { origin, host } = headers
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) return true
  const site = headers['sec-fetch-site']
  return site !== undefined && site !== 'same-origin' && site !== 'none'
}

export function readCookie(header: string | undefined, name: string): string | null {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim())
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) ?? null
}

export function readBearer(headers: IncomingHttpHeaders): string | null {
  return /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1] ?? null
}

/** What a program shows to predict: a key of its own header, or in place of the token. */
export function readApiKey(headers: IncomingHttpHeaders): string | null {
  const header = headers['x-api-key']
  return typeof header === 'string' ? header : readBearer(headers)
}
