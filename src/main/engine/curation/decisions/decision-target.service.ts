import { imageId } from '#shared/contract/base.contract.ts'
import type { DecisionRequest, DecisionTarget } from '#shared/contract/decision.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { ImageFilter } from '#shared/contract/image.contract.ts'
import { checks, listChecksOf, type CheckId } from '#shared/domain/checks.ts'
import { formatCount } from '#shared/domain/format.ts'
import { readImageSearch } from '#shared/domain/image-search.ts'
import { tasks } from '#shared/domain/tasks.ts'
import {
  listLeaving,
  listStaying,
  type GroupService,
  type JudgedGroup,
} from '#engine/curation/checks/group.service.ts'
import type { DecidedStateService } from '#engine/curation/decisions/decided-state.service.ts'
import { describeAct } from '#engine/curation/decisions/domain/describe-act.ts'
import type { Choice } from '#engine/curation/decisions/domain/plan-decision.ts'
import { readLabel } from './read-label.ts'

interface DecisionTargetDeps {
  readonly states: DecidedStateService
  readonly groups: Pick<GroupService, 'judge' | 'listOpen'>
  /** Ids of the images that a query gives, ascending. */
  readonly matchIds: (filter: ImageFilter) => Promise<Iterable<number>>
}

/** An image with what was seen of it and what shall become of it. */
export interface TargetItem {
  readonly imageId: number
  /** Null where only the target as a whole was seen. */
  readonly revision: number | null
  readonly choice: Choice
  readonly isOutside: boolean
  readonly isLastCopy: boolean
}

export interface ResolvedTarget {
  readonly items: readonly TargetItem[]
  /** What undo will call the act, once it is known how many images it changed. */
  readonly describe: (images: number) => string
}

type TargetOf<Key extends string> = Extract<DecisionTarget, Readonly<Record<Key, unknown>>>

const copyChecks = listChecksOf('duplicates')
const contested = 'conflicting-labels'
const inside = { isOutside: false, isLastCopy: false }

/** The images that a decision speaks of, and what it means for each. */
export class DecisionTargetService {
  readonly #deps: DecisionTargetDeps

  constructor(deps: DecisionTargetDeps) {
    this.#deps = deps
  }

