import type * as z from 'zod'
import type { ImageId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { readingContract, SettlementOutcome } from '#shared/contract/reading.contract.ts'
import { tasks } from '#shared/domain/tasks.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import type { Caller, DecisionService, NamedRequest } from '#engine/curation/decisions/decision.service.ts'
import type { ImageStateService } from '#engine/data/catalogue/image-state.service.ts'
import { readStoredAnswer, type ReadAnswer } from './domain/reading-answer.ts'
import type { NewSettlement, ReadingRepo } from './reading.repo.ts'
import type { ReadingService } from './reading.service.ts'

interface SettlementServiceDeps {
  readonly readings: Pick<ReadingRepo, 'settle' | 'imported'>
  readonly service: Pick<ReadingService, 'get' | 'result' | 'settlements' | 'describeAnswer'>
  readonly decisions: Pick<DecisionService, 'decideTogether' | 'undoTogether'>
  readonly imageStates: Pick<ImageStateService, 'read'>
  readonly now: Clock
}

type Order = z.output<NonNullable<(typeof readingContract.settle)['~orpc']['inputSchema']>>
type Differing = ReturnType<ReadingService['result']>['disagreements'][number]

/** Settles what two readers disagree about, by decisions that can be taken back. */
export class SettlementService {
  readonly #deps: SettlementServiceDeps

  constructor(deps: SettlementServiceDeps) {
    this.#deps = deps
  }

  /**
   * Throws PRECONDITION before the end of the reading, NOT_FOUND for an image that the readers agree on, CONFLICT for one that is
   * settled already or was changed since it was seen.
   */
  settle(order: Order, caller: Caller): SettlementOutcome {
    const { readingId, imageId, choice } = order
    const found = this.#deps.service.result(readingId).disagreements.find((one) => one.imageId === imageId)
    if (found === undefined) {
      throw new AppError(
        'NOT_FOUND',
        `The readers of second reading ${readingId} do not differ on image ${imageId}.`,
        {
          details: { imageId },
        },
      )
    }
    return choice === 'open' ? this.#reopen(order, caller) : this.#apply(order, found, caller)
  }

  /** Of what was settled last only a part may hold: the rest was taken back in the history. */
  #reopen(order: Order, caller: Caller): SettlementOutcome {
    const { readingId, imageId } = order
    const { service, decisions } = this.#deps
    const last = service.settlements(readingId).get(imageId)
    if (last === undefined || (last.settled === null && last.standing.length === 0))
      throw new AppError('CONFLICT', `Image ${imageId} is not settled: there is nothing to take back.`)
    const undone = decisions.undoTogether(last.standing.toReversed(), caller, () =>
      this.#record(order, caller, { answer: null, acts: [] }),
    )
    // Each act of the settlement meets the same later change.
    const conflicts = new Map(
      undone.flatMap((one) => one.conflicts.map((told) => [told.message, told] as const)),
    )
    return { isChanged: undone.some(({ changed }) => changed > 0), conflicts: [...conflicts.values()] }
  }

  #apply(order: Order, found: Differing, caller: Caller): SettlementOutcome {
    const { imageId, choice } = order
    if (found.settled !== null) {
      const { reviewer } = found.settled
      throw new AppError(
        'CONFLICT',
        `Image ${imageId} is settled already, by ${reviewer}. Take that back first.`,
      )
    }
    if (order.revision !== undefined && order.revision !== found.revision)
      throw new AppError('CONFLICT', `Image ${imageId} was changed since it was looked at. Look at it again.`)
    if (choice === 'unsure') {
      this.#record(order, caller, { answer: null, acts: [] })
      return { isChanged: false, conflicts: [] }
    }
    const answer = this.#nameAnswer(order, found)
    const wanted = readStoredAnswer(answer)
    if (wanted === null) throw new AppError('INTERNAL', `The answer "${answer}" of a reader is no decision.`)
    const steps = this.#planSteps(wanted, order, found)
    const made = this.#deps.decisions.decideTogether(steps, caller, (acts) =>
      this.#record(order, caller, { answer, acts }),
    )
    // There is no act where the picture stands so already.
    return { isChanged: made.length > 0, conflicts: [] }
  }

  #record(
    { readingId, imageId, choice }: Order,
    { actor }: Caller,
    made: Pick<NewSettlement, 'answer' | 'acts'>,
  ): void {
    const at = formatTimestamp(this.#deps.now())
    this.#deps.readings.settle({ readingId, imageId, choice, ...made, actor, at })
  }

  #nameAnswer({ imageId, choice, action, task, value }: Order, { first, second }: Differing): string {
    if (choice === 'first') return first
    if (choice === 'second' || action === undefined) return second
    return this.#deps.service.describeAnswer(imageId, { action, task, value })
  }

  /** What the first reader did stands in the catalogue: what the answer says otherwise is taken back first. */
  #planSteps(wanted: ReadAnswer, { readingId, imageId }: Order, found: Differing): (() => NamedRequest)[] {
    const { check } = this.#deps.service.get(readingId)
    const isRemoved = this.#readState(imageId).status === 'removed'
    if (wanted.action === 'remove')
      return isRemoved ? [] : [() => this.#requestOf(imageId, { ...wanted, check })]
    const first = readStoredAnswer(found.first)
    const changed = first?.action === 'relabel' ? first.task : null
    const stays = wanted.action === 'relabel' ? wanted.task : null
    const steps = [
      ...(isRemoved ? [{ action: 'restore' as const }] : []),
      ...tasks
        .filter((task) => task === changed && task !== stays)
        .map((task) => {
          const value = this.#deps.readings.imported(imageId, task)
          return { action: 'relabel' as const, task, value }
        }),
      { ...wanted, check },
    ]
    return steps.map((step) => () => this.#requestOf(imageId, step))
  }

  #requestOf(imageId: ImageId, step: Omit<NamedRequest, 'target'>): NamedRequest {
    const target = { images: [{ imageId, revision: this.#readState(imageId).revision }] }
    return { ...step, target }
  }

  #readState(imageId: ImageId) {
    const state = this.#deps.imageStates.read([imageId]).get(imageId)
    if (state !== undefined) return state
    throw new AppError('NOT_FOUND', `Image ${imageId} is not in the catalogue any more.`)
  }
}
