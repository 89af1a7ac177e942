import type * as z from 'zod'
import type { ImageId } from '#shared/contract/base.contract.ts'
import { decisionRequest, type ActId } from '#shared/contract/decision.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { readingContract } from '#shared/contract/reading.contract.ts'
import type { CheckId } from '#shared/domain/checks.ts'
import { tasks } from '#shared/domain/tasks.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import type { Caller, DecisionService } from '#engine/curation/decisions/decision.service.ts'
import type { ImageStateService } from '#engine/data/catalogue/image-state.service.ts'
import { readStoredAnswer, type ReadAnswer } from './domain/reading-answer.ts'
import type { ReadingRepo } from './reading.repo.ts'
import type { ReadingService } from './reading.service.ts'

interface SettlementServiceDeps {
  readonly readings: ReadingRepo
  readonly service: Pick<ReadingService, 'get' | 'result' | 'describeAnswer'>
  readonly decisions: Pick<DecisionService, 'decide' | 'undo'>
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
  async settle(order: Order, caller: Caller): Promise<void> {
    const { readingId, imageId, choice } = order
    const { readings, service } = this.#deps
    const found = service.result(readingId).disagreements.find((one) => one.imageId === imageId)
    if (found === undefined) {
      throw new AppError(
        'NOT_FOUND',
        `The readers of second reading ${readingId} do not differ on image ${imageId}.`,
        {
          details: { imageId },
        },
      )
    }
    const settled =
      choice === 'open' ? await this.#reopen(order, found, caller) : await this.#apply(order, found, caller)
    const at = formatTimestamp(this.#deps.now())
    readings.settle({ readingId, imageId, choice, ...settled, actor: caller.actor, at })
  }

  async #reopen({ readingId, imageId }: Order, { settled }: Differing, caller: Caller) {
    if (settled === null)
      throw new AppError('CONFLICT', `Image ${imageId} is not settled: there is nothing to take back.`)
    for (const actId of this.#deps.readings.settlementActs(readingId, imageId).toReversed())
      await this.#deps.decisions.undo(caller, actId)
    return { answer: null, acts: [] }
  }

  async #apply(order: Order, found: Differing, caller: Caller) {
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
    if (choice === 'unsure') return { answer: null, acts: [] }
    const answer = this.#nameAnswer(order, found)
    const wanted = readStoredAnswer(answer)
    if (wanted === null) throw new AppError('INTERNAL', `The answer "${answer}" of a reader is no decision.`)
    return { answer, acts: await this.#decide(wanted, { order, found, caller }) }
  }

  #nameAnswer({ imageId, choice, action, task, value }: Order, { first, second }: Differing): string {
    if (choice === 'first') return first
    if (choice === 'second' || action === undefined) return second
    return this.#deps.service.describeAnswer(imageId, { action, task, value })
  }

  /** @returns the acts, none where the catalogue stands so already */
  async #decide(
    wanted: ReadAnswer,
    { order, found, caller }: { order: Order; found: Differing; caller: Caller },
  ): Promise<ActId[]> {
    const { readingId, imageId } = order
    const { check } = this.#deps.service.get(readingId)
    const acts: ActId[] = []
    try {
      for (const step of this.#planSteps(wanted, { imageId, found, check })) {
        const target = { images: [{ imageId, revision: this.#readState(imageId).revision }] }
        const outcome = await this.#deps.decisions.decide(decisionRequest.parse({ ...step, target }), caller)
        if (outcome.actId !== null) acts.push(outcome.actId)
        const [conflict] = outcome.conflicts
        if (conflict !== undefined)
          throw new AppError('CONFLICT', `Image ${imageId}: ${conflict.message}`, { details: { imageId } })
      }
    } catch (error) {
      for (const actId of acts.toReversed()) await this.#deps.decisions.undo(caller, actId)
      throw error
    }
    return acts
  }

  /** What the first reader did stands in the catalogue: what the answer says otherwise is taken back first. */
  #planSteps(
    wanted: ReadAnswer,
    { imageId, found, check }: { imageId: ImageId; found: Differing; check: CheckId },
  ) {
    const isRemoved = this.#readState(imageId).status === 'removed'
    if (wanted.action === 'remove') return isRemoved ? [] : [{ ...wanted, check }]
    const first = readStoredAnswer(found.first)
    const changed = first?.action === 'relabel' ? first.task : null
    const stays = wanted.action === 'relabel' ? wanted.task : null
    return [
      ...(isRemoved ? [{ action: 'restore' }] : []),
      ...tasks
        .filter((task) => task === changed && task !== stays)
        .map((task) => ({ action: 'relabel', task, value: this.#deps.readings.imported(imageId, task) })),
      { ...wanted, check },
    ]
  }

  #readState(imageId: ImageId) {
    const state = this.#deps.imageStates.read([imageId]).get(imageId)
    if (state !== undefined) return state
    throw new AppError('NOT_FOUND', `Image ${imageId} is not in the catalogue any more.`)
  }
}
