import { copyFileSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import type { CrossvalId, ImageId, SplitId } from '#shared/contract/base.contract.ts'
import {
  crossvalResult,
  crossvalSummary,
  type CrossvalDetail,
  type CrossvalResult,
  type CrossvalSummary,
  type PredictionsPage,
} from '#shared/contract/crossval.contract.ts'
import type { Task } from '#shared/domain/tasks.ts'
import { callCommand } from '#tests/fixtures/call-command.ts'
import { startFixture } from '#tests/fixtures/child-process.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { finishJob, finishWell } from '#tests/fixtures/jobs.ts'
import { drawPicture } from '#tests/fixtures/labelled-project.ts'
import { startCommand } from '#tests/fixtures/run-command.ts'

const folder = makeTemporaryFolder()
const home = join(folder.path, 'home')
const project = join(folder.path, 'project')
const races = 3
const images = 96
/** Every twelfth picture shows another colour than its name says. */
const isFlipped = (index: number): boolean => index % 12 === 5
/** Every eighth stands there twice, under two names. */
const isTwice = (index: number): boolean => index % 8 === 2

let opened = openEngine(home)
let splitId: SplitId
let id: CrossvalId
let detail: CrossvalDetail
/** Predictions of the folds that were finished before the process was killed. */
let before: unknown[]
let killed: CrossvalSummary
let resumed: CrossvalResult
let described: string
const csv = join(folder.path, 'predictions.csv')

/** The heads of a network drawn at random tell these colours apart, and are learned in a fraction of the time. */
const choices = '--tasks race,gender --input 32 --epochs 8 --batch 8 --no-crop --freeze --lr 1e-2'.split(' ')

function readTable<Row>(sql: string): Row[] {
  const connection = new BetterSqlite3(join(project, 'catalogue.sqlite'), { readonly: true })
  try {
    return connection.prepare<[], Row>(sql).all()
  } finally {
    connection.close()
  }
}

async function drawPictures(target: string): Promise<void> {
  mkdirSync(target, { recursive: true })
  for (let index = 0; index < images; index++) {
    const race = index % races
    const gender = Math.floor(index / races) % 2
    const shown = isFlipped(index) ? (race + 1) % races : race
    const nameOf = (stamp: number) =>
      join(target, `30_${gender}_${race}_2017010100000${String(stamp).padStart(4, '0')}.png`)
    await drawPicture(nameOf(index), { race: shown, gender, seed: index })
    if (isTwice(index)) copyFileSync(nameOf(index), nameOf(index + 1000))
  }
}

async function readAll(task: Task): Promise<PredictionsPage['rows']> {
  const rows: PredictionsPage['rows'] = []
  for (let after: number | null = 0; after !== null;) {
    const page: PredictionsPage = await opened.client.crossval.predictions({
      crossvalId: id,
      task,
      after,
      limit: 20,
    })
    rows.push(...page.rows)
    after = page.next
  }
  return rows
}

const storedPredictions = () =>
  readTable<{ image: number }>(
    `SELECT task, image_id AS image, run_id, labelled, predicted, hex(probabilities) AS numbers
     FROM crossval_prediction ORDER BY task, image_id`,
  )

beforeAll(async () => {
  const pictures = join(folder.path, 'pictures')
  await drawPictures(pictures)
  await opened.client.project.create({ folder: project })
  const imported = await opened.client.dataset.import({ source: pictures, format: 'utkface' })
  await finishWell(opened.client, imported.jobId)
  const split = await opened.client.split.create({ ratios: { train: 0.6, val: 0.2, test: 0.2 } })
  await finishWell(opened.client, split.jobId)
  splitId = (await opened.client.split.list())[0]?.splitId ?? splitId
  await opened[Symbol.asyncDispose]()

  const command = (...argv: string[]) => [...argv, '--project', project]
  const ask = async (...argv: string[]): Promise<string> => {
    const { code, stdout, stderr } = await callCommand(command('crossval', ...argv), { userDataFolder: home })
    if (code !== 0) throw new Error(`crossval ${argv.join(' ')} ended with ${code}: ${stderr}`)
    return stdout
  }
  const asked = ['--split', String(splitId), '--folds', '3', '--name', 'Three', ...choices]
  const child = startCommand(command('crossval', ...asked), { userDataFolder: home })
  await child.sees('stderr', 'Fold 2 of 3')
  if (child.pid !== undefined) process.kill(child.pid, 'SIGKILL')
  await child.finished
  before = storedPredictions()

  const [found] = z.array(crossvalSummary).parse(JSON.parse(await ask('list', '--json')))
  if (found === undefined) throw new Error('The cross-validation was not stored')
  killed = found
  id = found.id
  resumed = crossvalResult.parse(JSON.parse(await ask('resume', 'Three', '--json')))
  described = await ask('show', 'Three')
  await ask('export', 'Three', '--out', csv)

  opened = openEngine(home)
  await opened.client.project.open({ folder: project })
  detail = await opened.client.crossval.get({ crossvalId: id })
}, 600_000)

afterAll(async () => {
  await opened[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

describe('the folds', () => {
  it('hold every image of the train and validation parts once, and no image of the sealed test part', () => {
    const held = readTable('SELECT image_id AS image, count(*) AS times FROM crossval_member GROUP BY 1')
    const allowed = readTable(
      `SELECT image_id AS image, 1 AS times FROM split_member WHERE part IN ('train', 'val') ORDER BY 1`,
    )
    expect(held).toEqual(allowed)
    expect(detail.images).toBe(allowed.length)
  })

  it('never cut a group, and the leak check over the stored folds says so', () => {
    const cut = readTable(
      `SELECT m.group_key FROM crossval_member c JOIN split_member m ON m.image_id = c.image_id
       GROUP BY 1 HAVING count(DISTINCT c.fold) > 1`,
    )
    const repeated = readTable('SELECT pixel_sha256 FROM image GROUP BY 1 HAVING count(*) > 1')
    expect(cut).toEqual([])
    expect(repeated.length).toBeGreaterThan(5)
    expect(detail.leaks).toEqual({ identities: 0, files: 0, pixels: 0, groups: 0, sealedImages: 0 })
  })

  it('are about equal in size and alike in their distribution', () => {
    const sizes = detail.parts.map((part) => part.images)
    expect(detail.parts.map(({ fold }) => fold)).toEqual([1, 2, 3])
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(2)
    for (const { totalVariation } of detail.parts) expect(totalVariation).toBeLessThan(0.15)
  })

  it('cannot be changed once they are made', () => {
    const connection = new BetterSqlite3(join(project, 'catalogue.sqlite'))
    try {
      expect(() => connection.exec('UPDATE crossval_member SET fold = 1')).toThrow('folds are immutable')
      expect(() => connection.exec('DELETE FROM crossval_member')).toThrow('folds are immutable')
    } finally {
      connection.close()
    }
  })
})

describe('the predictions', () => {
  it('are one per image and task, each by the run that held the fold of the image out', () => {
    const wrong = readTable(
      `SELECT p.image_id FROM crossval_prediction p
       JOIN crossval_member m USING (crossval_id, image_id) JOIN run r ON r.id = p.run_id
       WHERE r.fold <> m.fold OR r.crossval_id <> m.crossval_id`,
    )
    const counts = readTable(
      'SELECT task, count(*) AS n, count(DISTINCT image_id) AS images FROM crossval_prediction GROUP BY 1',
    )
    expect(wrong).toEqual([])
    expect(counts).toEqual([
      { task: 'gender', n: detail.images, images: detail.images },
      { task: 'race', n: detail.images, images: detail.images },
    ])
  })

  it('come from runs that saw none of the images of their fold, by the hash of what each learned from', async () => {
    const runs = await opened.client.run.list()
    for (const { runId, images: held, fold } of detail.parts) {
      const run = await opened.client.run.get({ runId: runs.find((one) => one.id === runId)?.id ?? 0 })
      expect(run).toMatchObject({
        name: `Three, fold ${fold} of 3`,
        state: 'succeeded',
        crossvalId: id,
        fold,
        configHash: detail.configHash,
        counts: { train: detail.images - held, validation: 0 },
        bestEpoch: run.config.epochs,
      })
    }
  })

  it('are refused by the database when a run of another fold makes them', () => {
    const connection = new BetterSqlite3(join(project, 'catalogue.sqlite'))
    const insert = `INSERT INTO crossval_prediction (crossval_id, task, image_id, run_id, labelled, predicted, probabilities)
      SELECT m.crossval_id, 'age', m.image_id, r.id, NULL, 0, x''
      FROM crossval_member m JOIN run r ON r.crossval_id = m.crossval_id AND r.fold <> m.fold LIMIT 1`
    try {
      expect(() => connection.exec(insert)).toThrow('predicted by the run that holds its fold out')
      expect(() => connection.exec('DELETE FROM crossval_prediction')).toThrow('append-only')
    } finally {
      connection.close()
    }
  })

  it('of folds finished before the process was killed are kept as they were', () => {
    expect(killed).toMatchObject({ name: 'Three', state: 'interrupted', results: null })
    // A busy machine kills it later.
    expect([1, 2]).toContain(killed.foldsDone)
    expect(before.length).toBeGreaterThan(0)
    const all = storedPredictions()
    expect(before).toEqual(
      all.filter((row) => before.some((old) => JSON.stringify(old) === JSON.stringify(row))),
    )
  })

  it('give a label that was flipped less probability than one that is right', async () => {
    const names = new Map(
      readTable<{ id: ImageId; path: string }>('SELECT id, path FROM image').map((row) => [row.id, row.path]),
    )
    const isWrong = (imageId: ImageId): boolean =>
      isFlipped(Number(/_(\d+)\.png$/.exec(names.get(imageId) ?? '')?.[1]?.slice(-3)))
    const rows = await readAll('race')
    const meanOf = (some: PredictionsPage['rows']): number =>
      some.reduce((sum, row) => sum + (row.probabilities?.[row.labelled ?? -1] ?? Number.NaN), 0) /
      some.length
    const flipped = rows.filter(({ imageId }) => isWrong(imageId))
    const right = rows.filter(({ imageId }) => !isWrong(imageId))
    expect(flipped.length).toBeGreaterThan(3)
    expect(meanOf(flipped)).toBeLessThan(meanOf(right) / 2)
  })
})

describe('the results', () => {
  it('are those of the stored answers, as a whole, by race and by fold, with the log loss', async () => {
    const rows = await readAll('race')
    const right = rows.filter(({ labelled, predicted }) => labelled === predicted).length
    const loss = rows.reduce((sum, row) => sum - Math.log(row.probabilities?.[row.labelled ?? -1] ?? 0), 0)
    const race = detail.results?.race
    expect(race?.accuracy).toMatchObject({ value: right / rows.length, n: rows.length })
    expect(race?.logLoss?.value).toBeCloseTo(loss / rows.length, 6)
    expect(race?.byFold.map(({ n }) => n)).toEqual(detail.parts.map((part) => part.images))
    expect(race?.byRace.reduce((sum, { accuracy }) => sum + accuracy.n, 0)).toBe(rows.length)
    expect(detail.results?.age).toBeNull()
    expect(resumed).toEqual({
      crossvalId: id,
      foldHash: detail.foldHash,
      images: detail.images,
      results: detail.results,
    })
    expect(described).toContain(
      'In two folds: 0 persons, 0 files, 0 pictures, 0 groups; of the test part: 0 images',
    )
  })

  it('are written as CSV with every probability', async () => {
    const table: Record<string, string>[] = parse(readFileSync(csv), { columns: true })
    expect(table).toHaveLength(detail.images)
    for (const row of table) {
      const sum = Object.entries(row).reduce(
        (total, [name, value]) => (name.startsWith('race_p_') ? total + Number(value) : total),
        0,
      )
      expect(sum).toBeCloseTo(1, 5)
    }
  })
})

describe('a cross-validation', () => {
  it('gives no model that is taken for the newest, and its runs cannot be resumed alone', async () => {
    const [part] = detail.parts
    await expect(opened.client.run.stop({ runId: part?.runId ?? 0 })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining(`cross-validation ${id}`),
    })
    await expect(opened.engine.predict([], null, { asker: { kind: 'window' } })).rejects.toMatchObject({
      code: 'PRECONDITION',
    })
  })

  it('can be stopped, and is found by nobody under a wrong number', async () => {
    const { client } = opened
    const trainable = 'heads' as const
    const config = { splitId, inputSize: 32, epochs: 300, batchSize: 8, tasks: ['race' as const], trainable }
    const started = await client.crossval.start({ config, folds: 2 })
    await expect(
      client.crossval.export({ crossvalId: started.crossvalId, file: 'x.csv' }),
    ).rejects.toMatchObject({ code: 'PRECONDITION' })
    await client.crossval.stop({ crossvalId: started.crossvalId })
    expect(await finishJob(client, started.jobId)).toMatchObject({ state: 'cancelled' })
    expect(await client.crossval.get({ crossvalId: started.crossvalId })).toMatchObject({ foldsDone: 0 })
    await expect(client.crossval.get({ crossvalId: 99 })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('of the whole network that was killed within a fold goes on after its last epoch', async () => {
    const config = { splitId, inputSize: 32, epochs: 2, batchSize: 16, tasks: ['race' as const] }
    await opened[Symbol.asyncDispose]()
    await using child = startFixture('crossval-process.ts', [
      home,
      project,
      JSON.stringify({ config, folds: 2 }),
    ])
    await child.readToEnd()
    opened = openEngine(home)
    const { client } = opened
    await client.project.open({ folder: project })
    const [cut] = await client.crossval.list()
    if (cut === undefined) throw new Error('The cross-validation was not stored')
    expect(cut).toMatchObject({ state: 'interrupted', foldsDone: 0 })
    const firstFold = async (crossvalId: CrossvalId) => {
      const [fold] = (await client.crossval.get({ crossvalId })).parts
      return client.run.get({ runId: fold?.runId ?? 0 })
    }
    const [kept] = (await firstFold(cut.id)).epochs
    await finishWell(client, (await client.crossval.resume({ crossvalId: cut.id })).jobId)
    // The seconds that it took are those of the process that was killed: it was not done again.
    expect((await firstFold(cut.id)).epochs).toEqual([kept, expect.anything()])
  }, 600_000)
})