  /** Throws CONFLICT where a query or a check gives another number than was seen, NOT_FOUND where a group has gone. */
  async resolve(request: DecisionRequest, choice: Choice): Promise<ResolvedTarget> {
    const { target } = request
    const describe = (images: number): string => describeAct(request, images)
    if ('images' in target) return { items: this.listNamed(target, choice), describe }
    if ('query' in target) return { items: await this.#resolveQuery(request, target, choice), describe }
    if ('groups' in target) return this.#resolveGroups(target, choice)
    return { items: this.#resolveGroup(target, choice), describe }
  }

  listNamed({ images }: TargetOf<'images'>, choice: Choice): TargetItem[] {
    const once = new Map(images.map((seen) => [seen.imageId, seen]))
    return [...once.values()].map((seen) => ({ ...seen, ...inside, choice }))
  }

  async #resolveQuery(
    request: DecisionRequest,
    target: TargetOf<'query'>,
    choice: Choice,
  ): Promise<TargetItem[]> {
    const ids = [...(await this.#deps.matchIds(target.query))]
    requireCount(target.expectedCount, ids.length, 'The query gives', 'images')
    const staying = choice.action === 'remove' ? await this.#listLastCopies(request, target.query, ids) : null
    return ids.map((id) => ({
      ...inside,
      imageId: id,
      revision: null,
      choice,
      isLastCopy: staying?.has(id) === true,
    }))
  }

  /** Where copies are asked for as copies, one of each group stays; all of a group whose labels differ. */
  async #listLastCopies(
    request: DecisionRequest,
    query: ImageFilter,
    ids: readonly number[],
  ): Promise<ReadonlySet<number>> {
    const leaving = new Set(ids)
    const staying = new Set<number>()
    for (const check of listCopyChecks(request, query)) {
      for await (const { copies, suggestedKeep } of this.#deps.groups.listOpen(check, {})) {
        const present = copies.filter(({ status }) => status !== 'removed')
        if (!present.every((copy) => leaving.has(copy.imageId))) continue
        for (const copy of present) {
          if (suggestedKeep === null || suggestedKeep.imageId === copy.imageId) staying.add(copy.imageId)
        }
      }
    }
    return staying
  }

  async #resolveGroups(target: TargetOf<'groups'>, choice: Choice): Promise<ResolvedTarget> {
    const agreeing: JudgedGroup[] = []
    for await (const group of this.#deps.groups.listOpen(target.check, target.filter)) {
      if (group.suggestedKeep !== null) agreeing.push(group)
    }
    requireCount(target.expectedGroups, agreeing.length, 'The check has', 'groups that agree')
    const settled = agreeing.map((group) => ({
      keep: listStaying(group).map((copy): number => copy.imageId),
      remove: listLeaving(group).map((copy): number => copy.imageId),
    }))
    const closes = this.#listClosed(target.check, settled)
    const items = settled.flatMap(({ keep, remove }) => [
      ...keep.map((id) => ({ imageId: id, choice: toKeep(choice, closes(id)) })),
      ...remove.map((id) => ({ imageId: id, choice })),
    ])
    const groups = `${formatCount(agreeing.length)} ${agreeing.length === 1 ? 'group' : 'groups'} of copies`
    return {
      items: items.map((item) => ({ ...inside, revision: null, ...item })),
      describe: (images) => `Kept one copy in each of ${groups} (${formatCount(images)} images)`,
    }
  }

  #resolveGroup({ check, groupId, keep, seen, labels }: TargetOf<'groupId'>, choice: Choice): TargetItem[] {
    const [group] = this.#deps.groups.judge(check, [groupId])
    if (group === undefined) {
      throw new AppError('NOT_FOUND', `There is no group ${groupId} of ${checks[check].title} any more.`, {
        details: { check, groupId },
      })
    }
    const members = group.copies.map((copy): number => copy.imageId)
    const revisions = seen === undefined ? null : new Map(seen.map((one) => [one.imageId, one.revision]))
    const kept = new Set<number>(keep)
    const stranger = keep.find((id) => !members.includes(id))
    if (stranger !== undefined) {
      throw new AppError('CONFLICT', `Image ${stranger} is not in the group any more. Look at it again.`, {
        details: { imageId: stranger },
      })
    }
    const taken = tasks.flatMap((task) => {
      const value = labels?.[task]
      return value === undefined ? [] : [readLabel(task, value)]
    })
    const isConfirmed =
      group.contested === null ||
      tasks.every((task) => !(task in (group.contested ?? {})) || taken.some((one) => one.task === task))
    const settled = {
      keep: members.filter((id) => kept.has(id)),
      remove: members.filter((id) => !kept.has(id)),
    }
    const closes =
      choice.action === 'remove' ? this.#listClosed(check, [settled]) : () => [checks[check].code]
    const confirmed = taken.length > 0 && isConfirmed ? [checks[contested].code] : []
    return members.flatMap((member) => {
      const revision = revisions?.get(imageId.parse(member)) ?? null
      const isGone = group.copies.some((copy) => copy.imageId === member && copy.status === 'removed')
      // A copy that was removed before is shown beside the others and is no part of the decision.
      if (isGone && choice.action === 'remove') return []
      return [
        {
          ...inside,
          imageId: member,
          revision,
          choice: kept.has(member)
            ? { ...toKeep(choice, [...closes(member), ...confirmed]), labels: taken }
            : choice,
          isOutside: revisions !== null && revision === null,
        },
      ]
    })
  }

  /**
   * The queues of copies that are answered for a kept image: the one that is decided, and others whose group has no copy left
   * but the kept ones. A conflict of labels is never answered by removing one of them.
   */
  #listClosed(
    check: CheckId,
    settled: readonly { readonly keep: readonly number[]; readonly remove: readonly number[] }[],
  ): (imageId: number) => number[] {
    const leaving = new Set(settled.flatMap(({ remove }) => remove))
    const staying = new Set(settled.flatMap(({ keep }) => keep))
    const others = copyChecks
      .filter((one) => one !== contested && one !== check)
      .map((one) => checks[one].code)
    const alone = this.#deps.states.groupsLeft([...staying], { codes: others, leaving, staying })
    const own = check === contested ? [] : [checks[check].code]
    return (id) => [...own, ...(alone.get(id) ?? [])]
  }
}

const toKeep = (choice: Choice, closes: readonly number[]): Choice => ({
  ...choice,
  action: 'keep',
  label: null,
  closes,
})

function requireCount(expected: number, found: number, giver: string, what: string): void {
  if (found === expected) return
  throw new AppError(
    'CONFLICT',
    `${giver} ${formatCount(found)} ${what} by now, not ${formatCount(expected)}. Look at it again, then decide.`,
    { details: { expected, found } },
  )
}

/** The checks of copies that a query, or the queue that it is asked in, names. */
function listCopyChecks({ check }: DecisionRequest, query: ImageFilter): readonly CheckId[] {
  const reading = query.search === undefined ? null : readImageSearch(query.search)
  const searched = (reading?.terms ?? []).flatMap(({ isExcluded, condition }) =>
    !isExcluded && (condition.kind === 'finding' || condition.kind === 'open') ? condition.values : [],
  )
  const named: ReadonlySet<unknown> = new Set<unknown>([check, ...(query.findings ?? []), ...searched])
  return copyChecks.filter((one) => named.has(one))
}
