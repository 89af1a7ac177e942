import { setImmediate as yieldToEvents } from 'node:timers/promises'
import type { ActId, DecisionConflict, DecisionOutcome } from '#shared/contract/decision.contract.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import type { Db } from '#engine/base/db/db.ts'
import type { ActChain } from './act-chain.ts'
import type { ActRepo, NewAct } from './act.repo.ts'
import { DecisionDigest, makeSeal } from './decision-seal.ts'
import type { FieldChange } from '#engine/curation/decisions/domain/plan-decision.ts'
import type { DecidedStateService } from '#engine/curation/decisions/decided-state.service.ts'

/** What an act does to one image. */
export type PlannedImage =
  | { readonly kind: 'changes'; readonly changes: readonly FieldChange[] }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'conflict'; readonly conflict: DecisionConflict }

export interface ActOrder<Item> {
  readonly act: Omit<NewAct, 'title' | 'at'>
  readonly describe: (images: number) => string
  readonly items: readonly Item[]
  /** Called within the transaction that applies the plans, so that nothing comes between. */
  readonly plan: (items: readonly Item[]) => readonly PlannedImage[]
  readonly signal: AbortSignal
  /** Records the act even where every image is a conflict, as an undo that must not be met again. */
  readonly isAlwaysRecorded?: boolean
}

/** Writes an act at once. */
export type WriteAct = <Item>(order: ActOrder<Item>) => DecisionOutcome

/** Small enough that a transaction stays below 20 ms. */
const imagesPerTransaction = 250
const listedConflicts = 500

/** Writes acts: the rows of the history and, in the same transactions, what follows from them. */
export class ActWriter {
  readonly #db: Db
  readonly #acts: ActRepo
  readonly #chain: ActChain
  readonly #states: DecidedStateService
  readonly #now: Clock

  constructor(deps: { db: Db; acts: ActRepo; chain: ActChain; states: DecidedStateService; now: Clock }) {
    this.#db = deps.db
    this.#acts = deps.acts
    this.#chain = deps.chain
    this.#states = deps.states
    this.#now = deps.now
  }

  /** Seals acts that the end of an earlier process cut off: what was written stands, and one undo takes it back. */
  sealUnfinished(): void {
    this.#db.transact(() => {
      for (const id of this.#acts.unfinished()) {
        const act = this.#acts.find(id)
        const ended = { title: `${act?.title ?? ''} (cut off)`, conflicts: act?.conflicts ?? 0 }
        this.#chain.complete(id, ended, this.#chain.readDigest(id))
      }
    })
  }

  /** Puts acts of older versions into the chain, before any act of this one. */
  chainOlder(): void {
    while (this.#db.transact(() => this.#chain.chainNext()));
  }

  #draft<Item>({ act, describe, items, plan }: ActOrder<Item>) {
    const at = formatTimestamp(this.#now())
    const tally = { changed: 0, unchanged: 0, conflictCount: 0 }
    const conflicts: DecisionConflict[] = []
    const begin = (): ActId => this.#acts.insert({ ...act, title: describe(items.length), at })
    const seal = (actId: ActId, title: string, decisions: DecisionDigest): void =>
      this.#chain.complete(actId, { title, conflicts: tally.conflictCount }, decisions)
    const writeBatch = (
      batch: readonly Item[],
      known: ActId | null,
      decisions: DecisionDigest,
    ): ActId | null => {
      let actId = known
      for (const planned of plan(batch)) {
        if (planned.kind === 'unchanged') tally.unchanged += 1
        else if (planned.kind === 'conflict') {
          tally.conflictCount += 1
          if (conflicts.length < listedConflicts) conflicts.push(planned.conflict)
        } else {
          actId ??= begin()
          for (const change of planned.changes) {
            const made = makeSeal(change)
            this.#acts.insertDecision(actId, change, made)
            decisions.add(change, made.sealed)
            this.#states.apply(change, { actId, actor: act.actor, at })
          }
          tally.changed += 1
        }
      }
      return actId
    }
    const tell = (actId: ActId | null): DecisionOutcome => {
      return { actId, title: describe(tally.changed), ...tally, conflicts }
    }
    return { tally, begin, seal, writeBatch, tell }
  }

  /** Acts on few images, and what else `work` writes with them: all of it or, where it throws, nothing. */
  writeTogether<Outcome>(work: (write: WriteAct) => Outcome): Outcome {
    return this.#db.transact(() =>
      work((order) => {
        const { tally, begin, seal, writeBatch, tell } = this.#draft(order)
        const digest = new DecisionDigest()
        const written = writeBatch(order.items, null, digest)
        const actId = written ?? (order.isAlwaysRecorded === true ? begin() : null)
        if (actId !== null) seal(actId, order.describe(tally.changed), digest)
        return tell(actId)
      }),
    )
  }

  /**
   * One act over all items; large ones in batches between which other calls are served. Where nothing changes, there is
   * no act. Stopped in between, what was written stands as the act.
   */
  async write<Item>(order: ActOrder<Item>): Promise<DecisionOutcome> {
    const { tally, begin, seal, writeBatch, tell } = this.#draft(order)
    const { describe, items } = order
    let id: ActId | null = null
    let written = 0
    let digest = new DecisionDigest()
    try {
      for (let from = 0; from < items.length; from += imagesPerTransaction) {
        if (from > 0) await yieldToEvents()
        order.signal.throwIfAborted()
        const isLast = from + imagesPerTransaction >= items.length
        const batch = items.slice(from, from + imagesPerTransaction)
        const decisions = digest.copy()
        id = this.#db.transact(() => {
          const actId = writeBatch(batch, id, decisions)
          if (isLast && actId !== null) seal(actId, describe(tally.changed), decisions)
          return actId
        })
        digest = decisions
        written = tally.changed
      }
      if (id === null && order.isAlwaysRecorded === true) {
        id = this.#db.transact(() => {
          const actId = begin()
          seal(actId, describe(0), digest)
          return actId
        })
      }
    } catch (error) {
      const cutOff = id
      if (cutOff !== null) this.#db.transact(() => seal(cutOff, `${describe(written)} (cut off)`, digest))
      throw error
    }
    return tell(id)
  }
}
