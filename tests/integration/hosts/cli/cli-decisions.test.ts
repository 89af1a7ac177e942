import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { imageId } from '#shared/contract/base.contract.ts'
import { decisionImportReport, decisionOutcome, historyEntry } from '#shared/contract/decision.contract.ts'
import { snapshotDiff, snapshotSummary } from '#shared/contract/snapshot.contract.ts'
import { callCommand } from '#tests/fixtures/call-command.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { importFolder } from '#tests/fixtures/imports.ts'
import { drawLabelledPictures } from '#tests/fixtures/labelled-project.ts'
import type { FinishedCommand } from '#tests/fixtures/run-command.ts'

const folder = makeTemporaryFolder()
const userDataFolder = join(folder.path, 'user')
const project = join(folder.path, 'project')
let second = ''

const run = (...argv: string[]): Promise<FinishedCommand> =>
  callCommand([...argv, '--project', project], { userDataFolder, workingFolder: folder.path })

async function runJson<Schema extends z.ZodType>(
  schema: Schema,
  ...argv: string[]
): Promise<z.output<Schema>> {
  const { code, stdout, stderr } = await run(...argv, '--json')
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
  return schema.parse(JSON.parse(stdout))
}

beforeAll(async () => {
  await using opened = openEngine(userDataFolder)
  const pictures = join(folder.path, 'faces')
  await drawLabelledPictures(pictures, 10)
  await opened.client.project.create({ folder: project })
  await importFolder(opened.client, { source: pictures, format: 'utkface' })
  second = (await opened.client.image.get({ imageId: imageId.parse(2) })).path
})
afterAll(() => folder[Symbol.dispose]())

// Each command is a process of its own.
describe('decisions on the command line', { timeout: 300_000 }, () => {
  it('go by number, path and search; history, undo and snapshots tell what was done', async () => {
    await runJson(snapshotSummary, 'snapshot', '--name', 'Before')
    const removed = await runJson(
      decisionOutcome,
      'decide',
      `1,faces/${second}`,
      'remove',
      '--reason',
      'greyscale',
      '--reviewer',
      'Ann',
    )
    expect(removed).toMatchObject({ changed: 2, conflictCount: 0 })
    const refused = await run('decide', '1', 'keep')
    expect(refused).toMatchObject({ code: 4, stdout: expect.stringContaining('removed by Ann') })
    const unsure = await run('decide', 'search:status:undecided', 'keep')
    expect(unsure).toMatchObject({ code: 2, stderr: expect.stringContaining('--expect 8') })
    const kept = await runJson(
      decisionOutcome,
      'decide',
      'search:status:undecided',
      'keep',
      '--expect',
      '8',
      '--reviewer',
      'Ann',
    )
    expect(kept.changed).toBe(8)
    await runJson(decisionOutcome, 'undo', '--reviewer', 'Ann')
    const history = await runJson(z.array(historyEntry), 'history')
    expect(history.map(({ title, isUndone }) => [title, isUndone])).toEqual([
      ['Undo: Kept 8 images', false],
      ['Kept 8 images', true],
      ['Removed 2 images', false],
    ])
    expect(await runJson(snapshotDiff, 'snapshot', 'diff', 'Before')).toMatchObject({
      text: '+0 -2 images, 0 labels changed',
    })
  })

  it('go to a file and come back; a dry run changes nothing', async () => {
    const out = join(folder.path, 'decisions.csv')
    expect(await run('decisions', 'export', '--out', 'decisions.csv')).toMatchObject({ code: 0 })
    expect(readFileSync(out, 'utf8').split('\n')).toHaveLength(4)
    writeFileSync(
      out,
      readFileSync(out, 'utf8')
        .replaceAll('remove', 'keep')
        .replaceAll(/20\d\d-/g, '2999-'),
    )
    const dry = await runJson(decisionImportReport, 'decisions', 'import', out, '--dry-run')
    expect(dry).toMatchObject({ changed: 2, actId: null })
    const done = await runJson(decisionImportReport, 'decisions', 'import', 'decisions.csv')
    expect(done).toMatchObject({ changed: 2, newer: 0 })
    expect(done.actId).not.toBeNull()
  })

  it('refuse what they do not know, by name', async () => {
    expect(await run('decide', '1', 'destroy')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('"destroy" is no action'),
    })
    expect(await run('decide', 'nowhere.png', 'keep')).toMatchObject({ code: 3 })
    expect(await run('redo', '--reviewer', 'Zoe')).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('nothing to redo'),
    })
  })
})
