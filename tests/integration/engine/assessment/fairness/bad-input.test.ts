import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { evaluationId, modelId, splitId } from '#shared/contract/base.contract.ts'
import { baselineReport } from '#shared/contract/baseline.contract.ts'
import { fairnessMetricNames, fairnessMetrics } from '#shared/domain/fairness-metrics.ts'
import { callCommand } from '#tests/fixtures/call-command.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { finishWell } from '#tests/fixtures/jobs.ts'
import { drawPicture } from '#tests/fixtures/labelled-project.ts'

const folder = makeTemporaryFolder()
const home = join(folder.path, 'home')
const project = join(folder.path, 'project')
const pictures = join(folder.path, 'pictures')
const strangers = join(folder.path, 'strangers')
const nameOf = (index: number): string => `${20 + (index % 30)}_0_0_${20170101000000000 + index}.png`

/** Forty images of one race and gender, and ten of races that UTKFace has no word for: a model of the first is asked about both. */
beforeAll(async () => {
  await using opened = openEngine(home)
  const { client } = opened
  mkdirSync(pictures)
  for (let index = 0; index < 40; index++)
    await drawPicture(join(pictures, nameOf(index)), { race: 0, gender: 0, seed: index })
  mkdirSync(strangers)
  const rows = ['file,race,gender']
  for (let index = 0; index < 10; index++) {
    await drawPicture(join(strangers, `${index}.png`), { race: 1, gender: 1, seed: 100 + index })
    rows.push(`${index}.png,${index < 6 ? 'Latino_Hispanic' : 'Black'},Female`)
  }
  writeFileSync(join(strangers, 'labels.csv'), `${rows.join('\n')}\n`)
  await client.project.create({ folder: project })
  await finishWell(client, (await client.dataset.import({ source: pictures, format: 'utkface' })).jobId)
  const parts = { train: 0.5, val: 0.25, test: 0.25 }
  await finishWell(client, (await client.split.create({ ratios: parts })).jobId)
  const run = {
    splitId: splitId.parse(1),
    inputSize: 32,
    epochs: 1,
    batchSize: 8,
    trainable: 'heads' as const,
  }
  await finishWell(client, (await client.run.start(run)).jobId)
  const csv = {
    source: strangers,
    format: 'csv' as const,
    labels: ['labels.csv'],
    labelScheme: 'fairface7' as const,
  }
  await finishWell(client, (await client.dataset.import({ ...csv, name: 'Strangers' })).jobId)
  const other = (await client.dataset.list()).find(({ name }) => name === 'Strangers')
  const split = await client.split.create({
    datasets: other === undefined ? [] : [other.id],
    ratios: { train: 0.8, val: 0.1, test: 0.1 },
    name: 'strangers',
  })
  await finishWell(client, split.jobId)
  // Ten images of one class, then one image alone, then images of labels that the model has no class for.
  for (const [id, part] of [
    [1, 'val'],
    [2, 'val'],
    [2, 'train'],
  ] as const) {
    const asked = { modelId: modelId.parse(1), splitId: splitId.parse(id), part }
    await finishWell(client, (await client.evaluation.create(asked)).jobId)
  }
}, 300_000)

afterAll(() => folder[Symbol.dispose]())

const run = (...argv: string[]) => callCommand([...argv, '--project', project], { userDataFolder: home })

describe('groups of no image or one, and parts of one class', () => {
  it('are told by their counts, and never as NaN, by every metric and audit', async () => {
    for (const evaluation of ['1', '2', '3']) {
      const asked = [
        ...(['race', 'gender', 'age'] as const).flatMap((task) =>
          fairnessMetricNames
            .filter(
              (name) =>
                fairnessMetrics[name].tasks.some((one) => one === task) && !fairnessMetrics[name].ofYears,
            )
            .map((metric) => [
              'fairness',
              '--task',
              task,
              '--metric',
              metric,
              '--by',
              'race,gender',
              '--draws',
              '100',
            ]),
        ),
        ['age-gate'],
        ['error-tree'],
        ['compare', '--with', evaluation],
      ]
      for (const argv of asked) {
        const { code, stdout, stderr } = await run(...argv, '--evaluation', evaluation)
        expect({ argv, code, stderr }).toMatchObject({ code: 0 })
        expect(`${argv.join(' ')}: ${stdout}`).not.toMatch(/NaN|undefined|Infinity/)
      }
    }
    const one = await run('fairness', '--evaluation', '1', '--task', 'race', '--draws', '0')
    expect(one.stdout).toContain('counts only')
    expect(one.stdout).toContain('Fewer than two groups have the 30 images that a figure wants')
    const tree = await run('error-tree', '--evaluation', '1')
    expect(tree.stdout).toContain('Nothing could be cut in two')
    const people = await run('same-person', '--evaluation', '1')
    expect(people).toMatchObject({ code: 5, stderr: expect.stringContaining('nobody is known') })
  }, 300_000)

  it('measure their sensitivity by counts alone', async () => {
    const { code, stdout } = await run('sensitivity', '--evaluation', '1', '--draws', '100')
    expect(code).toBe(0)
    expect(stdout).not.toMatch(/NaN|undefined|Infinity/)
    expect(stdout).toContain('not estimated, n = 10')
  })
})

describe('a model whose classes are others than the labels', () => {
  it('says how many images it has no class for, and counts them nowhere', async () => {
    const { stderr, stdout } = await run(
      'evaluate',
      '--model',
      '1',
      '--split',
      'strangers',
      '--part',
      'train',
    )
    const told = `${stdout}\n${stderr}`
    expect(told).toMatch(
      /images are labelled with a race that stands for none of this model's labels \(Latino_Hispanic \d, Black \d\)[^]*They count in no figure of race/,
    )
    await using opened = openEngine(home)
    await opened.client.project.open({ folder: project })
    const found = await opened.client.fairness.get({
      evaluationId: evaluationId.parse(3),
      task: 'race',
      draws: 0,
    })
    expect(found.unlabelled).toBeGreaterThan(0)
    expect(found.notes.join('\n')).toContain('stands for none of this model')
  })
})

describe('stored answers of many faults', () => {
  it('are counted and listed by the command before anything is stored', async () => {
    const file = join(folder.path, 'answers.csv')
    const lines = [
      'file,race,gender',
      ...Array.from({ length: 20 }, (_, index) => `${nameOf(index)},White,M`),
      `${nameOf(3)},White,F`,
      'nobody.png,White,M',
      `${nameOf(20)},Martian,M`,
    ]
    // A line of Latin-1 in a file of UTF-8.
    const latin = Buffer.concat([
      Buffer.from(`${lines.join('\n')}\n${nameOf(21)},`),
      Buffer.from([0xe9]),
      Buffer.from(',M\n'),
    ])
    writeFileSync(file, latin)
    const argv = ['baselines', 'import', file, '--kind', 'csv', '--check']
    const json = await run(...argv, '--json')
    expect(baselineReport.parse(JSON.parse(json.stdout))).toMatchObject({
      baselineId: null,
      matched: 22,
      duplicates: 1,
      unmatched: ['nobody.png'],
      brokenText: 1,
    })
    const { stdout } = await run(...argv)
    expect(stdout).toContain('nobody.png')
    expect(stdout).toContain('Martian')
    expect(stdout).toContain('none: counts as wrong')
    expect(stdout).toContain('Nothing was stored')
    expect((await run('baselines', 'list')).stdout).toContain('None yet')
  })
})
