import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { modelId, splitId as splitIdOf } from '#shared/contract/base.contract.ts'
import { evaluationResult, type EvaluationResult } from '#shared/contract/evaluation.contract.ts'
import { baselineReport, baselineRunResult, type BaselineId } from '#shared/contract/baseline.contract.ts'
import { comparisonResult } from '#shared/contract/fairness.contract.ts'
import { callCommand } from '#tests/fixtures/call-command.ts'
import { changeCatalogue } from '#tests/fixtures/change-catalogue.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { finishJob, finishWell } from '#tests/fixtures/jobs.ts'
import { makeLabelledProject } from '#tests/fixtures/labelled-project.ts'

const folder = makeTemporaryFolder()
const home = join(folder.path, 'home')
const opened = openEngine(home)
const { client } = opened
let project: string
let pictures: string[]
let evaluation: EvaluationResult
let csv: string
let baseline: BaselineId

/** The labels that a name holds: `age_gender_race_time.png`. */
const readName = (name: string) => {
  const [age = '', gender = '', race = ''] = name.split('_')
  return {
    age,
    gender: gender === '0' ? 'Male' : 'Female',
    race: ['White', 'Black', 'Asian', 'Indian', 'Other'][Number(race)],
  }
}

/** Right but for every seventh gender; no face in every tenth picture. */
function writeAnswers(): string {
  const rows = pictures.map((name, at) => {
    if (at % 10 === 0) return `${name},,,`
    const { age, gender, race } = readName(name)
    const said = at % 7 === 1 ? (gender === 'Male' ? 'Woman' : 'Man') : gender === 'Male' ? 'Man' : 'Woman'
    return `${name},${race ?? ''},${said},${age}`
  })
  const file = join(folder.path, 'answers.csv')
  writeFileSync(file, ['file,race,gender,age', ...rows, rows[1], 'elsewhere.png,White,Man,40', ''].join('\n'))
  return file
}

beforeAll(async () => {
  const made = await makeLabelledProject(client, { folder: folder.path, images: 100 })
  project = made.project
  pictures = readdirSync(made.pictures).sort()
  const request = {
    splitId: made.splitId,
    inputSize: 32,
    epochs: 1,
    batchSize: 16,
    trainable: 'heads' as const,
  }
  await finishWell(client, (await client.run.start(request)).jobId)
  const { jobId } = await client.evaluation.create({ modelId: modelId.parse(1), part: 'train' })
  evaluation = evaluationResult.parse(await finishWell(client, jobId))
  csv = writeAnswers()
}, 300_000)

afterAll(() => folder[Symbol.dispose]())

