import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'

/** 256 random bits, safe in an address. */
export const createSecret = (): string => randomBytes(32).toString('base64url')

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

export interface AccessSecrets {
  /** In the address that opens the window, and as `Authorization: Bearer` for programs. */
  readonly token: string
  /** Value of the window's cookie; never shown and never the token itself. */
  readonly session: string
  readonly cookieName: string
  /** Opens `/predict` and `/model` alone; null when none was configured. */
  readonly apiKey: string | null
}

function readCookie(header: string | undefined, name: string): string | null {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim())
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) ?? null
}

function readBearer(headers: IncomingHttpHeaders): string | null {
  return /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1] ?? null
}

/** Whether the request carries the window's cookie or the token. */
export function hasFullAccess(headers: IncomingHttpHeaders, secrets: AccessSecrets): boolean {
  const cookie = readCookie(headers.cookie, secrets.cookieName)
  const bearer = readBearer(headers)
  return (
    (cookie !== null && isSameSecret(cookie, secrets.session)) ||
    (bearer !== null && isSameSecret(bearer, secrets.token))
  )
}

/** Whether the request may predict: full access, or the configured key. */
export function hasPredictAccess(headers: IncomingHttpHeaders, secrets: AccessSecrets): boolean {
  if (hasFullAccess(headers, secrets)) return true
  if (secrets.apiKey === null) return false
  const header = headers['x-api-key']
  const given = typeof header === 'string' ? header : readBearer(headers)
  return given !== null && isSameSecret(given, secrets.apiKey)
}
