import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { evaluationId, modelId } from '#shared/contract/base.contract.ts'
import { evaluationResult, type EvaluationDetail } from '#shared/contract/evaluation.contract.ts'
import { fairnessResult } from '#shared/contract/fairness.contract.ts'
import { callCommand } from '#tests/fixtures/call-command.ts'
import { changeCatalogue } from '#tests/fixtures/change-catalogue.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { finishWell } from '#tests/fixtures/jobs.ts'
import { makeLabelledProject } from '#tests/fixtures/labelled-project.ts'

const folder = makeTemporaryFolder()
const home = join(folder.path, 'home')
let opened = openEngine(home)
let { client } = opened
let project: string
let evaluation: EvaluationDetail

beforeAll(async () => {
  const made = await makeLabelledProject(client, { folder: folder.path, images: 120 })
  project = made.project
  const request = {
    splitId: made.splitId,
    inputSize: 32,
    epochs: 1,
    batchSize: 16,
    trainable: 'heads' as const,
  }
  await finishWell(client, (await client.run.start(request)).jobId)
  const { jobId } = await client.evaluation.create({ modelId: modelId.parse(1), part: 'train' })
  const result = evaluationResult.parse(await finishWell(client, jobId))
  evaluation = await client.evaluation.get({ evaluationId: result.evaluationId })
}, 300_000)

afterAll(() => folder[Symbol.dispose]())

const one = evaluationId.parse(1)

