import { join } from 'node:path'
import sharp from 'sharp'
import { beforeAll, afterAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { checkRates, checkSummary, scanResult } from '#shared/contract/check.contract.ts'
import { callCommand } from '#tests/fixtures/call-command.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { importFolder, writeFiles } from '#tests/fixtures/imports.ts'
import { makeJpeg } from '#tests/fixtures/pictures.ts'
import type { FinishedCommand } from '#tests/fixtures/run-command.ts'
import { scanProject } from '#tests/fixtures/scans.ts'

const folder = makeTemporaryFolder()
const project = join(folder.path, 'project')
const source = join(folder.path, 'faces')

const run = (...argv: string[]): Promise<FinishedCommand> =>
  callCommand([...argv, '--project', project], {
    userDataFolder: join(folder.path, 'user'),
    workingFolder: folder.path,
  })

async function runJson<Schema extends z.ZodType>(
  schema: Schema,
  ...argv: string[]
): Promise<z.output<Schema>> {
  const { code, stdout, stderr } = await run(...argv, '--json')
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
  return schema.parse(JSON.parse(stdout))
}

beforeAll(async () => {
  const copy = await makeJpeg(64, 64, 7)
  writeFiles(source, {
    'a.jpg': copy,
    'b.jpg': copy,
    'c.jpg': await makeJpeg(60, 90, 120),
    'd.jpg': await sharp(copy).resize(50).jpeg({ quality: 50 }).toBuffer(),
  })
  await callCommand(['init', project], { userDataFolder: join(folder.path, 'user') })
  await run('import', source, '--format', 'folder', '--folder-task', 'identity')
})

afterAll(() => folder[Symbol.dispose]())

/** Two copies with other labels, of which the first is kept; its number. */
async function settleConflict(faces: string, disputed: string): Promise<number> {
  await using engine = openEngine(folder.path)
  const { client } = engine
  await client.project.create({ folder: disputed })
  await importFolder(client, { source: faces, format: 'utkface' })
  await scanProject(client, { checks: ['conflicting-labels'] })
  const { items } = await client.finding.groups({ check: 'conflicting-labels' })
  const [group] = items
  const [first] = group?.members ?? []
  if (group === undefined || first === undefined) throw new Error('There is no conflict')
  const target = { check: 'conflicting-labels' as const, groupId: group.groupId, keep: [first.imageId] }
  await client.decision.decide({ target, action: 'remove' })
  return first.imageId
}

const summaryByGroup = checkSummary.extend({ byGroup: checkRates.omit({ check: true }).nullable() })

describe('scan and findings', () => {
  it('scan some checks, then list how they stand and what one found, worst first', async () => {
    const scanned = await runJson(scanResult, 'scan', '--checks', 'exact-duplicate,dark')
    expect(scanned).toEqual({
      worked: 4,
      unchanged: 0,
      unreadable: 0,
      checks: [
        { check: 'exact-duplicate', images: 4, flagged: 2, unavailable: null },
        { check: 'dark', images: 4, flagged: 0, unavailable: null },
      ],
    })
    const summaries = await runJson(z.array(summaryByGroup), 'findings')
    expect(summaries.filter(({ state }) => state === 'checked').map(({ id }) => id)).toEqual([
      'dark',
      'exact-duplicate',
    ])
    const unlabelled = [{ group: null, rate: expect.objectContaining({ value: 0, n: 4 }) }]
    const byGroup = (check: string) => summaries.find(({ id }) => id === check)?.byGroup
    expect(byGroup('dark')).toMatchObject({ n: 4, flagged: 0, race: unlabelled, tests: { race: null } })
    expect(byGroup('blurry')).toBeNull()
    const found = await runJson(z.array(z.looseObject({})), 'findings', '--kind', 'exact-duplicate')
    expect(found).toMatchObject([
      { imageId: 1, file: 'a.jpg', groupId: 1, detail: { kind: 'same bytes', copies: 2 } },
      { imageId: 2, file: 'b.jpg', groupId: 1 },
    ])
    expect(
      await runJson(z.array(z.looseObject({})), 'findings', '--kind', 'exact-duplicate', '--top', '1'),
    ).toHaveLength(1)
    const { stdout } = await run('findings', '--kind', 'exact-duplicate')
    expect(stdout).toContain('a.jpg')
    expect(stdout).toContain('race: no two groups to compare')
  })

  it('say of each finding who is in its group and which copy to keep', async () => {
    const found = await runJson(z.array(z.looseObject({})), 'findings', '--kind', 'exact-duplicate')
    const group = {
      members: [
        { imageId: 1, status: 'undecided', isOpen: true },
        { imageId: 2, status: 'undecided', isOpen: true },
      ],
      suggestedKeep: { imageId: 1 },
      conflict: null,
    }
    expect(found).toMatchObject([group, group])
  })

  it('move the cut of copies and group by it at once', async () => {
    const cut = await runJson(checkSummary, 'cut', 'near-duplicate', '0.15')
    const grouped = { flagged: 3, groups: { flagged: 1, open: 1 } }
    expect(cut).toMatchObject({ id: 'near-duplicate', state: 'checked', cut: 0.15, images: 4, ...grouped })
    // No picture that was stored anew is the same to so many digits.
    expect(await runJson(checkSummary, 'cut', 'near-duplicate', '0.0001')).toMatchObject({
      cut: 0.0001,
      flagged: 0,
      groups: { flagged: 0, open: 0 },
    })
    expect(await run('cut', 'near-duplicate', '7')).toMatchObject({ code: 2 })
    expect(await runJson(checkSummary, 'cut', 'dark', 'default')).toMatchObject({ cut: 0.32 })
  })

  it('keep one copy of every group, once they have been told how many there are', async () => {
    const asked = await run('decide', 'groups:exact-duplicate', 'remove')
    expect(asked.code).toBe(2)
    expect(asked.stderr).toContain(
      '1 of 1 open groups agree; keeping the suggested copy of each would remove 1',
    )
    const decided = await run('decide', 'groups:exact-duplicate', 'remove', '--expect', '1')
    expect(decided).toMatchObject({
      code: 0,
      stdout: 'Kept one copy in each of 1 group of copies (2 images)\n',
    })
    await run('undo')
    const labels = ['--keep', '2', '--labels', 'race=none']
    const one = await run('decide', 'group:exact-duplicate:1', 'remove', ...labels, '--json')
    expect(JSON.parse(one.stdout)).toMatchObject({ changed: 2, conflictCount: 0 })
    expect(await run('decide', 'group:exact-duplicate', 'remove')).toMatchObject({ code: 2 })
    expect(await run('decide', '1', 'remove', '--keep', '2')).toMatchObject({ code: 2 })
  })

  it('question the copy that stays of a conflict until its label is confirmed in its queue', async () => {
    using own = makeTemporaryFolder()
    const [faces, disputed] = [join(own.path, 'faces'), join(own.path, 'project')]
    const copy = await makeJpeg(64, 64, 9)
    const names = ['30_0_0_20170101000000001.jpg.chip.jpg', '30_1_0_20170101000000002.jpg.chip.jpg']
    writeFiles(faces, Object.fromEntries(names.map((name) => [name, copy])))
    const keptId = await settleConflict(faces, disputed)
    const call = (...argv: string[]) =>
      callCommand([...argv, '--project', disputed], { userDataFolder: join(own.path, 'user') })
    const list = ['findings', '--kind', 'conflicting-labels'] as const
    expect((await call(...list)).stdout).toContain('in doubt: a removed copy carries other labels')
    await call('decide', String(keptId), 'keep')
    const found = z.array(z.looseObject({})).parse(JSON.parse((await call(...list, '--json')).stdout))
    expect(found).toMatchObject([
      { imageId: keptId, status: 'kept', members: [{ status: 'kept', isOpen: true }, { status: 'removed' }] },
    ])
    await call('decide', String(keptId), 'keep', '--check', 'conflicting-labels')
    expect(JSON.parse((await call(...list, '--json')).stdout)).toEqual([])
  })

  it('name the flag of a check that there is not', async () => {
    const { code, stderr } = await run('scan', '--checks', 'ugly')
    expect({ code, names: stderr.includes('--checks') }).toEqual({ code: 2, names: true })
  })
})
