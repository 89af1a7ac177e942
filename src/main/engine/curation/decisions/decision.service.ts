import { AppError } from '#shared/contract/errors.ts'
import type {
  ActId,
  DecisionConflict,
  DecisionOutcome,
  DecisionRequest,
  DecisionTarget,
} from '#shared/contract/decision.contract.ts'
import { imageId } from '#shared/contract/base.contract.ts'
import type { Topic } from '#shared/contract/system.contract.ts'
import { checks, reasonOfCheck } from '#shared/domain/checks.ts'
import type { CopyBeside } from '#engine/base/features/lent.ts'
import type { ActRepo, ActRow } from './act.repo.ts'
import type { DecisionRepo } from './decision.repo.ts'
import type { ActOrder, ActWriter, PlannedImage, WriteAct } from './act-writer.ts'
import {
  planDecision,
  planInverse,
  type Choice,
  type ImageState,
} from '#engine/curation/decisions/domain/plan-decision.ts'
import type { DecidedStateService } from '#engine/curation/decisions/decided-state.service.ts'
import type { DecisionTargetService, TargetItem } from './decision-target.service.ts'
import { describeAct } from '#engine/curation/decisions/domain/describe-act.ts'
import { readLabel } from './read-label.ts'

interface DecisionServiceDeps {
  readonly acts: ActRepo
  readonly decisions: DecisionRepo
  readonly states: DecidedStateService
  readonly writer: ActWriter
  readonly targets: DecisionTargetService
  readonly publishChange: (topics: readonly Topic[]) => void
}

/** Who calls, and until when. */
export interface Caller {
  readonly actor: string
  readonly signal: AbortSignal
  /** The copy of the catalogue that must be on the disk before what is asked for is completed. */
  readonly copy?: CopyBeside | undefined
}

/** A decision on images that are named. */
export type NamedRequest = Omit<DecisionRequest, 'target'> & {
  readonly target: Extract<DecisionTarget, { readonly images: unknown }>
}

const pageOfImages = 2000

/** Makes decisions, and takes them back. */
export class DecisionService {
  readonly #deps: DecisionServiceDeps
  readonly #closing = new AbortController()
  readonly #running = new Set<Promise<unknown>>()

  constructor(deps: DecisionServiceDeps) {
    this.#deps = deps
    deps.writer.chainOlder()
    deps.writer.sealUnfinished()
  }

