import { isIPv6 } from 'node:net'
import { LRUCache } from 'lru-cache'

interface Bucket {
  tokens: number
  at: number
}

/** Whoever has not come for longest is forgotten first. */
const mostCallers = 10_000

/** So many requests a minute for each caller: a bucket that fills evenly, so that nobody waits for a full minute. */
export class RateLimiter {
  readonly perMinute: number
  readonly #now: () => number
  readonly #buckets = new LRUCache<string, Bucket>({ max: mostCallers })

  constructor({ perMinute, now }: { perMinute: number; now: () => number }) {
    this.perMinute = perMinute
    this.#now = now
  }

  /** Uses up one request. @returns null, or how many milliseconds too early it came. */
  take(caller: string): number | null {
    const wait = this.wait(caller)
    if (wait !== null) return wait
    this.#bucketOf(caller).tokens -= 1
    return null
  }

  /** Milliseconds until the caller's next request is within the limit; null when it is now. */
  wait(caller: string): number | null {
    const { tokens } = this.#bucketOf(caller)
    return tokens >= 1 ? null : Math.ceil(((1 - tokens) * 60_000) / this.perMinute)
  }

  #bucketOf(caller: string): Bucket {
    const at = this.#now()
    const known = this.#buckets.get(caller)
    const tokens =
      known === undefined
        ? this.perMinute
        : Math.min(this.perMinute, known.tokens + ((at - known.at) * this.perMinute) / 60_000)
    const bucket = { tokens, at }
    this.#buckets.set(caller, bucket)
    return bucket
  }
}

/** Who a request comes from, as far as its address tells: of IPv6 the network, of which a machine can have many addresses. */
export function nameCaller(address: string | undefined): string {
  if (address === undefined) return 'unknown'
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  return isIPv6(address) ? expand(address).slice(0, 4).join(':') : address
}

/** The eight groups of an IPv6 address. */
function expand(address: string): string[] {
  const [head = '', tail] = address.replace(/%.*$/, '').split('::')
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'))
  const before = groups(head)
  const after = groups(tail ?? '')
  const missing = Math.max(0, 8 - before.length - after.length)
  return [...before, ...Array.from({ length: missing }, () => '0'), ...after]
}
