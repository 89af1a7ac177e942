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
import { batchInTurns } from '#engine/base/kernel/in-turns.ts'
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

/** Groups are looked through, and their members read, so many at a time: some milliseconds of the engine's thread. */
const groupsPerLook = 500
const groupsPerRead = 25
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
  async list(request: {
    readonly check: CheckId
    readonly groupIds?: readonly ImageId[] | undefined
    readonly cursor: number | null
    readonly limit: number
  }): Promise<{ items: FindingGroupSummary[]; nextCursor: ImageId | null }> {
    const { check, groupIds, cursor, limit } = request
    const page = groupIds ?? (await this.#listFrom(check, { after: cursor ?? 0, limit: limit + 1 }))
    const some = groupIds ?? page.slice(0, limit)
    const items: FindingGroupSummary[] = []
    await batchInTurns(
      some.length,
      ({ from, to }) => items.push(...this.#summariseSome(check, some.slice(from, to))),
      { size: groupsPerRead },
    )
    return { items, nextCursor: page.length > some.length ? (some.at(-1) ?? null) : null }
  }

  /** The first open groups after one. */
  async #listFrom(
    check: CheckId,
    { after, limit }: { readonly after: number; readonly limit: number },
  ): Promise<ImageId[]> {
    const found: ImageId[] = []
    for await (const open of this.#pageOpen(check, after)) {
      found.push(...open)
      if (found.length >= limit) break
    }
    return found.slice(0, limit)
  }

  #summariseSome(check: CheckId, groupIds: readonly ImageId[]): FindingGroupSummary[] {
    const judged = this.judge(check, groupIds)
    const disputed = judged.flatMap(({ copies, conflict }) => (conflict === null ? [] : copies))
    const rows = Map.groupBy(
      this.#deps.groups.answers(
        disputed.map((copy) => copy.imageId),
        labelChecks,
      ),
      (row) => row.imageId,
    )
    return judged.map((group) => {
      const own = group.copies.flatMap((copy) => rows.get(copy.imageId) ?? [])
      return summarise(group, suggest(group.conflict, own))
    })
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
    for await (const open of this.#pageOpen(check, 0)) {
      for (let from = 0; from < open.length; from += groupsPerRead) {
        for (const group of this.judge(check, open.slice(from, from + groupsPerRead))) {
          const present = group.copies.filter(({ status }) => status !== 'removed')
          const isAsked = ({ imageId, isOpen }: CopyRow): boolean => isOpen && matched?.has(imageId) !== false
          if (present.length > 1 && present.some(isAsked)) yield group
        }
        await yieldToEvents()
      }
    }
  }

  /** Groups with a member that is flagged and not decided, by their number; of those looked through at a time. */
  async *#pageOpen(check: CheckId, from: number): AsyncGenerator<ImageId[], void, void> {
    for (let after = from; ;) {
      const page = this.#deps.groups.groups(check, { after, limit: groupsPerLook })
      yield page.flatMap(({ groupId, isOpen }) => (isOpen ? [groupId] : []))
      const last = page.at(-1)
      if (last === undefined || page.length < groupsPerLook) return
      after = last.groupId
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