describe('stored answers of another system', () => {
  it('are matched, mapped and counted before anything is stored or scored', async () => {
    const dry = await client.baseline.import({ path: csv, kind: 'csv', isDryRun: true })
    expect(dry).toMatchObject({
      baselineId: null,
      rows: 102,
      matched: 100,
      duplicates: 1,
      unmatched: ['elsewhere.png'],
      unmatchedCount: 1,
      undetected: 10,
      notAsked: 0,
      unmapped: [],
      problemCount: 0,
    })
    expect(await client.baseline.list()).toEqual([])
    expect(dry.mapping).toContainEqual(
      expect.objectContaining({ task: 'race', scheme: 'utkface5', from: 'Other', to: 'Others' }),
    )
    expect(dry.mapping).toContainEqual(
      expect.objectContaining({ task: 'gender', from: 'Woman', to: 'Female' }),
    )
    const stored = await client.baseline.import({ path: csv, kind: 'csv', name: 'theirs' })
    expect({ ...stored, baselineId: null, name: dry.name }).toEqual(dry)
    const [listed] = await client.baseline.list()
    expect(listed).toMatchObject({
      baselineId: stored.baselineId,
      name: 'theirs',
      answers: 100,
      tasks: ['age', 'gender', 'race'],
    })
    if (listed === undefined) throw new Error('Nothing was stored')
    baseline = listed.baselineId
  })

  it('have figures by group, a picture without a face counted as an error or left out as asked', async () => {
    const ask = (undetected: 'counted' | 'excluded') =>
      client.fairness.get({ baselineId: baseline, undetected, task: 'gender', by: ['gender'], draws: 0 })
    const wrong = pictures.filter((_, at) => at % 10 !== 0 && at % 7 === 1).length
    const counted = await ask('counted')
    expect(counted.overall).toMatchObject({ n: 100, value: (90 - wrong) / 100 })
    expect(counted).toMatchObject({ evaluationId: null, baselineId: baseline })
    expect(counted.notes.join(' ')).toContain('In 10 of 100 images it found no face: they count as errors')
    const excluded = await ask('excluded')
    expect(excluded.overall).toMatchObject({ n: 90, value: (90 - wrong) / 90 })
    const years = await client.fairness.get({
      baselineId: baseline,
      task: 'age',
      metric: 'meanAbsoluteError',
      draws: 0,
    })
    expect(years.overall).toMatchObject({ n: 90, value: 0 })
    const images = await client.fairness.images({
      baselineId: baseline,
      task: 'gender',
      group: { gender: 'Male' },
    })
    expect(images.images[0]).toMatchObject({ isRight: false })
    await expect(client.fairness.get({ task: 'gender' })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })

  it('stand beside a model on the same images, paired', async () => {
    const compared = await client.fairness.compare({
      evaluationId: evaluation.evaluationId,
      with: { baselineId: baseline },
      by: ['gender'],
    })
    const { gender } = compared.tasks
    expect(compared.images).toBe(evaluation.tasks.gender?.accuracy.n)
    expect(gender?.a.value).toBe(evaluation.tasks.gender?.accuracy.value)
    const own = gender?.difference
    expect(own?.value).toBeCloseTo((gender?.a.value ?? 0) - (gender?.b.value ?? 0), 12)
    expect(own?.low).toBeLessThan(own?.value ?? Number.NaN)
    expect(gender?.detected?.a.n).toBe(compared.images - compared.undetected)
    expect(gender?.byGroup.reduce((sum, { a }) => sum + a.n, 0)).toBe(compared.images)
    const itself = await client.fairness.compare({
      evaluationId: evaluation.evaluationId,
      with: { evaluationId: evaluation.evaluationId },
    })
    expect(itself.tasks.gender).toMatchObject({ difference: { value: 0 }, p: 1, detected: null })
  })

  it('that are an error are not asked, whatever else the folder holds', async () => {
    const answers = join(folder.path, 'facepp', 'male')
    mkdirSync(answers, { recursive: true })
    const [first = '', second = '', third = ''] = pictures
    const write = (name: string, text: string) =>
      writeFileSync(join(answers, name.replace('.png', '_out.json')), text)
    const attributes = { gender: { value: 'Male' }, age: { value: 30 } }
    write(first, JSON.stringify({ faces: [{ attributes }], face_num: 1 }))
    write(second, JSON.stringify({ error_message: 'CONCURRENCY_LIMIT_EXCEEDED' }))
    write(third, JSON.stringify({ faces: [] }))
    write('broken.png', '{"faces": [')
    const report = await client.baseline.import({
      path: join(folder.path, 'facepp'),
      kind: 'facepp',
      replace: [
        { from: 'male/', to: '' },
        { from: '_out', to: '' },
      ],
      imageName: '{}.png',
    })
    expect(report).toMatchObject({ rows: 4, matched: 3, notAsked: 1, undetected: 1, problemCount: 1 })
    expect(report.problems[0]).toMatchObject({
      at: 'male/broken_out.json',
      message: expect.stringContaining('no JSON'),
    })
    await expect(
      client.fairness.get({ baselineId: report.baselineId ?? baseline, task: 'race' }),
    ).rejects.toMatchObject({
      message: expect.stringContaining('has no answers for race: it answers age and gender'),
    })
  })

  it('are refused by name and reason where they are none', async () => {
    const write = (name: string, text: string | Buffer) => {
      const path = join(folder.path, name)
      writeFileSync(path, text)
      return path
    }
    const take = (path: string, kind: 'csv' | 'facepp' = 'csv') => client.baseline.import({ path, kind })
    await expect(take(write('no-image.csv', 'race\nWhite\n'))).rejects.toThrow(/no column that names images/)
    await expect(take(write('no-answer.csv', 'file,shoe\na.png,42\n'))).rejects.toThrow(
      /no column of answers/,
    )
    await expect(take(write('other.csv', 'file,race\nz.png,White\n'))).rejects.toThrow(
      /None of the 1 answers/,
    )
    await expect(take(write('utf16.csv', Buffer.from('\u{feff}file,race\n', 'utf16le')))).rejects.toThrow(
      /UTF-16/,
    )
    await expect(take(join(folder.path, 'home'), 'facepp')).rejects.toThrow(
      /holds no JSON file|no answer|None of/,
    )
    const [first = '', second = ''] = pictures
    const latin = Buffer.concat([
      Buffer.from(`file,race\n${first},White\n${second},`),
      Buffer.from([0xe9]),
      Buffer.from('\n'),
    ])
    const mixed = await client.baseline.import({
      path: write('mixed.csv', latin),
      kind: 'csv',
      isDryRun: true,
    })
    expect(mixed).toMatchObject({
      matched: 2,
      brokenText: 1,
      unmapped: [{ task: 'race', to: null, images: 1 }],
    })
  })

  it('let go of erased images', async () => {
    const { jobId } = await client.erasure.start({
      images: [(await client.image.query({ limit: 1 })).items[0]?.id ?? 0],
      reason: 'Consent withdrawn',
    })
    await finishWell(client, jobId)
    const [, theirs] = await client.baseline.list()
    expect(theirs).toMatchObject({ name: 'theirs', answers: 99, matched: 100 })
    expect((await client.fairness.get({ baselineId: baseline, task: 'gender', draws: 0 })).overall.n).toBe(99)
  })
})

describe('what must be told of answers', () => {
  const write = (name: string, rows: readonly string[]): string => {
    const path = join(folder.path, name)
    writeFileSync(path, [...rows, ''].join('\n'))
    return path
  }
  const take = async (asked: Parameters<typeof client.baseline.import>[0]): Promise<BaselineId> => {
    const { baselineId } = await client.baseline.import(asked)
    if (baselineId === null) throw new Error('Nothing was stored')
    return baselineId
  }

  it('stands beside those of the other system of a comparison too', async () => {
    const rows = pictures.map(
      (name, at) => `${name},${at % 2 === 0 ? 'unheard' : 'White'},${at === 3 ? 'x' : ''}`,
    )
    const path = write('unheard.csv', ['file,race,error', ...rows])
    const baselineId = await take({ path, kind: 'csv', name: 'unheard of' })
    const { evaluationId } = evaluation
    const { notes } = await client.fairness.compare({ evaluationId, with: { baselineId } })
    expect(notes.join('\n')).toMatch(
      /unheard of: Words that stand for no label here count as wrong: race "unheard"/,
    )
    expect(notes.join('\n')).toMatch(/unheard of: About 1 images it was not asked/)
    const itself = await client.fairness.compare({ evaluationId, with: { evaluationId } })
    const own = (await client.evaluation.get({ evaluationId })).notes
    expect(own.length).toBeGreaterThan(0)
    expect(itself.notes).toEqual(expect.arrayContaining(own.map((note) => `${itself.b.name}: ${note}`)))
  })
})

describe('the command line', () => {
  it('takes in, lists, compares, and gives figures', async () => {
    await opened[Symbol.asyncDispose]()
    const run = (...argv: string[]) => callCommand([...argv, '--project', project], { userDataFolder: home })
    const taken = await run('baselines', 'import', csv, '--kind', 'csv', '--name', 'again', '--json')
    expect(baselineReport.parse(JSON.parse(taken.stdout))).toMatchObject({ matched: 99, unmatchedCount: 2 })
    const told = await run('baselines', 'import', csv, '--kind', 'csv', '--check', '--map', 'race:Other=')
    expect(told.stdout).toMatch(
      /Images in which it found no face: 9\.[^]*none: counts as wrong[^]*Nothing was stored/,
    )
    const other = await run('baselines', 'run', 'probe', '--split', '1', '--name', 'mine', '--dataset', '1')
    expect(other).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('leave out --name and --dataset'),
    })
    expect((await run('baselines', 'list')).stdout).toContain('again')
    const compared = await run('compare', '--evaluation', '1', '--with', 'baseline:again', '--json')
    expect(comparisonResult.parse(JSON.parse(compared.stdout)).b.name).toBe('again')
    expect((await run('compare', '--evaluation', '1', '--with', 'baseline:again')).stdout).toContain(
      'a less b',
    )
    const figures = await run('fairness', '--baseline', 'again', '--undetected', 'excluded', '--draws', '0')
    expect(figures.stdout).toContain('Accuracy, race: overall 100.0%')
    expect((await run('fairness', '--task', 'race')).code).toBe(2)
  })
})

