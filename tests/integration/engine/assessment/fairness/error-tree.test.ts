import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { evaluationId, modelId } from '#shared/contract/base.contract.ts'
import { errorTreeResult } from '#shared/contract/fairness.contract.ts'
import { describeConditions } from '#shared/derived/describe-error-tree.ts'
import { callCommand } from '#tests/fixtures/call-command.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { finishWell } from '#tests/fixtures/jobs.ts'
import { makeLabelledProject } from '#tests/fixtures/labelled-project.ts'
import { scanProject } from '#tests/fixtures/scans.ts'

const folder = makeTemporaryFolder()
const home = join(folder.path, 'home')
const opened = openEngine(home)
const { client } = opened
let project: string

beforeAll(async () => {
  const made = await makeLabelledProject(client, { folder: folder.path, images: 300 })
  project = made.project
  const request = {
    splitId: made.splitId,
    inputSize: 32,
    epochs: 1,
    batchSize: 16,
    trainable: 'heads' as const,
  }
  await finishWell(client, (await client.run.start(request)).jobId)
  await finishWell(
    client,
    (await client.evaluation.create({ modelId: modelId.parse(1), part: 'train' })).jobId,
  )
}, 300_000)

afterAll(() => folder[Symbol.dispose]())

const asked = { evaluationId: evaluationId.parse(1), task: 'race' } as const

describe('the tree of errors', () => {
  it('asks labels and the size of pictures before a scan, and says what was not measured', async () => {
    const found = await client.fairness.errorTree(asked)
    const known = new Map(found.covariates.map((one) => [one.name, one.known]))
    expect(known.get('race')).toBe(180)
    expect(known.get('shortSide')).toBe(180)
    expect(known.get('brightness')).toBe(0)
    expect(found.notes.join(' ')).toMatch(/no scan has measured it: brightness, contrast/)
    expect(found.grown.wrong.n + found.held.wrong.n).toBe(180)
    expect(found.leaves.length).toBeGreaterThan(1)
    expect(found.leaves.reduce((sum, leaf) => sum + leaf.held.wrong.n, 0)).toBe(found.held.wrong.n)
    for (const leaf of found.leaves) {
      expect(leaf.grown.wrong.n).toBeGreaterThanOrEqual(30)
      expect(leaf.conditions.length).toBeGreaterThan(0)
      if (leaf.held.wrong.n < 30) expect(leaf).toMatchObject({ state: 'too few', difference: null })
    }
    expect(await client.fairness.errorTree(asked)).toEqual(found)
  })

  it('asks what a scan measured, once there is one', async () => {
    await scanProject(client, { checks: ['dark'] })
    const found = await client.fairness.errorTree(asked)
    const known = new Map(found.covariates.map((one) => [one.name, one.known]))
    expect(known.get('brightness')).toBe(180)
    expect(found.notes.join(' ')).not.toContain('brightness')
  })

  it('leads to the images of each leaf, whose counts are those of its figure', async () => {
    const { leaves } = await client.fairness.errorTree(asked)
    for (const { leaf, held, conditions } of leaves) {
      const images = await client.fairness.errorTreeImages({ ...asked, leaf, limit: 500 })
      expect(images.n).toBe(held.wrong.n)
      expect(images.images).toHaveLength(held.wrong.n)
      if (held.wrong.value !== null) expect(images.wrong / images.n).toBeCloseTo(held.wrong.value, 12)
      for (const { relation, label, covariate } of conditions) {
        if (covariate !== 'race' || label === null) continue
        for (const { labelled } of images.images) expect(labelled === label).toBe(relation === 'is')
      }
    }
    await expect(client.fairness.errorTreeImages({ ...asked, leaf: 40 })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('There is no leaf 40 in this tree'),
    })
  })

  it('says where nothing can be cut in two', async () => {
    const { jobId } = await client.evaluation.create({ modelId: modelId.parse(1), part: 'val' })
    await finishWell(client, jobId)
    const found = await client.fairness.errorTree({ ...asked, evaluationId: evaluationId.parse(2) })
    expect(found).toMatchObject({ leaves: [], grown: { wrong: { n: 30 } } })
  })

  it('is printed as the procedure answers it', async () => {
    const expected = await client.fairness.errorTree(asked)
    await opened[Symbol.asyncDispose]()
    const run = (...argv: string[]) =>
      callCommand(['error-tree', ...argv, '--project', project], { userDataFolder: home })
    const json = await run('--evaluation', '1', '--json')
    expect(errorTreeResult.parse(JSON.parse(json.stdout))).toEqual(expected)
    const { stdout } = await run('--evaluation', '1')
    for (const { conditions } of expected.leaves) expect(stdout).toContain(describeConditions(conditions))
    expect((await run('--evaluation', '1', '--baseline', 'x')).code).toBe(2)
  })
})
