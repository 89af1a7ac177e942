import { setImmediate as yieldToEvents } from 'node:timers/promises'
import { AppError } from '#shared/contract/errors.ts'
import type { ActId, DecisionConflict, DecisionOutcome } from '#shared/contract/decision.contract.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import type { CopyBeside } from '#engine/base/features/lent.ts'
import type { Db } from '#engine/base/db/db.ts'
import type { ActChain } from './act-chain.ts'
import type { ActRepo, NewAct } from './act.repo.ts'
import type { DecisionRepo, NewDecision } from './decision.repo.ts'
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
  /** Waited for before an act is completed: the copy of the catalogue that is made beside it. */
  readonly copy?: CopyBeside | undefined
}

/** Writes an act at once. */
export type WriteAct = <Item>(order: ActOrder<Item>) => DecisionOutcome

/** A transaction is of so many images at most, and of fewer where so many take longer than `transactionMs`. */
const [fewestImages, mostImages] = [25, 250]
const transactionMs = 10
const listedConflicts = 500

/** How many images the next transaction is of, given how long the last one took. */
function fitBatch(images: number, milliseconds: number): number {
  const fitting = Math.floor((images * transactionMs) / Math.max(milliseconds, 1))
  return Math.min(mostImages, Math.max(fewestImages, fitting))
}

/** @param standing what was written until then, which stays */
async function awaitCopy(copy: CopyBeside | undefined, standing: string | null): Promise<void> {
  try {
    await copy?.written
  } catch (error) {
    if (standing === null || !(error instanceof AppError)) throw error
    const { code, message, details } = error
    const left = `Until then this was done, and can be undone: ${standing}.`
    throw new AppError(code, `${message} ${left}`, { details, cause: error })
  }
}

/** Writes acts: the rows of the history and, in the same transactions, what follows from them. */
export class ActWriter {
  readonly #db: Db
  readonly #acts: ActRepo
  readonly #decisions: DecisionRepo
  readonly #chain: ActChain
  readonly #states: DecidedStateService
  readonly #now: Clock

  constructor(deps: {
    db: Db
    acts: ActRepo
    decisions: DecisionRepo
    chain: ActChain
    states: DecidedStateService
    now: Clock
  }) {
    this.#db = deps.db
    this.#acts = deps.acts
    this.#decisions = deps.decisions
    this.#chain = deps.chain
    this.#states = deps.states
    this.#now = deps.now
  }

  /** Seals acts that the end of an earlier process cut off: what was written stands, and one undo takes it back. */
  sealUnfinished(): void {
    this.#db.transact(() => {
      for (const id of this.#acts.unfinished()) {
        const act = this.#acts.find(id)
        if (act === undefined) continue
        const ended = { ...act, title: `${act.title} (cut off)`, images: this.#decisions.countImages(id) }
        this.#chain.complete(ended, this.#chain.readDigest(id))
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
    const changedImages = new Set<number>()
    const begin = (): ActId => this.#acts.insert({ ...act, title: describe(items.length), at })
    const seal = (
      id: ActId,
      { title, images = changedImages.size }: { title: string; images?: number },
      decisions: DecisionDigest,
    ): void => {
      const { checkCode: checkId, ...made } = act
      const conflictsMet = tally.conflictCount
      this.#chain.complete({ ...made, id, title, at, checkId, images, conflicts: conflictsMet }, decisions)
    }
    const writeBatch = (
      batch: readonly Item[],
      known: ActId | null,
      decisions: DecisionDigest,
    ): ActId | null => {
      const made: NewDecision[] = []
      let hasChanges = false
      let next = this.#decisions.next()
      for (const planned of plan(batch)) {
        if (planned.kind === 'unchanged') tally.unchanged += 1
        else if (planned.kind === 'conflict') {
          tally.conflictCount += 1
          if (conflicts.length < listedConflicts) conflicts.push(planned.conflict)
        } else {
          for (const change of planned.changes) {
            const salted = makeSeal(change)
            made.push({ id: next, change, seal: salted })
            next += 1
            decisions.add(change, salted.sealed)
            changedImages.add(change.imageId)
          }
          tally.changed += 1
          hasChanges = true
        }
      }
      if (!hasChanges) return known
      const actId = known ?? begin()
      this.#decisions.insertAll(actId, made)
      const changes = made.map(({ change }) => change)
      this.#states.applyAll(changes, { actId, actor: act.actor, at })
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
        if (actId !== null) seal(actId, { title: order.describe(tally.changed) }, digest)
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
      let size = mostImages
      for (let from = 0; from < items.length;) {
        if (from > 0) await yieldToEvents()
        order.signal.throwIfAborted()
        const startedAt = performance.now()
        const batch = items.slice(from, from + size)
        from += size
        const isLast = from >= items.length
        if (isLast) await awaitCopy(order.copy, id === null ? null : describe(written))
        // Whoever cancelled it in that time has been told that it is.
        order.signal.throwIfAborted()
        const decisions = digest.copy()
        id = this.#db.transact(() => {
          const actId = writeBatch(batch, id, decisions)
          if (isLast && actId !== null) seal(actId, { title: describe(tally.changed) }, decisions)
          return actId
        })
        digest = decisions
        written = tally.changed
        size = fitBatch(batch.length, performance.now() - startedAt)
      }
      if (id === null && order.isAlwaysRecorded === true) {
        id = this.#db.transact(() => {
          const actId = begin()
          seal(actId, { title: describe(0) }, digest)
          return actId
        })
      }
    } catch (error) {
      const cutOff = id
      if (cutOff !== null) {
        this.#db.transact(() => {
          const title = `${describe(written)} (cut off)`
          seal(cutOff, { title, images: this.#decisions.countImages(cutOff) }, digest)
        })
      }
      throw error
    }
    return tell(id)
  }
}
