import { createHash, randomBytes } from 'node:crypto'
import { isSameSecret } from './access.ts'

/** 256 random bits, safe in an address. */
const createSecret = (): string => randomBytes(32).toString('base64url')

const digest = (secret: string): string => createHash('sha256').update(secret).digest('base64url')

/** An address with a code waits for a person, so that its time is a person's. */
const codeLifeMs = 10 * 60_000
/** A window that is open counts as used. */
const idleMs = 12 * 3_600_000
const longestMs = 7 * 24 * 3_600_000
/** Addresses that nobody opened are forgotten, the oldest first. */
const mostCodes = 32
const mostSessions = 64

/** One browser that has signed in. */
export interface Session {
  readonly id: number
  readonly expiresAt: number
  usedAt: number
}

interface Code {
  readonly expiresAt: number
  readonly onUse: () => void
}

/**
 * Who may use the window: programs by the token, browsers by a session that a code opens once. Secrets are looked up by
 * their digests, so that neither content nor length shows in the time taken, and only the token is kept as it is.
 */
export class SignIns {
  readonly #now: () => number
  readonly #codes = new Map<string, Code>()
  readonly #sessions = new Map<string, Session>()
  readonly #endListeners = new Set<(session: Session | 'token') => void>()
  #token = createSecret()
  #sessionsOpened = 0

  constructor({ now }: { now: () => number }) {
    this.#now = now
  }

  get token(): string {
    return this.#token
  }

  isToken(given: string): boolean {
    return isSameSecret(given, this.#token)
  }

  /** A secret that opens one session, within `codeLifeMs`. */
  issueCode(onUse: () => void = () => undefined): { readonly code: string; readonly expiresAt: number } {
    this.sweep()
    const code = randomBytes(16).toString('base64url')
    const expiresAt = this.#now() + codeLifeMs
    this.#codes.set(digest(code), { expiresAt, onUse })
    const [oldest] = this.#codes.keys()
    if (oldest !== undefined && this.#codes.size > mostCodes) this.#codes.delete(oldest)
    return { code, expiresAt }
  }

  /** @returns the new session's secret, or null for a code that is unknown, used or too old. */
  redeem(code: string): string | null {
    this.sweep()
    const key = digest(code)
    const known = this.#codes.get(key)
    if (known === undefined) return null
    this.#codes.delete(key)
    known.onUse()
    return this.open()
  }

  /** A session for one who has shown the token. */
  open(): string {
    const secret = createSecret()
    const at = this.#now()
    this.#sessions.set(digest(secret), {
      id: ++this.#sessionsOpened,
      expiresAt: at + longestMs,
      usedAt: at,
    })
    const [oldest] = this.#sessions
    if (oldest !== undefined && this.#sessions.size > mostSessions) this.#end(oldest[0], oldest[1])
    return secret
  }

  /** The session that a cookie names, which counts as used from now on; null when there is none any more. */
  use(secret: string): Session | null {
    this.sweep()
    const session = this.#sessions.get(digest(secret)) ?? null
    if (session !== null) session.usedAt = this.#now()
    return session
  }

  /** For a window that is open and silent. */
  touch(session: Session): void {
    session.usedAt = this.#now()
  }

  signOut(session: Session): void {
    for (const [key, known] of this.#sessions) if (known.id === session.id) this.#end(key, known)
  }

  /** A new token in place of the old one; ends every session but `keep`, and every code. */
  renew(keep: Session | null): string {
    this.#codes.clear()
    for (const [key, session] of this.#sessions) if (session.id !== keep?.id) this.#end(key, session)
    this.#token = createSecret()
    for (const listener of this.#endListeners) listener('token')
    return this.#token
  }

  /** Ends what is too old; called whenever somebody comes, and now and then when nobody does. */
  sweep(): void {
    const at = this.#now()
    for (const [key, { expiresAt }] of this.#codes) if (expiresAt <= at) this.#codes.delete(key)
    for (const [key, session] of this.#sessions) {
      if (session.expiresAt <= at || session.usedAt + idleMs <= at) this.#end(key, session)
    }
  }

  /** @returns a function that stops listening. */
  onEnd(listener: (session: Session | 'token') => void): () => void {
    this.#endListeners.add(listener)
    return () => this.#endListeners.delete(listener)
  }

  #end(key: string, session: Session): void {
    this.#sessions.delete(key)
    for (const listener of this.#endListeners) listener(session)
  }
}