describe('stored answers that were changed outside', () => {
  it('are refused by name', async () => {
    changeCatalogue(join(project, 'catalogue.sqlite'), (connection) => {
      connection.exec(
        `DROP TRIGGER baseline_answer_no_update; UPDATE baseline_answer SET gender = 'Man' WHERE baseline_id = 1`,
      )
    })
    await using again = openEngine(home)
    await again.client.project.open({ folder: project })
    await expect(
      again.client.fairness.get({ baselineId: baseline, task: 'gender', draws: 0 }),
    ).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('The answers of baseline 1 (theirs)'),
    })
  })
})

describe('a network of another maker', () => {
  beforeAll(() => client.project.open({ folder: project }))

  it('is asked about the images of a part, and what it did not find a face in is counted', async () => {
    const part = await client.baseline.run({
      network: 'face-api',
      name: 'theirs',
      splitId: splitIdOf.parse(1),
      part: 'val',
    })
    const result = baselineRunResult.parse(await finishWell(client, part.jobId))
    const [stored] = await client.baseline.list()
    expect(result).toMatchObject({ baselineId: stored?.baselineId, unreadable: 0 })
    expect(stored).toMatchObject({
      name: 'theirs',
      kind: 'face-api',
      source: 'face-api, age and gender',
      answers: result.images,
      undetected: result.undetected,
    })
    // Drawn noise shows no face.
    expect(result.undetected).toBe(result.images)
    expect(result.images).toBeGreaterThan(0)
  })

  it('is not asked without its weights, nor about a part of no split', async () => {
    await expect(client.baseline.run({ network: 'gear' })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await expect(client.baseline.run({ network: 'face-api', part: 'val' })).rejects.toThrow(/name the split/)
    const elsewhere = await client.baseline.run({ network: 'gear', weights: folder.path })
    const failed = await finishJob(client, elsewhere.jobId)
    expect(failed.error?.message).toMatch(/gear\.json cannot be read/)
  })
})
