import { setImmediate as yieldToEvents } from 'node:timers/promises'
import type { ImageId } from '#shared/contract/base.contract.ts'
import type {
  FindingGroup,
  FindingGroupCounts,
  FindingGroupSummary,
  LabelSuggestions,
} from '#shared/contract/check.contract.ts'
import type { ImageFilter } from '#shared/contract/image.contract.ts'
import { checkIds, checks, type CheckId } from '#shared/domain/checks.ts'
import type { AnswerRow, CopyRow, GroupRepo } from './group.repo.ts'
import { judgeCopies, type CopyVerdict } from './judge-copies.ts'
import { readAnswers, readVoices } from './read-answers.ts'
import { suggestLabels } from './suggest-labels.ts'

interface GroupServiceDeps {
  readonly groups: GroupRepo
  /** Ids of all images that a filter matches, ascending. */
  readonly matchIds: (filter: ImageFilter) => Promise<Uint32Array>
}

/** Copies of one picture and what is to be thought of them. */
export interface JudgedGroup extends CopyVerdict {
  readonly groupId: ImageId
  readonly copies: readonly CopyRow[]
}

const groupsPerRead = 500
const labelChecks = checkIds.filter((id) => checks[id].task !== null)

/** Groups of copies: who is in them, whether their labels agree, and which copy to keep. */
export class GroupService {
  readonly #deps: GroupServiceDeps

  constructor(deps: GroupServiceDeps) {
    this.#deps = deps
  }

  judge(check: CheckId, groupIds: readonly number[]): JudgedGroup[] {
    const byGroup = Map.groupBy(this.#deps.groups.copies(check, groupIds), ({ groupId }) => groupId)
    return [...byGroup].map(([groupId, copies]) => ({ groupId, copies, ...judgeCopies(copies) }))
  }

  /** What models and neighbours say of a group, and which of its contradicting labels they agree on. */
  hear({ copies, conflict }: JudgedGroup): Pick<FindingGroup, 'answers' | 'suggestedLabels'> {
    const rows = this.#deps.groups.answers(
      copies.map((copy) => copy.imageId),
      labelChecks,
    )
    return { answers: readAnswers(rows), suggestedLabels: suggest(conflict, rows) }
  }

  /** By the number of the group. */
  list(request: {
    readonly check: CheckId
    readonly groupIds?: readonly ImageId[] | undefined
    readonly cursor: number | null
    readonly limit: number
  }): { items: FindingGroupSummary[]; nextCursor: number | null } {
    const { check, groupIds, cursor, limit } = request
    const page = groupIds ?? this.#deps.groups.openGroups(check, { after: cursor ?? 0, limit: limit + 1 })
    const some = groupIds ?? page.slice(0, limit)
    const isMore = page.length > some.length
    const judged = this.judge(check, some)
    const disputed = judged.flatMap(({ copies, conflict }) => (conflict === null ? [] : copies))
    const rows = Map.groupBy(
      this.#deps.groups.answers(
        disputed.map((copy) => copy.imageId),
        labelChecks,
      ),
      (row) => row.imageId,
    )
    return {
      items: judged.map((group) => {
        const own = group.copies.flatMap((copy) => rows.get(copy.imageId) ?? [])
        return summarise(group, suggest(group.conflict, own))
      }),
      nextCursor: isMore ? (some.at(-1) ?? null) : null,
    }
  }

  async count(check: CheckId, filter: ImageFilter): Promise<FindingGroupCounts> {
    const counts = { groups: 0, agreeing: 0, leaving: 0, conflicting: 0 }
    for await (const group of this.listOpen(check, filter)) {
      counts.groups += 1
      if (group.conflict !== null) counts.conflicting += 1
      if (group.suggestedKeep === null) continue
      counts.agreeing += 1
      counts.leaving += listLeaving(group).length
    }
    return counts
  }

  /** Groups of two copies or more of which one that the filter lets through is not decided, in batches that let others go on. */
  async *listOpen(check: CheckId, filter: ImageFilter): AsyncGenerator<JudgedGroup, void, void> {
    const isFiltered = Object.values(filter).some((value) => value !== undefined)
    const matched = isFiltered ? new Set(await this.#deps.matchIds(filter)) : null
    for (let after = 0; ;) {
      const page = this.#deps.groups.openGroups(check, { after, limit: groupsPerRead })
      for (const group of this.judge(check, page)) {
        const present = group.copies.filter(({ status }) => status !== 'removed')
        const isAsked = ({ imageId, isOpen }: CopyRow): boolean => isOpen && matched?.has(imageId) !== false
        if (present.length > 1 && present.some(isAsked)) yield group
      }
      const last = page.at(-1)
      if (last === undefined || page.length < groupsPerRead) return
      after = last
      await yieldToEvents()
    }
  }
}

/** The copies that stay: those that were kept before, else the suggested one. */
export function listStaying({ copies, suggestedKeep }: JudgedGroup): CopyRow[] {
  const kept = copies.filter(({ status }) => status === 'kept')
  return kept.length > 0 ? kept : copies.filter(({ imageId }) => imageId === suggestedKeep?.imageId)
}

/** The copies that "keep the suggested one" removes: those that nobody has kept or removed before. */
export function listLeaving(group: JudgedGroup): CopyRow[] {
  const staying = new Set(listStaying(group))
  return group.copies.filter((copy) => copy.status !== 'removed' && !staying.has(copy))
}

const suggest = (conflict: JudgedGroup['conflict'], rows: readonly AnswerRow[]): LabelSuggestions =>
  suggestLabels(conflict ?? {}, (task) => readVoices(rows, task))

const summarise = (
  { groupId, copies, suggestedKeep, conflict }: JudgedGroup,
  suggestedLabels: LabelSuggestions,
): FindingGroupSummary => ({
  groupId,
  suggestedKeep,
  conflict,
  suggestedLabels,
  members: copies.map(({ imageId, status, isOpen }) => ({ imageId, status, isOpen })),
})