  /** Throws INVALID_INPUT for a label of no scheme, CONFLICT where a query no longer gives as many images as seen. */
  async decide(request: DecisionRequest, caller: Caller): Promise<DecisionOutcome> {
    const choice = readChoice(request)
    const { items, describe } = await this.#deps.targets.resolve(request, choice)
    return this.#track(caller, (signal) =>
      this.#deps.writer.write({ ...this.#orderDecision(choice, caller), describe, items, signal }),
    )
  }

  /**
   * Decisions on few images, each asked for when the one before it is written, and what `alongside` writes of their acts: all
   * of it or nothing. Throws CONFLICT where one of them cannot be made.
   */
  decideTogether(
    requests: readonly (() => NamedRequest)[],
    caller: Caller,
    alongside: (acts: readonly ActId[]) => void,
  ): readonly ActId[] {
    return this.#writeTogether(caller, (write) => {
      const acts = requests.flatMap((ask) => {
        const request = ask()
        const choice = readChoice(request)
        const { actId, conflicts } = write({
          ...this.#orderDecision(choice, caller),
          describe: (images) => describeAct(request, images),
          items: this.#deps.targets.listNamed(request.target, choice),
        })
        const [conflict] = conflicts
        if (conflict === undefined) return actId ?? []
        const { imageId: id, message } = conflict
        throw new AppError('CONFLICT', `Image ${id}: ${message}`, { details: { imageId: id } })
      })
      alongside(acts)
      return acts
    })
  }

  /** Takes acts of the caller, on a page of images each at most, back in this order, and writes `alongside`: all or nothing. Throws as `undo`. */
  undoTogether(ids: readonly ActId[], caller: Caller, alongside: () => void): DecisionOutcome[] {
    return this.#writeTogether(caller, (write) => {
      const outcomes = ids.map((id) => {
        const origin = this.#findUndoable(id, caller)
        const source = this.#deps.acts.newestOf(origin.id)
        const items = this.#deps.decisions.imagesOf({ actId: source, after: 0, limit: pageOfImages })
        return write({ ...this.#orderToggle('undo', { caller, origin, source }), items })
      })
      alongside()
      return outcomes
    })
  }

  /** Those of these acts that an undo took back and no redo brought back. */
  listUndone(ids: readonly ActId[]): ReadonlySet<ActId> {
    return new Set(this.#deps.acts.undoneOf(ids))
  }

  /**
   * Takes an act of the caller back: `wanted`, else the last one. What later acts changed of its images stays and is told.
   * Throws PRECONDITION where there is none, NOT_FOUND, CONFLICT where it is taken back already or somebody else's.
   */
  async undo(caller: Caller, wanted?: ActId): Promise<DecisionOutcome> {
    const { acts } = this.#deps
    const origin = wanted === undefined ? acts.nextUndo(caller.actor) : this.#findUndoable(wanted, caller)
    if (origin === undefined) throw new AppError('PRECONDITION', 'There is nothing to undo.')
    return this.#toggle('undo', caller, origin)
  }

  /** Brings back what the caller took back last, until the caller's next decision. CONFLICT where it is not `expected`. */
  async redo(caller: Caller, expected?: ActId): Promise<DecisionOutcome> {
    const origin = this.#deps.acts.nextRedo(caller.actor)
    if (origin === undefined) throw new AppError('PRECONDITION', 'There is nothing to redo.')
    if (expected !== undefined && origin.id !== expected) {
      throw new AppError('CONFLICT', `The next to redo is now "${origin.title}". Look again.`, {
        details: { actId: origin.id },
      })
    }
    return this.#toggle('redo', caller, origin)
  }

  /** Stops what is being written at its next batch and waits for it. */
  async dispose(): Promise<void> {
    this.#closing.abort(new AppError('CANCELLED', 'The project is being closed.'))
    await Promise.allSettled(this.#running)
  }

  #findUndoable(wanted: ActId, { actor }: Caller): ActRow {
    const act = this.#deps.acts.find(wanted)
    const details = { actId: wanted }
    if (act?.isComplete !== true || (act.kind !== 'decide' && act.kind !== 'import')) {
      throw new AppError('NOT_FOUND', `There is no act ${wanted} to undo.`, { details })
    }
    if (act.actor !== actor) {
      throw new AppError('CONFLICT', `"${act.title}" was done by ${act.actor}, who alone can undo it.`, {
        details,
      })
    }
    if (act.isUndone) {
      throw new AppError('CONFLICT', `"${act.title}" is undone already.`, { details })
    }
    return act
  }

  #toggle(kind: 'undo' | 'redo', caller: Caller, origin: ActRow): Promise<DecisionOutcome> {
    const { acts, writer } = this.#deps
    const source = acts.newestOf(origin.id)
    return this.#track(caller, async (signal) =>
      writer.write({
        ...this.#orderToggle(kind, { caller, origin, source }),
        items: await this.#imagesOf(source),
        signal,
      }),
    )
  }

  #orderDecision({ checkCode }: Choice, { actor, signal, copy }: Caller) {
    return {
      act: { kind: 'decide' as const, actor, checkCode, originActId: null },
      plan: (batch: readonly TargetItem[]) => this.#planItems(batch),
      signal,
      copy,
    }
  }

  #orderToggle(
    kind: 'undo' | 'redo',
    { caller, origin, source }: { caller: Caller; origin: ActRow; source: ActId },
  ): Omit<ActOrder<number>, 'items'> {
    return {
      act: { kind, actor: caller.actor, checkCode: origin.checkId, originActId: origin.id },
      describe: () => `${kind === 'undo' ? 'Undo' : 'Redo'}: ${origin.title}`,
      plan: (batch) => this.#planInverses(source, batch, kind === 'undo' ? origin.id : null),
      signal: caller.signal,
      isAlwaysRecorded: true,
    }
  }

  #writeTogether<Outcome>({ signal }: Caller, work: (write: WriteAct) => Outcome): Outcome {
    signal.throwIfAborted()
    const outcome = this.#deps.writer.writeTogether(work)
    this.#deps.publishChange(['images', 'decisions'])
    return outcome
  }

  async #track(
    { signal }: Caller,
    write: (signal: AbortSignal) => Promise<DecisionOutcome>,
  ): Promise<DecisionOutcome> {
    const work = write(AbortSignal.any([signal, this.#closing.signal]))
    this.#running.add(work)
    try {
      return await work
    } finally {
      this.#running.delete(work)
      this.#deps.publishChange(['images', 'decisions'])
    }
  }

  #planItems(items: readonly TargetItem[]): PlannedImage[] {
    const states = this.#deps.states.read(items.map((item) => item.imageId))
    return items.map((item) => {
      const state = states.get(item.imageId)
      if (state === undefined) return toConflict({ imageId: item.imageId, reason: 'missing' })
      if (item.isOutside) return this.#tell('group', state)
      if (item.isLastCopy) return this.#tell('last-copy', state)
      if (item.revision !== null && item.revision !== state.revision) {
        const isGone = state.status === 'removed' && item.choice.action !== 'restore'
        return this.#tell(isGone ? 'removed' : 'changed', state)
      }
      const plan = planDecision(state, item.choice)
      return plan.kind === 'conflict' ? this.#tell(plan.reason, state) : plan
    })
  }

  /** @param holder the act that must hold what is taken back; null where none can */
  #planInverses(source: ActId, ids: readonly number[], holder: ActId | null): PlannedImage[] {
    const { decisions, states } = this.#deps
    const now = states.read(ids)
    const made = Map.groupBy(decisions.ofImages(source, ids), (row) => row.imageId)
    return ids.map((id) => {
      const state = now.get(id)
      if (state === undefined) return toConflict({ imageId: id, reason: 'missing' })
      const rows = made.get(id) ?? []
      // A later decision may have come to the same value, which is then its own. Where none came, it is the holder's.
      const isOvertaken =
        holder !== null &&
        rows.some((row) => (row.isFollowed || source !== holder) && decisions.holderOf(row) !== holder)
      const inverse = isOvertaken ? null : planInverse(state, rows)
      if (inverse === null) return this.#tell(state.status === 'removed' ? 'removed' : 'changed', state)
      const changes = inverse.map((change, index) => {
        const row = rows[index]
        return row === undefined ? change : { ...change, ...row.whyBefore }
      })
      return { kind: 'changes', changes }
    })
  }

  async #imagesOf(source: ActId): Promise<number[]> {
    const ids: number[] = []
    for (;;) {
      const page = this.#deps.decisions.imagesOf({
        actId: source,
        after: ids.at(-1) ?? 0,
        limit: pageOfImages,
      })
      ids.push(...page)
      if (page.length < pageOfImages) return ids
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  #tell(reason: DecisionConflict['reason'], state: ImageState): PlannedImage {
    const who = reason === 'removed' ? this.#deps.decisions.whoDid(state.imageId, ['status']) : undefined
    const act = reason === 'changed' ? this.#deps.acts.find(state.revision) : undefined
    return toConflict({ imageId: state.imageId, reason, by: who ?? act ?? null, revision: state.revision })
  }
}

