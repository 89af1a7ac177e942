import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { importedCurves } from '#shared/contract/curves.contract.ts'
import {
  runComparison,
  runDetail,
  runEstimate,
  runSummary,
  sweepResults,
} from '#shared/contract/run.contract.ts'
import { callCommand } from '#tests/fixtures/call-command.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { makeLabelledProject } from '#tests/fixtures/labelled-project.ts'
import type { FinishedCommand } from '#tests/fixtures/run-command.ts'

const folder = makeTemporaryFolder()
const userDataFolder = join(folder.path, 'user')
let project = ''

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

const tiny = ['--split', '1', '--input', '32', '--epochs', '1', '--batch', '8', '--freeze']
let swept: z.infer<typeof sweepResults>

beforeAll(async () => {
  const opened = openEngine(userDataFolder)
  try {
    project = (await makeLabelledProject(opened.client, { folder: folder.path, images: 40 })).project
  } finally {
    await opened[Symbol.asyncDispose]()
  }
  swept = await runJson(
    sweepResults,
    'sweep',
    ...tiny,
    '--grid',
    'combine=sum,dwa',
    '--metric',
    'race',
    '--name',
    'Losses',
  )
}, 600_000)
afterAll(() => folder[Symbol.dispose]())

describe('evenhand sweep', () => {
  it('trains every combination and ranks them by the metric', async () => {
    expect(swept.metric).toBe('race')
    expect(swept.rows.map(({ name, state }) => ({ name, state }))).toEqual(
      expect.arrayContaining([
        { name: 'Losses: combination=sum', state: 'succeeded' },
        { name: 'Losses: combination=dwa', state: 'succeeded' },
      ]),
    )
    expect(await runJson(sweepResults, 'sweep', 'show', 'Losses', '--metric', 'race')).toEqual(swept)
    const { stdout } = await run('sweep', 'show', '1')
    expect(stdout).toMatch(/^Losses \(sweep 1\), best first by mean\nrun +Loss combination/)
  })

  it('names a flag that does not fit before anything is trained', async () => {
    const refused = await run('sweep', ...tiny, '--grid', 'combine')
    expect(refused).toMatchObject({ code: 2, stdout: '' })
    expect(refused.stderr).toContain('--grid: must be a choice and its values, as in combine=sum,dwa')
    const unbounded = await run('sweep', ...tiny, '--range', 'lr=1e-4..1e-2:log')
    expect(unbounded.stderr).toContain('--range: bounds need draws; say how many with --random N.')
  })
})

describe('evenhand train', () => {
  it('tells with --dry-run what a run would take and meet, and starts none', async () => {
    const estimate = await runJson(runEstimate, 'train', ...tiny, '--dry-run', '--tasks', 'gender,race')
    expect(estimate).toMatchObject({ images: { train: 24 }, labels: { age: null } })
    expect(estimate.seconds).toBeGreaterThan(0)
    const { stdout } = await run('train', ...tiny, '--dry-run')
    expect(stdout).toMatch(
      /^Images: 24 to learn from, 8 to measure; 3 steps\nHeads: age, gender, race\nTime: about/,
    )
    expect(await runJson(z.array(runSummary), 'runs')).toHaveLength(2)
  })
})

describe('evenhand runs', () => {
  it('annotates, archives and shows a run by number or name', async () => {
    await runJson(runSummary, 'runs', 'note', '1', 'A plain sum')
    await runJson(runSummary, 'runs', 'tag', '1', 'baseline, small')
    await runJson(runSummary, 'runs', 'rename', '1', 'Sum')
    expect(await runJson(runSummary, 'runs', 'archive', 'Sum')).toMatchObject({
      name: 'Sum',
      userNotes: 'A plain sum',
      tags: ['baseline', 'small'],
      archived: true,
    })
    expect((await runJson(z.array(runSummary), 'runs')).map(({ id }) => id)).toEqual([2])
    expect((await runJson(z.array(runSummary), 'runs', '--all')).map(({ id }) => id)).toEqual([2, 1])
    expect(await runJson(runDetail, 'runs', 'show', 'Sum')).toMatchObject({ id: 1, config: { epochs: 1 } })
    const { stdout } = await run('runs', 'show', '1')
    expect(stdout).toMatch(/^Sum \(run 1\), succeeded\n1 of 1 epochs, best epoch 1/)
    expect(stdout).toMatch(/Learning rate +0\.002 +learningRate/)
  })

  it('compares runs, and curves of other programs beside them', async () => {
    const events = join(import.meta.dirname, '../../../oracles/golden/event-files/simple')
    const imported = await runJson(importedCurves, 'runs', 'import-curves', events, '--name', 'Other')
    const compared = await runJson(runComparison, 'runs', 'compare', '1', '2', '--curves', 'Other')
    expect(compared).toMatchObject({ isSameValidation: true, curves: [imported] })
    const { stdout } = await run('runs', 'compare', '1', '2')
    expect(stdout).toMatch(/Loss combination +sum +dwa/)
  })

  it('says when there is no queue to go on with', async () => {
    const { code, stderr } = await run('runs', 'continue')
    expect({ code, stderr }).toEqual({
      code: 4,
      stderr: 'No run was interrupted: there is nothing to go on with.\n',
    })
  })
})
