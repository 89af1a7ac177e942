import { createHash, type Hash } from 'node:crypto'
import { createSalt } from '#engine/base/ledger/create-salt.ts'
import { sealDecision, writeDecisionLine } from '#engine/curation/decisions/domain/act-line.ts'
import type { FieldChange } from '#engine/curation/decisions/domain/plan-decision.ts'

export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** As the row of a decision keeps it. */
export interface DecisionSeal {
  readonly salt: Uint8Array
  readonly sealed: Uint8Array
}

/** The hash over an act's decisions, in the order in which they were written. */
export class DecisionDigest {
  readonly #hash: Hash
  #count: number

  constructor(from?: { readonly hash: Hash; readonly count: number }) {
    this.#hash = from?.hash ?? createHash('sha256')
    this.#count = from?.count ?? 0
  }

  /** A transaction that is rolled back must leave the digest before it. */
  copy(): DecisionDigest {
    return new DecisionDigest({ hash: this.#hash.copy(), count: this.#count })
  }

  add(decision: Pick<FieldChange, 'imageId' | 'field' | 'checkCode'>, sealed: Uint8Array): void {
    this.#hash.update(writeDecisionLine(decision, toHex(sealed)))
    this.#count += 1
  }

  read(): { readonly decisions: number; readonly decisionsHash: string } {
    return { decisions: this.#count, decisionsHash: this.#hash.copy().digest('hex') }
  }
}

export function makeSeal(change: FieldChange): DecisionSeal {
  const salt = createSalt()
  return { salt: Buffer.from(salt, 'hex'), sealed: Buffer.from(sealDecision(change, salt), 'hex') }
}