function toConflict(conflict: {
  readonly imageId: number
  readonly reason: DecisionConflict['reason']
  readonly by?: { readonly actor: string; readonly at: string; readonly title: string } | null
  readonly revision?: number
}): PlannedImage {
  const { reason, by = null, revision = null } = conflict
  const who = by === null ? '' : ` by ${by.actor}`
  const words: Record<DecisionConflict['reason'], string> = {
    changed: `It was changed meanwhile${who}${by === null ? '' : ` (${by.title})`}.`,
    removed: `It was removed${who}. Restore it first.`,
    missing: 'It is not in the catalogue.',
    group: 'It has joined the group since that was looked at.',
    scheme: 'Its data set does not use this label.',
    'last-copy':
      'It would take the last copy of its picture along. Decide its group, or name the image itself.',
  }
  return {
    kind: 'conflict',
    conflict: {
      imageId: imageId.parse(conflict.imageId),
      reason,
      message: words[reason],
      by: by?.actor ?? null,
      at: by?.at ?? null,
      revision,
    },
  }
}

const keepsCopy = (target: DecisionTarget): boolean => 'keep' in target && target.keep.length > 0

function readChoice({ action, target, reason, note, task, value, ...request }: DecisionRequest): Choice {
  // A group belongs to a queue, named again or not.
  const check = request.check ?? ('check' in target ? target.check : undefined)
  return {
    action,
    checkCode: check === undefined ? null : checks[check].code,
    // A copy that leaves while another stays leaves as a copy: its own label may be the one that is right.
    reason: reason ?? (keepsCopy(target) ? 'duplicate' : reasonOfCheck(check ?? null)),
    note: note === undefined || note === '' ? null : note,
    label: task === undefined || value === undefined ? null : readLabel(task, value),
  }
}
