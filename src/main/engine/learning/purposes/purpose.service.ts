import * as z from 'zod'
import {
  namedPurpose,
  purposeId,
  type Purpose,
  type PurposeId,
  type PurposeList,
  type PurposeRequest,
} from '#shared/contract/purpose.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { guardedTasks, listGuardedHeads, type GuardedTask } from '#shared/domain/guarded-tasks.ts'
import type { AccessLog } from '#engine/base/access-log/access-log.service.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import type { ModelLabels } from '#engine/networks/architecture/model-labels.ts'
import { decideTasks, isExpired, stateOf, type TaskDecision } from './domain/decide-tasks.ts'

interface PurposeServiceDeps {
  /** Purposes are lines of it: what was once recorded can be ended, and never changed. */
  readonly accessLog: Pick<AccessLog, 'find' | 'record'>
  readonly now: Clock
}

const recorded = namedPurpose.omit({ id: true }).extend({ purpose: purposeId })
const ended = z.object({ purpose: purposeId })
const guarding = z.object({ tasks: z.array(z.enum(guardedTasks)) })

/** Who may have race, and gender where a project says so, answered outside of its window: what for and until when. */
export class PurposeService {
  readonly #deps: PurposeServiceDeps

  constructor(deps: PurposeServiceDeps) {
    this.#deps = deps
  }

  list(): PurposeList {
    return { purposes: this.#read().toReversed(), guarded: this.guarded() }
  }

  /** Throws NOT_FOUND. */
  get(id: PurposeId): Purpose {
    const found = this.#read().find((one) => one.id === id)
    if (found !== undefined) return found
    throw new AppError(
      'NOT_FOUND',
      `There is no purpose ${id} in this project. "evenhand purpose list" shows which there are.`,
      { details: { purposeId: id } },
    )
  }

  /** Throws NOT_FOUND, or PRECONDITION saying since when it holds no longer. */
  requireOpen(id: PurposeId): void {
    const { state, endedAt, until } = this.get(id)
    if (state === 'open') return
    const since = endedAt === null ? `held until ${until}` : `was ended on ${endedAt.slice(0, 10)}`
    throw new AppError(
      'PRECONDITION',
      `Purpose ${id} ${since}. Record another one with "evenhand purpose record".`,
      {
        details: { purposeId: id, state },
      },
    )
  }

  async record(request: PurposeRequest): Promise<Purpose> {
    const { who, what, until } = request
    const tasks = guardedTasks.filter((task) => request.tasks.includes(task))
    if (isExpired(request, this.#today())) {
      throw new AppError(
        'INVALID_INPUT',
        `The purpose would have ended already: ${until} is past. Name a later day.`,
      )
    }
    let id = purposeId.parse(1)
    await this.#deps.accessLog.record(() => {
      id = purposeId.parse(this.#read().length + 1)
      return { kind: 'purpose-recorded', subject: { purpose: id, tasks, who, what, until } }
    })
    return this.get(id)
  }

  /** Ends it from now on; what was answered under it stays recorded. Throws NOT_FOUND, or CONFLICT when it was ended before. */
  async end(id: PurposeId): Promise<Purpose> {
    await this.#deps.accessLog.record(() => {
      const { endedAt } = this.get(id)
      if (endedAt !== null) throw new AppError('CONFLICT', `Purpose ${id} was ended on ${endedAt} already.`)
      return { kind: 'purpose-ended', subject: { purpose: id } }
    })
    return this.get(id)
  }

  async guard(tasks: readonly GuardedTask[]): Promise<PurposeList> {
    const wanted = guardedTasks.filter((task) => task === 'race' || tasks.includes(task))
    if (wanted.join() !== this.guarded().join()) {
      await this.#deps.accessLog.record({ kind: 'tasks-guarded', subject: { tasks: wanted } })
    }
    return this.list()
  }

  /** Tasks that want a purpose here. */
  guarded(): GuardedTask[] {
    const last = this.#deps.accessLog.find(['tasks-guarded']).at(-1)
    return last === undefined ? ['race'] : guarding.parse(last.subject).tasks
  }

  /**
   * What of a model may be handed out. Throws NOT_FOUND for an unknown purpose, PRECONDITION for one that holds no longer: whoever
   * names one wants what it is for.
   */
  decideExport(
    labels: ModelLabels,
    id: PurposeId | null,
  ): TaskDecision & { readonly guarded: GuardedTask[] } {
    const purpose = id === null ? null : this.get(id)
    const heads = listGuardedHeads((task) => labels[task])
    const guarded = this.guarded().filter((task) => heads.includes(task))
    const decision = decideTasks({ heads, guarded, purpose, today: this.#today() })
    if (purpose !== null) this.requireOpen(purpose.id)
    return { ...decision, guarded }
  }

  /** `YYYY-MM-DD` in UTC. */
  #today(): string {
    return formatTimestamp(this.#deps.now()).slice(0, 10)
  }

  /** Oldest first. */
  #read(): Purpose[] {
    const today = this.#today()
    const lines = this.#deps.accessLog.find(['purpose-recorded', 'purpose-ended'])
    const ends = new Map(
      lines
        .filter(({ kind }) => kind === 'purpose-ended')
        .map(({ subject, at }) => [ended.parse(subject).purpose, at]),
    )
    return lines
      .filter(({ kind }) => kind === 'purpose-recorded')
      .map(({ subject, at, actor }) => {
        const { purpose: id, ...facts } = recorded.parse(subject)
        const endedAt = ends.get(id) ?? null
        const state = stateOf({ until: facts.until, endedAt }, today)
        return { id, ...facts, recordedAt: at, recordedBy: actor, endedAt, state }
      })
  }
}