describe('figures by group', () => {
  it('are those of the stored answers, beside the gap of chance and a verdict for each pair', async () => {
    const found = await client.fairness.get({ evaluationId: one, task: 'race', by: ['gender'], draws: 200 })
    const stored = evaluation.tasks.race?.byGroup.filter(({ grouping }) => grouping === 'gender') ?? []
    expect(found.groups.map(({ group, value, n }) => ({ group: group.gender, value, n }))).toEqual(
      stored.map(({ group, value, n }) => ({ group, value, n })),
    )
    expect(found.overall.value).toBe(evaluation.tasks.race?.accuracy.value)
    expect(found.gap?.observed).toBeCloseTo(found.aggregate?.difference ?? Number.NaN, 12)
    expect(found.pairs).toHaveLength(1)
    expect(found).toMatchObject({ draws: { seed: 1, count: 200 }, ungrouped: 0, unlabelled: 0 })
    expect(found).toEqual(
      await client.fairness.get({ evaluationId: one, task: 'race', by: ['gender'], draws: 200 }),
    )
  })

  it('stand with their count alone below 30 images, and are compared with none', async () => {
    const found = await client.fairness.get({ evaluationId: one, task: 'gender', by: ['race', 'gender'] })
    expect(found.groups).toHaveLength(10)
    for (const { n, shown, value, low, shrunken } of found.groups) {
      expect(n).toBeLessThan(30)
      expect({ shown, value, low, shrunken }).toEqual({
        shown: 'counts only',
        value: null,
        low: null,
        shrunken: null,
      })
    }
    expect(found).toMatchObject({ pairs: [], aggregate: null, gap: null, draws: { count: 0 } })
  })

  it('draw a rough metric’s intervals over people', async () => {
    const asked = { evaluationId: one, task: 'gender', metric: 'calibrationError', by: ['gender'] } as const
    const [group] = (await client.fairness.get({ ...asked, by: ['gender'], draws: 100 })).groups
    expect(group?.low).not.toBeNull()
    const [without] = (await client.fairness.get({ ...asked, by: ['gender'], draws: 0 })).groups
    expect(without).toMatchObject({ value: group?.value, low: null, high: null })
  })

  it('lead to the images behind them, wrong answers first', async () => {
    const found = await client.fairness.images({
      evaluationId: one,
      task: 'race',
      group: { gender: 'Female' },
    })
    const group = evaluation.tasks.race?.byGroup.find((candidate) => candidate.group === 'Female')
    expect(found.n).toBe(group?.n)
    expect(found.wrong).toBe((group?.n ?? 0) - Math.round((group?.value ?? 0) * (group?.n ?? 0)))
    expect(found.images.map(({ isRight }) => isRight)).toEqual(
      found.images.map((_, place) => place >= found.wrong),
    )
    const asked = { evaluationId: one, task: 'race', group: { gender: 'Female' } } as const
    const ids = (images: typeof found.images) => images.map(({ imageId }) => imageId)
    const wrong = await client.fairness.images({ ...asked, answered: 'wrong' })
    expect(ids(wrong.images)).toEqual(ids(found.images.slice(0, found.wrong)))
    const right = await client.fairness.images({ ...asked, answered: 'right', offset: 1, limit: 2 })
    expect(ids(right.images)).toEqual(ids(found.images.slice(found.wrong + 1, found.wrong + 3)))
    const everybody = await client.fairness.images({ ...asked, group: {} })
    expect(everybody.n).toBeGreaterThan(found.n)
  })

  it('refuse what the task, the model or the scheme has none of, naming what there is', async () => {
    const ask = (changed: object) => client.fairness.get({ evaluationId: one, task: 'race', ...changed })
    await expect(ask({ metric: 'oneOff' })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await expect(ask({ task: 'age', metric: 'bias' })).rejects.toMatchObject({
      message: 'Bias wants ages in years. This model answers in bins: choose accuracy or oneOff.',
    })
    await expect(ask({ metric: 'precision', label: 'Blue' })).rejects.toMatchObject({
      message: expect.stringContaining('There is no label "Blue" for race. Choose one of White'),
    })
    await expect(ask({ evaluationId: evaluationId.parse(9) })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const unknown = { evaluationId: one, task: 'race', group: { race: 'Blue' } } as const
    await expect(client.fairness.images(unknown)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('end with their caller', async () => {
    const controller = new AbortController()
    const asking = client.fairness.get(
      { evaluationId: one, task: 'race', by: ['gender'], draws: 20_000 },
      { signal: controller.signal },
    )
    controller.abort()
    await expect(asking).rejects.toMatchObject({ code: 'CANCELLED' })
  })
})

describe('audits', () => {
  it('say of a model of bins that it cannot decide who is 18', async () => {
    const { ages } = await client.fairness.ageGate({ evaluationId: one })
    expect(ages.map(({ age, decides }) => [age, decides])).toEqual(
      [13, 16, 18, 21].map((age) => [age, false]),
    )
  })

  it('count people, not copies: refused with what to do until somebody is known, then said by whom', async () => {
    const asked = { evaluationId: one, task: 'gender', by: ['gender'] } as const
    const ask = () => client.fairness.samePerson({ ...asked, by: [...asked.by] })
    await expect(ask()).rejects.toMatchObject({
      code: 'PRECONDITION',
      message: expect.stringMatching(/nobody is known.*column of identities.*evenhand identities propose/),
    })
    await opened[Symbol.asyncDispose]()
    // Two pictures each of thirty people, and one image that the data set names.
    changeCatalogue(join(project, 'catalogue.sqlite'), (connection) => {
      connection.exec(
        `INSERT INTO image_person (image_id, person_id) SELECT id, (id + 1) / 2 FROM image WHERE id <= 60;
         INSERT INTO identity (id, dataset_id, name) SELECT 1, min(dataset_id), 'somebody' FROM image;
         UPDATE image SET identity_id = 1 WHERE id = 61`,
      )
    })
    opened = openEngine(home)
    ;({ client } = opened)
    await client.project.open({ folder: project })
    const { groups, people, notes } = await ask()
    expect(people.dataset + people.inferred + people.unknown).toBe(evaluation.images)
    expect(people.inferred).toBeGreaterThan(20)
    const counted = groups.reduce((sum, { flips }) => sum + flips.n, 0)
    expect(counted).toBeGreaterThan(0)
    expect(counted).toBeLessThanOrEqual(people.inferred / 2)
    expect(notes.at(-1)).toMatch(/the person was inferred from faces, .* are of nobody known/)
  })
})

describe('the command line', () => {
  it('prints what the procedures answer, small groups by their count alone', async () => {
    const asked = { evaluationId: one, task: 'gender', by: ['race', 'gender'] } as const
    const expected = await client.fairness.get({ ...asked, by: [...asked.by] })
    await opened[Symbol.asyncDispose]()
    const run = (...argv: string[]) => callCommand([...argv, '--project', project], { userDataFolder: home })
    const argv = ['fairness', '--evaluation', '1', '--task', 'gender', '--by', 'race,gender']
    const json = await run(...argv, '--json')
    expect(fairnessResult.parse(JSON.parse(json.stdout))).toEqual(expected)
    const { stdout } = await run(...argv)
    expect(stdout.match(/counts only/g)).toHaveLength(expected.groups.filter(({ n }) => n > 0).length)
    expect(stdout).toContain('Fewer than two groups have the 30 images that a figure wants')
    expect((await run('age-gate', '--evaluation', '1')).stdout).toContain('It cannot decide who is 18.')
    const people = await run('same-person', '--evaluation', '1', '--json')
    expect(z.object({ groups: z.array(z.unknown()) }).parse(JSON.parse(people.stdout)).groups).toHaveLength(5)
    expect((await run('fairness', '--evaluation', '1', '--by', 'shoe')).code).toBe(2)
  })
})
