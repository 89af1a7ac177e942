import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { evaluationId, modelId } from '#shared/contract/base.contract.ts'
import { errorTreeResult } from '#shared/contract/fairness.contract.ts'
import { sensitivityResult } from '#shared/contract/sensitivity.contract.ts'
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
  await finishWell(client, (await client.evaluation.create({ modelId: one, part: 'train' })).jobId)
}, 300_000)

afterAll(() => folder[Symbol.dispose]())

const one = modelId.parse(1)
const asked = { evaluationId: evaluationId.parse(1), task: 'race' } as const

describe('the tree of errors', () => {
  it('asks labels and the size of pictures before a scan, and says what was not measured', async () => {
    const found = await client.fairness.errorTree(asked)
    const known = new Map(found.covariates.map(({ name, known: images }) => [name, images]))
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
      const least = Math.min(leaf.held.wrong.n, leaf.rest.wrong.n)
      expect(leaf.state === 'too few').toBe(least < 30)
      expect(leaf.difference === null).toBe(least < 30)
    }
    expect(await client.fairness.errorTree(asked)).toEqual(found)
  })

  it('asks what a scan measured, once there is one', async () => {
    await scanProject(client, { checks: ['dark'] })
    const found = await client.fairness.errorTree(asked)
    const known = new Map(found.covariates.map(({ name, known: images }) => [name, images]))
    expect(known.get('brightness')).toBe(180)
    expect(found.notes.join(' ')).not.toContain('brightness')
  })

  it('leads to the images of each leaf, whose counts are those of its figure', async () => {
    const { leaves } = await client.fairness.errorTree(asked)
    for (const { leaf, held, conditions } of leaves) {
      const images = await client.fairness.errorTreeImages({ ...asked, leaf, limit: 500 })
      expect(images.n).toBe(held.wrong.n)
      expect(images.images).toHaveLength(held.wrong.n)
      expect(images.wrong / images.n).toBeCloseTo(held.wrong.value ?? images.wrong / images.n, 12)
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
    const { jobId } = await client.evaluation.create({ modelId: one, part: 'val' })
    await finishWell(client, jobId)
    const found = await client.fairness.errorTree({ ...asked, evaluationId: evaluationId.parse(2) })
    expect(found).toMatchObject({ leaves: [], grown: { wrong: { n: 30 } } })
  })
})

describe('sensitivity', () => {
  it('answers every picture as the evaluation did, and its changes as a single picture is answered', async () => {
    const { jobId } = await client.sensitivity.create({
      evaluationId: asked.evaluationId,
      choices: { draws: 100 },
    })
    await finishWell(client, jobId)
    const result = await client.sensitivity.get({ jobId })
    expect(result).toMatchObject({ images: 180, unreadable: 0, unlike: 0, withoutFace: 0 })
    expect(result.comparisons).toHaveLength(27)
    for (const kind of ['crop', 'brightness', 'flip'] as const) {
      const found = result.comparisons.find(
        (at) => at.task === 'gender' && at.kind === kind && at.by === 'gender',
      )
      const all = await client.sensitivity.images({
        jobId,
        task: 'gender',
        kind,
        by: 'gender',
        limit: 500,
      })
      expect(all.n).toBe(180)
      expect(all.changed / all.n).toBeCloseTo(found?.overall.flips.value ?? Number.NaN, 12)
      const female = await client.sensitivity.images({
        jobId,
        task: 'gender',
        kind,
        by: 'gender',
        group: 'Female',
      })
      const group = found?.groups.find((at) => at.group === 'Female')
      expect(female.changed / female.n).toBeCloseTo(group?.flips.value ?? Number.NaN, 12)
    }
    // The other way of varying a picture encodes each variation and asks the model about the file.
    const sides = {
      'brightness 0.8': 'brightness',
      'brightness 1.25': 'brightness',
      'mirror 0': 'flip',
    } as const
    const first = await client.sensitivity.images({ jobId, task: 'race', kind: 'flip', by: 'race', limit: 2 })
    for (const { imageId, answer } of first.images) {
      const { variations } = await client.explanation.vary({ of: { imageId }, face: null, modelId: one })
      const labelOf = (at: (typeof variations)[number] | undefined) => at?.answer.race?.label
      expect(labelOf(variations[0])).toBe(answer)
      for (const [name, kind] of Object.entries(sides)) {
        const own = variations.find((at) => `${at.kind} ${at.amount}` === name)
        const listed = await client.sensitivity.images({ jobId, task: 'race', kind, by: 'race', limit: 500 })
        const image = listed.images.find((at) => at.imageId === imageId)
        expect([image?.answer, ...(image?.others ?? [])]).toContain(labelOf(own))
      }
    }
  })

  it('takes so many images of each race, and says what there is not', async () => {
    const choices = { draws: 100, perGroup: 4 }
    const { jobId } = await client.sensitivity.create({ evaluationId: asked.evaluationId, choices })
    await finishWell(client, jobId)
    const { results, faulty } = await client.sensitivity.list()
    expect(faulty).toEqual([])
    expect(results.map(({ images }) => images)).toEqual([20, 180])
    const [newest] = (await client.sensitivity.get({ jobId })).comparisons
    expect(newest).toMatchObject({ overall: { flips: { value: null, n: 20 } }, flipsGap: null })
    const images = { jobId, task: 'race', kind: 'crop', by: 'race', group: 'Blue' } as const
    await expect(client.sensitivity.images(images)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const missing = { evaluationId: evaluationId.parse(99), choices: {} }
    await expect(client.sensitivity.create(missing)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('the command line', () => {
  it('prints trees and sensitivities as the procedures answer them', async () => {
    const expected = await client.fairness.errorTree(asked)
    const measured = await client.sensitivity.get({
      jobId: (await client.sensitivity.list()).results[0]!.jobId,
    })
    await opened[Symbol.asyncDispose]()
    const run = (...argv: string[]) =>
      callCommand(['error-tree', ...argv, '--project', project], { userDataFolder: home })
    const json = await run('--evaluation', '1', '--json')
    expect(errorTreeResult.parse(JSON.parse(json.stdout))).toEqual(expected)
    const { stdout } = await run('--evaluation', '1')
    for (const { conditions } of expected.leaves) expect(stdout).toContain(describeConditions(conditions))
    expect((await run('--evaluation', '1', '--baseline', 'x')).code).toBe(2)
    const again = await callCommand(
      ['sensitivity', '--job', String(measured.jobId), '--json', '--project', project],
      { userDataFolder: home },
    )
    expect(sensitivityResult.parse(JSON.parse(again.stdout))).toEqual(measured)
    const both = ['sensitivity', '--job', '1', '--evaluation', '1', '--project', project]
    expect((await callCommand(both, { userDataFolder: home })).code).toBe(2)
  })
})
