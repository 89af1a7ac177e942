import { hashCanonical } from '#engine/base/kernel/hash.ts'

/** What stands before the first line. */
export const chainStart = '0'.repeat(64)

/** Anything canonical JSON can hold: text, finite numbers, booleans, null, and lists and objects of them. */
export type Content = Readonly<Record<string, unknown>>

/** Where a chain ends: what the next line is chained to. */
export interface ChainHead {
  readonly lines: number
  readonly hash: string
}

export const emptyChain: ChainHead = { lines: 0, hash: chainStart }

/**
 * A line of a ledger, which only grows. Its shape is fixed, since changing it breaks every chain there is:
 *
 *     hash   = SHA-256 of {"ledger", "open", "position", "previous", "sealed", "version": 1}
 *     sealed = SHA-256 of {"private", "salt"}, or null where the line has no private part
 *
 * each written as canonical JSON (sorted keys, no spaces, UTF-8) and as 64 lower-case hexadecimal digits. `position` counts
 * from 1, `previous` is the hash of the line before, 64 zeros for the first.
 *
 * What names or describes a person goes into the private part: the line holds its digest alone, so that it can be blanked
 * later, content and salt together, and the chain still verifies. With the salt gone the digest tells nothing, since
 * nobody can try likely contents against it.
 */
export interface ChainLine {
  readonly position: number
  readonly previous: string
  /** Never blanked. */
  readonly open: Content
  readonly sealed: string | null
  /** Null where the line has none, or where it was blanked. */
  readonly private: PrivatePart | null
  readonly hash: string
}

export interface PrivatePart {
  readonly content: Content
  /** 64 hexadecimal digits by chance, another for each line (`createSalt`). */
  readonly salt: string
}

/** The digest by which a line holds its private part. */
export const sealPrivate = ({ content, salt }: PrivatePart): string =>
  hashCanonical({ private: content, salt })

export function hashLine(ledger: string, line: Omit<ChainLine, 'hash' | 'private'>): string {
  const { position, previous, open, sealed } = line
  return hashCanonical({ ledger, open, position, previous, sealed, version: 1 })
}

/** The line that comes after `head`. */
export function chainLine(
  ledger: string,
  head: ChainHead,
  content: { readonly open: Content; readonly private?: PrivatePart | null },
): ChainLine {
  const { open, private: hidden = null } = content
  const sealed = hidden === null ? null : sealPrivate(hidden)
  const line = { position: head.lines + 1, previous: head.hash, open, sealed }
  return { ...line, private: hidden, hash: hashLine(ledger, line) }
}

/**
 * How a chain is broken: a line is missing, does not follow the one before it, is not what was hashed, or has another private
 * part; or lines are missing at the end.
 */
export type ChainFaultKind = 'missing-line' | 'not-following' | 'changed' | 'changed-private' | 'cut-off'

export interface ChainFault {
  readonly kind: ChainFaultKind
  /** The first line that does not hold. */
  readonly position: number
  readonly expected: string
  readonly found: string
}

export interface ChainVerdict {
  readonly lines: number
  /** Lines whose private part was blanked. */
  readonly blanked: number
  readonly head: ChainHead
  /** The first fault, null where the chain holds. */
  readonly fault: ChainFault | null
}

/** Reads lines in their order, in as many portions as suits, and names the first that does not hold. */
export class ChainVerifier {
  readonly #ledger: string
  #head: ChainHead = emptyChain
  #blanked = 0
  #fault: ChainFault | null = null

  constructor(ledger: string) {
    this.#ledger = ledger
  }

  add(line: ChainLine): void {
    this.#fault ??= this.#check(line)
    if (this.#fault !== null) return
    if (line.sealed !== null && line.private === null) this.#blanked += 1
    this.#head = { lines: line.position, hash: line.hash }
  }

  /** @param head where the chain is known to end, which shows lines that are missing there */
  finish(head: ChainHead | null = null): ChainVerdict {
    const { lines, hash } = this.#head
    const isCut = head !== null && (head.lines !== lines || head.hash !== hash)
    const cut: ChainFault | null = isCut
      ? { kind: 'cut-off', position: lines, expected: describeHead(head), found: describeHead(this.#head) }
      : null
    return { lines, blanked: this.#blanked, head: this.#head, fault: this.#fault ?? cut }
  }

  #check(line: ChainLine): ChainFault | null {
    const { lines, hash } = this.#head
    const { position } = line
    if (position !== lines + 1) {
      return {
        kind: 'missing-line',
        position: lines + 1,
        expected: `line ${lines + 1}`,
        found: `line ${position}`,
      }
    }
    const own = hashLine(this.#ledger, line)
    if (own !== line.hash) return { kind: 'changed', position, expected: line.hash, found: own }
    if (line.previous !== hash)
      return { kind: 'not-following', position, expected: hash, found: line.previous }
    if (line.private === null) return null
    const sealed = sealPrivate(line.private)
    return sealed === line.sealed
      ? null
      : { kind: 'changed-private', position, expected: line.sealed ?? 'no private part', found: sealed }
  }
}

const describeHead = ({ lines, hash }: ChainHead): string => `${lines} lines, the last ${hash}`

export function verifyChain(
  ledger: string,
  lines: Iterable<ChainLine>,
  head: ChainHead | null = null,
): ChainVerdict {
  const verifier = new ChainVerifier(ledger)
  for (const line of lines) verifier.add(line)
  return verifier.finish(head)
}
