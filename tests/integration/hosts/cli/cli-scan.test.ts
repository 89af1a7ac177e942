import { join } from 'node:path'
import { beforeAll, afterAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { checkRates, checkSummary, scanResult } from '#shared/contract/check.contract.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { writeFiles } from '#tests/fixtures/imports.ts'
import { makeJpeg } from '#tests/fixtures/pictures.ts'
import { runCommand, type FinishedCommand } from '#tests/fixtures/run-command.ts'

const folder = makeTemporaryFolder()
const project = join(folder.path, 'project')
const source = join(folder.path, 'faces')

const run = (...argv: string[]): Promise<FinishedCommand> =>
  runCommand([...argv, '--project', project], {
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
  writeFiles(source, { 'a.jpg': copy, 'b.jpg': copy, 'c.jpg': await makeJpeg(60, 90, 120) })
  await runCommand(['init', project], { userDataFolder: join(folder.path, 'user') })
  await run('import', source, '--format', 'folder', '--folder-task', 'identity')
})

afterAll(() => folder[Symbol.dispose]())

const summaryByGroup = checkSummary.extend({ byGroup: checkRates.omit({ check: true }).nullable() })

describe('scan and findings', () => {
  it('scan some checks, then list how they stand and what one found, worst first', async () => {
    const scanned = await runJson(scanResult, 'scan', '--checks', 'exact-duplicate,dark')
    expect(scanned).toEqual({
      worked: 3,
      unchanged: 0,
      unreadable: 0,
      checks: [
        { check: 'exact-duplicate', images: 3, flagged: 2, unavailable: null },
        { check: 'dark', images: 3, flagged: 0, unavailable: null },
      ],
    })
    const summaries = await runJson(z.array(summaryByGroup), 'findings')
    expect(summaries.filter(({ state }) => state === 'checked').map(({ id }) => id)).toEqual([
      'dark',
      'exact-duplicate',
    ])
    const unlabelled = [{ group: null, rate: expect.objectContaining({ value: 0, n: 3 }) }]
    const byGroup = (check: string) => summaries.find(({ id }) => id === check)?.byGroup
    expect(byGroup('dark')).toMatchObject({ n: 3, flagged: 0, race: unlabelled, tests: { race: null } })
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

  it('name the flag of a check that there is not', async () => {
    const { code, stderr } = await run('scan', '--checks', 'ugly')
    expect({ code, names: stderr.includes('--checks') }).toEqual({ code: 2, names: true })
  })
})
