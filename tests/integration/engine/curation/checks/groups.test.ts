import { describe, expect, it } from 'vitest'
import { GroupRepo } from '#engine/curation/checks/group.repo.ts'
import { GroupService } from '#engine/curation/checks/group.service.ts'
import { checks } from '#shared/domain/checks.ts'
import { openDecisions, writeDecisionCatalogue } from '#tests/fixtures/decision-catalogue.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'

const [pairs, decided] = [700, 600]

/** Groups of two, by number; all but the last hundred are decided. */
function openGroups() {
  const folder = makeTemporaryFolder()
  const file = writeDecisionCatalogue(folder.path, 2 * pairs)
  const firsts = Array.from({ length: pairs }, (_, pair) => 2 * pair + 1)
  const opened = openDecisions(file)
  const { code } = checks['exact-duplicate']
  opened.db
    .prepareCommand(
      `INSERT INTO check_score (check_id, image_id, score, is_flagged, group_id)
       SELECT :code, id, 0.1, 1, id - (id - 1) % 2 FROM image`,
    )
    .run({ code })
  opened.db
    .prepareCommand("INSERT INTO review SELECT id, :code, 'kept' FROM image WHERE id <= :last")
    .run({ code, last: 2 * decided })
  const groups = new GroupService({
    groups: new GroupRepo(opened.db),
    matchIds: () => Promise.resolve(Uint32Array.from([])),
  })
  return {
    groups,
    open: firsts.slice(decided),
    [Symbol.dispose]: () => {
      opened[Symbol.dispose]()
      folder[Symbol.dispose]()
    },
  }
}

/** How often others had their turn meanwhile. */
async function countTurns(work: () => Promise<unknown>): Promise<number> {
  let turns = 0
  let next = setImmediate(function take() {
    turns += 1
    next = setImmediate(take)
  })
  await work()
  clearImmediate(next)
  return turns
}

describe('groups of copies', () => {
  it('are listed page by page from the first open one, however many are decided before it', async () => {
    using opened = openGroups()
    const listed: number[] = []
    for (let cursor: number | null = null; ;) {
      const page = await opened.groups.list({ check: 'exact-duplicate', cursor, limit: 40 })
      listed.push(...page.items.map(({ groupId }): number => groupId))
      cursor = page.nextCursor
      if (cursor === null) break
    }
    expect(listed).toEqual(opened.open)
    expect(await opened.groups.count('exact-duplicate', {})).toMatchObject({ groups: pairs - decided })
  })

  it('let others have their turn while they are looked through, listed and counted', async () => {
    using opened = openGroups()
    const list = () => opened.groups.list({ check: 'exact-duplicate', cursor: null, limit: 100 })
    expect(await countTurns(list)).toBeGreaterThan(2)
    expect(await countTurns(() => opened.groups.count('exact-duplicate', {}))).toBeGreaterThan(2)
  })
})
