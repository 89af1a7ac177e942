import { AppError } from '#shared/contract/errors.ts'
import type {
  ActId,
  DecisionConflict,
  DecisionOutcome,
  DecisionRequest,
  DecisionTarget,
} from '#shared/contract/decision.contract.ts'
import type { ImageFilter } from '#shared/contract/image.contract.ts'
import { imageId } from '#shared/contract/base.contract.ts'
import type { Topic } from '#shared/contract/system.contract.ts'
import { checks, reasonOfCheck } from '#shared/domain/checks.ts'
import { formatCount } from '#shared/domain/format.ts'
import { labelSchemeNames, labelSchemes } from '#shared/domain/label-schemes.ts'
import type { ActRepo, ActRow } from './act.repo.ts'
import type { ActWriter, PlannedImage } from './act-writer.ts'
import { readAge, writeAge } from '#engine/data/catalogue/domain/age-label.ts'
import { describeAct } from '#engine/curation/decisions/domain/describe-act.ts'
import {
  fitsScheme,
  planDecision,
  planInverse,
  type Choice,
  type ImageState,
} from '#engine/curation/decisions/domain/plan-decision.ts'
import type { DecidedStateService } from '#engine/curation/decisions/decided-state.service.ts'

interface DecisionServiceDeps {
  readonly acts: ActRepo
  readonly states: DecidedStateService
  readonly writer: ActWriter
  /** Ids of the images that a query gives, ascending. */
  readonly matchIds: (filter: ImageFilter) => Promise<Iterable<number>>
  readonly publishChange: (topics: readonly Topic[]) => void
}

/** Who calls, and until when. */
export interface Caller {
  readonly actor: string
  readonly signal: AbortSignal
}

/** An image with what was seen of it and what shall become of it. */
interface TargetItem {
  readonly imageId: number
  /** Null where only the target as a whole was seen. */
  readonly revision: number | null
  readonly choice: Choice
  readonly isOutside: boolean
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
    const items = await this.#resolve(request.target, choice)
    return this.#track(caller, (signal) =>
      this.#deps.writer.write({
        act: { kind: 'decide', actor: caller.actor, checkCode: choice.checkCode, originActId: null },
        describe: (images) => describeAct(request, images),
        items,
        plan: (batch) => this.#planItems(batch),
        signal,
      }),
    )
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
        act: { kind, actor: caller.actor, checkCode: origin.checkId, originActId: origin.id },
        describe: () => `${kind === 'undo' ? 'Undo' : 'Redo'}: ${origin.title}`,
        items: await this.#imagesOf(source),
        plan: (batch) => this.#planInverses(source, batch, kind === 'undo' ? origin.id : null),
        signal,
        isAlwaysRecorded: true,
      }),
    )
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

  async #resolve(target: DecisionTarget, choice: Choice): Promise<TargetItem[]> {
    if ('images' in target) {
      const once = new Map(target.images.map((seen) => [seen.imageId, seen]))
      return [...once.values()].map((seen) => ({ ...seen, choice, isOutside: false }))
    }
    if ('query' in target) {
      const ids = [...(await this.#deps.matchIds(target.query))]
      if (ids.length !== target.expectedCount) {
        throw new AppError(
          'CONFLICT',
          `The query gives ${formatCount(ids.length)} images by now, not ${formatCount(target.expectedCount)}. ` +
            'Look at it again, then decide.',
          { details: { expected: target.expectedCount, found: ids.length } },
        )
      }
      return ids.map((id) => ({ imageId: id, revision: null, choice, isOutside: false }))
    }
    return this.#resolveGroup(target, choice)
  }

  #resolveGroup(target: Extract<DecisionTarget, { groupId: number }>, choice: Choice): TargetItem[] {
    const { check, groupId, keep, seen } = target
    const members = this.#deps.states.groupMembers(checks[check].code, groupId)
    if (members.length === 0) {
      throw new AppError('NOT_FOUND', `There is no group ${groupId} of ${checks[check].title} any more.`, {
        details: { check, groupId },
      })
    }
    const revisions = seen === undefined ? null : new Map(seen.map((one) => [one.imageId, one.revision]))
    const kept = new Set<number>(keep)
    const stranger = keep.find((id) => !members.includes(id))
    if (stranger !== undefined) {
      throw new AppError('CONFLICT', `Image ${stranger} is not in the group any more. Look at it again.`, {
        details: { imageId: stranger },
      })
    }
    return members.map((member) => {
      const revision = revisions?.get(imageId.parse(member)) ?? null
      return {
        imageId: member,
        revision,
        choice: kept.has(member) ? { ...choice, action: 'keep', label: null } : choice,
        isOutside: revisions !== null && revision === null,
      }
    })
  }

  #planItems(items: readonly TargetItem[]): PlannedImage[] {
    const states = this.#deps.states.read(items.map((item) => item.imageId))
    return items.map((item) => {
      const state = states.get(item.imageId)
      if (state === undefined) return toConflict({ imageId: item.imageId, reason: 'missing' })
      if (item.isOutside) return this.#tell('group', state)
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
    const { acts, states } = this.#deps
    const now = states.read(ids)
    const made = Map.groupBy(acts.decisionsOf(source, ids), (row) => row.imageId)
    return ids.map((id) => {
      const state = now.get(id)
      if (state === undefined) return toConflict({ imageId: id, reason: 'missing' })
      const rows = made.get(id) ?? []
      // A later decision may have come to the same value, which is then its own.
      const isOvertaken = holder !== null && rows.some((row) => acts.holderOf(row) !== holder)
      const inverse = isOvertaken ? null : planInverse(state, rows)
      if (inverse === null) return this.#tell(state.status === 'removed' ? 'removed' : 'changed', state)
      const changes = inverse.map((change, index) => {
        const row = rows[index]
        return row === undefined ? change : { ...change, ...acts.whyBefore(row) }
      })
      return { kind: 'changes', changes }
    })
  }

  async #imagesOf(source: ActId): Promise<number[]> {
    const ids: number[] = []
    for (;;) {
      const page = this.#deps.acts.imagesOf({ actId: source, after: ids.at(-1) ?? 0, limit: pageOfImages })
      ids.push(...page)
      if (page.length < pageOfImages) return ids
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  #tell(reason: DecisionConflict['reason'], state: ImageState): PlannedImage {
    const who = reason === 'removed' ? this.#deps.acts.whoDid(state.imageId, ['status']) : undefined
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

function readChoice({ action, target, reason, note, task, value, ...request }: DecisionRequest): Choice {
  // A group belongs to a queue, named again or not.
  const check = request.check ?? ('groupId' in target ? target.check : undefined)
  return {
    action,
    checkCode: check === undefined ? null : checks[check].code,
    reason: reason ?? reasonOfCheck(check ?? null),
    note: note === undefined || note === '' ? null : note,
    label: task === undefined || value === undefined ? null : readLabel(task, value),
  }
}

/** An age is brought into one writing. */
function readLabel(task: NonNullable<Choice['label']>['task'], value: string | null): Choice['label'] {
  if (!labelSchemeNames.some((scheme) => fitsScheme(scheme, task, value))) {
    const known =
      task === 'age'
        ? 'years from 0 to 116 or one of the nine bins, such as 20-29'
        : [...new Set(labelSchemeNames.flatMap((scheme) => [...labelSchemes[scheme][task]]))].join(', ')
    throw new AppError('INVALID_INPUT', `"${value}" is no ${task} label. Give ${known}.`, {
      details: { field: 'value' },
    })
  }
  const age = task === 'age' && value !== null ? readAge(value) : null
  return { task, value: age === null ? value : writeAge(age) }
}
