import { createHash, type Hash } from 'node:crypto'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { createSalt } from '#engine/base/ledger/create-salt.ts'
import { sealDecision, writeDecisionLine } from '#engine/curation/decisions/domain/act-line.ts'
import type { FieldChange } from '#engine/curation/decisions/domain/plan-decision.ts'

export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
export const fromHex = (digits: string): Uint8Array => Buffer.from(digits, 'hex')

/** Both as 64 hexadecimal digits; the row of a decision keeps their bytes. */
export interface DecisionSeal {
  readonly salt: string
  readonly sealed: string
}

/** So many characters wait for the hash: taking them up one decision at a time costs more than hashing them. */
const longestWaiting = 16_384

/** The hash over an act's decisions, in the order in which they were written. */
export class DecisionDigest {
  /** Null while all that was added waits: most acts are of one decision, and a running hash costs more than hashing it. */
  #hash: Hash | null
  #waiting: string
  #count: number

  constructor(from?: { readonly hash: Hash | null; readonly waiting: string; readonly count: number }) {
    this.#hash = from?.hash ?? null
    this.#waiting = from?.waiting ?? ''
    this.#count = from?.count ?? 0
  }

  /** A transaction that is rolled back must leave the digest before it. */
  copy(): DecisionDigest {
    return new DecisionDigest({
      hash: this.#hash?.copy() ?? null,
      waiting: this.#waiting,
      count: this.#count,
    })
  }

  /** @param sealed 64 hexadecimal digits */
  add(decision: Pick<FieldChange, 'imageId' | 'field' | 'checkCode'>, sealed: string): void {
    this.#waiting += writeDecisionLine(decision, sealed)
    this.#count += 1
    if (this.#waiting.length < longestWaiting) return
    this.#hash ??= createHash('sha256')
    this.#hash.update(this.#waiting)
    this.#waiting = ''
  }

  read(): { readonly decisions: number; readonly decisionsHash: string } {
    const decisionsHash =
      this.#hash === null ? hashBytes(this.#waiting) : this.#hash.copy().update(this.#waiting).digest('hex')
    return { decisions: this.#count, decisionsHash }
  }
}

export function makeSeal(change: FieldChange): DecisionSeal {
  const salt = createSalt()
  return { salt, sealed: sealDecision(change, salt) }
}
