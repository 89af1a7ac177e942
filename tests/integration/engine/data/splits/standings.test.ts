import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { imageId, type SplitId } from '#shared/contract/base.contract.ts'
import { evaluationResult } from '#shared/contract/evaluation.contract.ts'
import { trainResult } from '#shared/contract/run.contract.ts'
import { splitResult, splitStanding } from '#shared/contract/split.contract.ts'
import { callCommand } from '#tests/fixtures/call-command.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { finishWell } from '#tests/fixtures/jobs.ts'
import { makeLabelledProject } from '#tests/fixtures/labelled-project.ts'

const folder = makeTemporaryFolder()
const userDataFolder = join(folder.path, 'home')
let opened = openEngine(userDataFolder)
let project: string
let first: SplitId
let second: SplitId

const counts = { removed: 0, relabelled: 0, restored: 0 }

async function decide(
  image: number,
  choice: { action: 'remove' | 'restore' } | { action: 'relabel'; task: 'gender'; value: string | null },
): Promise<void> {
  const { client } = opened
  const { id, revision } = await client.image.get({ imageId: imageId.parse(image) })
  await client.decision.decide({ target: { images: [{ imageId: id, revision }] }, ...choice })
}

beforeAll(async () => {
  const made = await makeLabelledProject(opened.client, { folder: folder.path, images: 30 })
  project = made.project
  first = made.splitId
}, 300_000)

afterAll(async () => {
  await opened[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

// Each test goes on from the one before.
describe('a split that curation has overtaken', () => {
  it('tells what was removed, relabelled and brought back since', async () => {
    const { client } = opened
    expect(await client.split.standings()).toEqual([{ splitId: first, ...counts }])
    await decide(1, { action: 'remove' })
    await decide(2, { action: 'remove' })
    await decide(3, { action: 'relabel', task: 'gender', value: null })
    expect(await client.split.standings()).toEqual([
      { splitId: first, removed: 2, relabelled: 1, restored: 0 },
    ])
  })

  it('is made again with its seed and settings, of the images and labels as they are now', async () => {
    const { client } = opened
    const made = splitResult.parse(
      await finishWell(client, (await client.split.again({ splitId: first })).jobId),
    )
    second = made.splitId
    const [newer, older] = await client.split.list()
    expect(newer).toMatchObject({
      splitId: second,
      name: `${older?.name} v2`,
      seed: older?.seed,
      ratios: older?.ratios,
    })
    expect(made.parts.train.images + made.parts.val.images + made.parts.test.images).toBe(28)
    await decide(1, { action: 'restore' })
    expect(await client.split.standings()).toEqual([
      { splitId: first, removed: 1, relabelled: 1, restored: 0 },
      { splitId: second, ...counts, restored: 1 },
    ])
  })

  it('is warned of before a run, and recorded with the run and with what is measured on it', async () => {
    const { client } = opened
    const warning = expect.stringContaining(
      'Curation has overtaken split Split 1: 1 removed, 1 relabelled since.',
    )
    const config = { splitId: first, inputSize: 32, epochs: 1, batchSize: 8 } as const
    expect((await client.run.estimate(config)).notes).toContainEqual(warning)
    const { runId, jobId } = await client.run.start(config)
    const { modelId } = trainResult.parse(await finishWell(client, jobId))
    expect((await client.run.get({ runId })).notes).toContainEqual(warning)
    const evaluation = await client.evaluation.create({ modelId })
    const { evaluationId } = evaluationResult.parse(await finishWell(client, evaluation.jobId))
    expect((await client.evaluation.get({ evaluationId })).notes).toContainEqual(warning)
  }, 300_000)

  it('is told and made again on the command line', async () => {
    await opened.client.project.close({})
    const run = (...argv: string[]) => callCommand([...argv, '--project', project], { userDataFolder })
    const shown = await run('split', 'show', String(first))
    expect(shown.stdout).toContain(
      `Overtaken by curation: 1 removed, 1 relabelled since. Make a new one with: evenhand split again ${first}`,
    )
    const listed = await run('split', 'list', '--json')
    const rows = z
      .array(z.object({ since: splitStanding.omit({ splitId: true }) }))
      .parse(JSON.parse(listed.stdout))
    expect(rows.map(({ since }) => since)).toEqual([
      { ...counts, restored: 1 },
      { ...counts, removed: 1, relabelled: 1 },
    ])
    const again = await run('split', 'again', 'Split 1 v2', '--json')
    expect(again.code).toBe(0)
    const { parts } = splitResult.parse(JSON.parse(again.stdout))
    expect(parts.train.images + parts.val.images + parts.test.images).toBe(29)
    opened = openEngine(userDataFolder)
  }, 120_000)
})
