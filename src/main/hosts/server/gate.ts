import type { IncomingHttpHeaders } from 'node:http'
import {
  isAllowedHost,
  isForeignRequest,
  isSameSecret,
  readApiKey,
  readBearer,
  readCookie,
} from './access.ts'
import { forbidden, tooMany, unauthorised } from './http-errors.ts'
import { nameCaller, RateLimiter } from './rate-limiter.ts'
import type { ServerLimits } from './server-options.ts'
import type { Session, SignIns } from './sign-ins.ts'

/** Who is let in: a browser that signed in, a program with the token, or one with the key for predictions. */
export type Visitor =
  | { readonly kind: 'session'; readonly session: Session }
  | { readonly kind: 'token' }
  | { readonly kind: 'key' }

/** Whether what a visitor came in by has ended. */
export function isOf(visitor: Visitor, ended: Session | 'token'): boolean {
  if (ended === 'token') return visitor.kind === 'token'
  return visitor.kind === 'session' && visitor.session.id === ended.id
}

/** What a request or an upgrade is judged by. */
export interface Knock {
  readonly headers: IncomingHttpHeaders
  /** Of the other side's socket. */
  readonly address: string | undefined
}

interface GateDeps {
  readonly signIns: SignIns
  readonly cookieName: () => string
  /** Opens `/predict` and `/model` alone; null when none was configured. */
  readonly apiKey: string | null
  readonly allowedHosts: readonly string[]
  readonly limits: ServerLimits
  readonly now: () => number
}

const nameVisitor = (visitor: Visitor): string =>
  visitor.kind === 'session' ? `session ${visitor.session.id}` : visitor.kind

/**
 * Decides who comes in and how often. Each limit is counted by what it protects: guesses by where they come from, the
 * engine's work by who asks for it, so that neither a stranger nor another program uses up the window's share.
 */
export class Gate {
  readonly #deps: GateDeps
  readonly #guesses: RateLimiter
  readonly #open: RateLimiter
  readonly #procedures: RateLimiter
  readonly #media: RateLimiter
  readonly #predictions: RateLimiter

  constructor(deps: GateDeps) {
    const { now, limits } = deps
    this.#deps = deps
    this.#guesses = new RateLimiter({ perMinute: limits.guessesPerMinute, now })
    this.#open = new RateLimiter({ perMinute: limits.openPerMinute, now })
    this.#procedures = new RateLimiter({ perMinute: limits.requestsPerMinute, now })
    this.#media = new RateLimiter({ perMinute: limits.mediaPerMinute, now })
    this.#predictions = new RateLimiter({ perMinute: limits.predictPerMinute, now })
  }

  /** Throws for a name under which this server is not reached. */
  checkHost({ headers: { host } }: Knock): void {
    if (!isAllowedHost(host, this.#deps.allowedHosts)) {
      throw forbidden(
        `This server is not reached under the name "${host ?? ''}". Use 127.0.0.1, or start it with --allow-host NAME.`,
      )
    }
  }

  /** What is open to everybody: the health check, the description, the window's files. */
  admitAnybody({ address }: Knock): void {
    takeFrom(this.#open, nameCaller(address))
  }

  /** @throws HttpRefusal when the knock is another page's, or neither a session's nor the token's. */
  admitWindow(knock: Knock, share: 'procedures' | 'media' = 'procedures'): Visitor {
    this.#refusePages(knock)
    const visitor = this.#recognise(knock.headers) ?? this.#refuseStranger(knock)
    takeFrom(share === 'media' ? this.#media : this.#procedures, nameVisitor(visitor))
    return visitor
  }

  /** The same, also for who shows the configured key. */
  admitPrediction(knock: Knock): Visitor {
    this.#refusePages(knock)
    const visitor = this.#recognise(knock.headers) ?? this.#recogniseKey(knock) ?? this.#refuseStranger(knock)
    // A key is shared by programs of several machines.
    const place = visitor.kind === 'key' ? ` ${nameCaller(knock.address)}` : ''
    takeFrom(this.#predictions, nameVisitor(visitor) + place)
    return visitor
  }

  /** @returns the secret of a new session. */
  admitCode(knock: Knock, given: { readonly code: string } | { readonly token: string } | null): string {
    if (given !== null && 'token' in given && this.#deps.signIns.isToken(given.token))
      return this.#deps.signIns.open()
    const secret = given !== null && 'code' in given ? this.#deps.signIns.redeem(given.code) : null
    if (secret !== null) return secret
    takeFrom(this.#guesses, nameCaller(knock.address))
    throw unauthorised()
  }

  #refusePages({ headers }: Knock): void {
    if (isForeignRequest(headers)) throw forbidden('Another page may not use this server.')
  }

  #recognise(headers: IncomingHttpHeaders): Visitor | null {
    const { signIns, cookieName } = this.#deps
    const cookie = readCookie(headers.cookie, cookieName())
    const session = cookie === null ? null : signIns.use(cookie)
    if (session !== null) return { kind: 'session', session }
    const bearer = readBearer(headers)
    return bearer !== null && signIns.isToken(bearer) ? { kind: 'token' } : null
  }

  /** Of a key that a person chose, not one more guess is looked at while its sender has guessed too often. */
  #recogniseKey({ headers, address }: Knock): Visitor | null {
    const given = readApiKey(headers)
    if (this.#deps.apiKey === null || given === null) return null
    const wait = this.#guesses.wait(nameCaller(address))
    if (wait !== null) throw tooMany(wait)
    return isSameSecret(given, this.#deps.apiKey) ? { kind: 'key' } : null
  }

  /** Who shows a secret that opens nothing has guessed; a window whose session ended shows an old cookie, no guess. */
  #refuseStranger({ headers, address }: Knock): never {
    if (readApiKey(headers) !== null) takeFrom(this.#guesses, nameCaller(address))
    throw unauthorised()
  }
}

function takeFrom(limiter: RateLimiter, caller: string): void {
  const wait = limiter.take(caller)
  if (wait !== null) throw tooMany(wait)
}
