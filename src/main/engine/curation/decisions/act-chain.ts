import { ChainVerifier, type ChainLine } from '#engine/base/ledger/domain/chain.ts'
import type { Ledger } from '#engine/base/ledger/ledger.ts'
import { actLedger, describeChainedAct, sealDecision } from '#engine/curation/decisions/domain/act-line.ts'
import type { ActRepo, ActRow, ChainedActRow } from './act.repo.ts'
import type { DecisionRepo, SealedDecisionRow } from './decision.repo.ts'
import { DecisionDigest, makeSeal, toHex } from './decision-seal.ts'

/** What is wrong with the history, at the first act that does not hold. */
export interface BrokenAct {
  readonly position: number
  readonly actId: number | null
  readonly expected: string
  readonly found: string
  readonly reason: string
}

export interface ActChainVerdict {
  readonly acts: number
  /** Decisions that were erased with their image. */
  readonly blanked: number
  readonly broken: BrokenAct | null
}

/** An act with what it has come to, all decisions of it written. */
export type CompletedAct = Pick<
  ActRow,
  'id' | 'kind' | 'title' | 'actor' | 'at' | 'checkId' | 'originActId' | 'images' | 'conflicts'
>

const reasons = {
  'missing-line': 'an act is missing before it',
  'not-following': 'it does not follow the act before it',
  changed: 'it was changed',
  'changed-private': 'it was changed',
  'cut-off': 'acts are missing after it',
} as const

const actsPerPage = 200
const decisionsPerPage = 2000

/** Puts acts into their ledger, and reads it through. */
export class ActChain {
  readonly #acts: ActRepo
  readonly #decisions: DecisionRepo
  readonly #ledger: Ledger

  constructor(deps: { acts: ActRepo; decisions: DecisionRepo; ledger: Ledger }) {
    this.#acts = deps.acts
    this.#decisions = deps.decisions
    this.#ledger = deps.ledger
  }

  /** Completes an act and chains it; to be called in a transaction. @param digest of all decisions that it has */
  complete(act: CompletedAct, digest: DecisionDigest): void {
    this.#acts.complete(act.id, { ...act, ...this.#append(act, digest) })
  }

  /** What its decisions hash to that stand there already. */
  readDigest(id: number): DecisionDigest {
    const digest = new DecisionDigest()
    for (let after = 0; ;) {
      const page = this.#decisions.sealed({ actId: id, after, limit: decisionsPerPage })
      for (const decision of page) {
        digest.add(decision, decision.sealed === null ? this.#seal(decision) : toHex(decision.sealed))
      }
      const last = page.at(-1)
      if (last === undefined || page.length < decisionsPerPage) return digest
      after = last.id
    }
  }

  /** Acts that an older version completed, in their order. To be called in a transaction each. */
  chainNext(): boolean {
    const act = this.#acts.nextUnchained()
    if (act === undefined) return false
    this.#acts.chain(act.id, this.#append(act, this.readDigest(act.id)))
    return true
  }

  /** Reads the whole history; the thread is free after each page. */
  async verify(turn: (done: number) => Promise<void>): Promise<ActChainVerdict> {
    const verifier = new ChainVerifier(actLedger)
    // What is written meanwhile lies behind the end that was asked for.
    const end = this.#ledger.head()
    let blanked = 0
    for (let after = 0; ;) {
      const page = this.#acts.chained({ after, limit: actsPerPage })
      for (const act of page.filter(({ position }) => position <= end.lines)) {
        const found = await this.#verifyDecisions(act, () => turn(act.position))
        blanked += found.blanked
        if (found.broken !== null) return { acts: act.position - 1, blanked, broken: found.broken }
        verifier.add(toLine(act))
        const { fault } = verifier.finish()
        if (fault !== null) return { acts: act.position - 1, blanked, broken: describeFault(fault, act) }
      }
      const last = page.at(-1)
      await turn(last?.position ?? after)
      if (last === undefined || page.length < actsPerPage) break
      after = last.position
    }
    const { lines, fault } = verifier.finish(end)
    return { acts: lines, blanked, broken: fault === null ? null : describeFault(fault, null) }
  }

  #append(act: CompletedAct, digest: DecisionDigest) {
    const read = digest.read()
    const { position, previous, hash } = this.#ledger.append({
      open: describeChainedAct({ ...act, ...read }),
    })
    return { position, previous, hash, ...read }
  }

  #seal(decision: SealedDecisionRow): string {
    const seal = makeSeal(decision)
    this.#decisions.seal(decision.id, seal)
    return seal.sealed
  }

  async #verifyDecisions(
    act: ChainedActRow,
    turn: () => Promise<void>,
  ): Promise<{ blanked: number; broken: BrokenAct | null }> {
    const digest = new DecisionDigest()
    let blanked = 0
    const breakAt = (expected: string, found: string, reason: string) => ({
      blanked,
      broken: { position: act.position, actId: act.id, expected, found, reason },
    })
    for (let after = 0; ;) {
      const page = this.#decisions.sealed({ actId: act.id, after, limit: decisionsPerPage })
      for (const decision of page) {
        const { id, salt, sealed, isErased, hasTombstone } = decision
        if (sealed === null) return breakAt('a seal', 'none', `decision ${id} has no seal`)
        const found = salt === null ? 'no salt' : sealDecision(decision, toHex(salt))
        const expected = toHex(sealed)
        if (isErased && !hasTombstone)
          return breakAt('an erasure of its image', 'none', `decision ${id} was deleted`)
        if (!isErased && found !== expected) return breakAt(expected, found, `decision ${id} was changed`)
        if (isErased) blanked += 1
        digest.add(decision, expected)
      }
      const last = page.at(-1)
      if (last === undefined || page.length < decisionsPerPage) break
      after = last.id
      await turn()
    }
    const { decisionsHash } = digest.read()
    return decisionsHash === act.decisionsHash
      ? { blanked, broken: null }
      : breakAt(act.decisionsHash, decisionsHash, 'its decisions are not those that were written')
  }
}

function toLine({ position, previous, hash, ...act }: ChainedActRow): ChainLine {
  return { position, previous, hash, open: describeChainedAct(act), sealed: null, private: null }
}

const describeFault = (
  { kind, position, expected, found }: NonNullable<ReturnType<ChainVerifier['finish']>['fault']>,
  act: ChainedActRow | null,
): BrokenAct => ({ position, actId: act?.id ?? null, expected, found, reason: reasons[kind] })
