/**
 * How well the ranking of label issues finds labels that were flipped on purpose.
 *
 *   node bench/label-flips.ts make <UTKFace folder> <out folder>     writes labels.csv (5 % flipped per task) and flips.json
 *   evenhand import <UTKFace folder> --format csv --labels <out folder>/labels.csv ..., then split, crossval and scan
 *   node bench/label-flips.ts score <project> <out folder>/flips.json      the order of the label checks of the last scan
 *   evenhand predict <UTKFace folder>/*.jpg --model "..., fold 1 of 3" --json > answers.json
 *   node bench/label-flips.ts score <project> <out folder>/flips.json answers.json 1
 *       beside it the order by plain loss, that of a model on images it learned from: all folds' but its own
 *   node bench/label-flips.ts draw <project> <seed>     a sample project of 1,000 portraits in a new folder
 *   node bench/label-flips.ts sample <project>     a scanned sample project: flagged labels beside the planted ones
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { createRouterClient, type RouterClient } from '@orpc/server'
import * as z from 'zod'
import type { ImageId } from '#shared/contract/base.contract.ts'
import type { Finding } from '#shared/contract/check.contract.ts'
import { imagePrediction } from '#shared/contract/prediction.contract.ts'
import type { CheckId } from '#shared/domain/checks.ts'
import { labelSchemes } from '#shared/domain/label-schemes.ts'
import { createEngine } from '#engine/create-engine.ts'
import { createRandom } from '#engine/base/kernel/random.ts'
import { locateWorkers } from '#engine/base/threads/worker-locator.ts'

const flippedShare = 0.05
const seed = 1
const flipsFile = z.object({ race: z.array(z.string()), gender: z.array(z.string()) })
type Flips = z.infer<typeof flipsFile>

function makeFlips(folder: string, out: string): void {
  const { race: races, gender: genders } = labelSchemes.utkface5
  const random = createRandom(seed, ['label-flips'])
  const flips: Flips = { race: [], gender: [] }
  const lines = ['file,age,gender,race']
  for (const file of readdirSync(folder).sort()) {
    const match = /^(\d{1,3})_([01])_([0-4])_\d+\.jpg/.exec(file)
    if (match === null) continue
    let [gender, race] = [Number(match[2]), Number(match[3])]
    if (random.float() < flippedShare) {
      gender = 1 - gender
      flips.gender.push(file)
    }
    if (random.float() < flippedShare) {
      race = (race + random.int(1, races.length - 1)) % races.length
      flips.race.push(file)
    }
    lines.push([file, match[1], genders[gender], races[race]].join(','))
  }
  mkdirSync(out, { recursive: true })
  writeFileSync(join(out, 'labels.csv'), `${lines.join('\n')}\n`)
  writeFileSync(join(out, 'flips.json'), JSON.stringify(flips))
  console.log(`${lines.length - 1} images, flipped: ${flips.race.length} race, ${flips.gender.length} gender`)
}

/** Mean of the precision at each hit. @param order images, worst first */
function measureAveragePrecision(order: readonly number[], hits: ReadonlySet<number>): number {
  let [found, sum] = [0, 0]
  order.forEach((image, at) => {
    if (!hits.has(image)) return
    found += 1
    sum += found / (at + 1)
  })
  return sum / hits.size
}

async function readFolds(client: Client, task: 'race' | 'gender'): Promise<Map<number, number>> {
  const newest = (await client.crossval.list()).find(({ foldsDone }) => foldsDone > 0)
  if (newest === undefined) throw new Error('The project has no cross-validation with a finished fold')
  const folds = new Map<number, number>()
  for (let after: number | null = 0; after !== null;) {
    const page = await client.crossval.predictions({ crossvalId: newest.id, task, after, limit: 1000 })
    for (const { imageId, fold } of page.rows) folds.set(imageId, fold)
    after = page.next
  }
  return folds
}

/** What a check found, worst first. */
async function readQueue(
  client: Client,
  { check, state }: { check: CheckId; state: 'flagged' | 'all' },
): Promise<Finding[]> {
  const findings: Finding[] = []
  for (let cursor: string | null = null; ;) {
    const page: Awaited<ReturnType<Client['finding']['queue']>> = await client.finding.queue({
      check,
      state,
      limit: 500,
      cursor,
    })
    findings.push(...page.items)
    cursor = page.nextCursor
    if (cursor === null) return findings
  }
}

async function readNames(client: Client, ids: readonly ImageId[]) {
  const names = new Map<number, string>()
  for (const id of ids) names.set(id, basename((await client.image.get({ imageId: id })).path))
  return names
}

type Client = RouterClient<ReturnType<typeof createEngine>['router']>

async function withEngine(userDataFolder: string, work: (client: Client) => Promise<void>): Promise<void> {
  const engine = createEngine({
    host: 'cli',
    userDataFolder,
    workers: locateWorkers(new URL('../src/main/cli.ts', import.meta.url).href),
  })
  try {
    await work(createRouterClient(engine.router))
  } finally {
    await engine.dispose()
  }
}

const withProject = (project: string, work: (client: Client) => Promise<void>): Promise<void> =>
  withEngine(join(project, '.bench'), async (client) => {
    await client.project.open({ folder: resolve(project) })
    await work(client)
  })

const drawSample = (folder: string, sampleSeed: number): Promise<void> =>
  withEngine(join(folder, '..', '.bench'), async (client) => {
    const { jobId } = await client.project.createSample({
      folder: resolve(folder),
      images: 1000,
      seed: sampleSeed,
    })
    for (;;) {
      const { state, error } = await client.job.get({ jobId })
      if (state === 'succeeded') break
      if (state !== 'queued' && state !== 'running')
        throw new Error(`The sample was not drawn: ${error?.message ?? state}`)
      await setTimeout(200)
    }
  })

/** Probability of each file's every label by a model that learned from it, and the fold that it did not learn from. */
interface TrainedAnswers {
  readonly answers: ReadonlyMap<string, z.infer<typeof imagePrediction>>
  readonly fold: number
}

function readTrainedAnswers(file: string, fold: number): TrainedAnswers {
  const answers = z.array(imagePrediction).parse(JSON.parse(readFileSync(file, 'utf8')))
  return { fold, answers: new Map(answers.map((answer) => [basename(answer.file), answer])) }
}

async function scoreFlips(client: Client, flips: Flips, trained: TrainedAnswers | null): Promise<void> {
  for (const task of ['race', 'gender'] as const) {
    const check = `label-${task}` as const
    const queue = await readQueue(client, { check, state: 'all' })
    const flagged = await readQueue(client, { check, state: 'flagged' })
    const ids = queue.map(({ tile }) => tile.id)
    const names = await readNames(client, ids)
    const told = new Set(flips[task])
    const flipped = new Set(ids.filter((id) => told.has(names.get(id) ?? '')))
    const found = flagged.filter(({ tile }) => flipped.has(tile.id)).length
    const { params } = (await client.check.list()).find(({ id }) => id === check) ?? {}
    console.log(
      `${task}, by ${String(params?.['source'])}: ${ids.length} images, ${flipped.size} flipped, ${flagged.length} flagged, ` +
        `recall ${(found / flipped.size).toFixed(3)}, precision ${(found / flagged.length).toFixed(3)}, ` +
        `average precision ${measureAveragePrecision(ids, flipped).toFixed(4)}`,
    )
    if (trained === null) continue
    const folds = await readFolds(client, task)
    const learned = queue.filter(({ tile }) => (folds.get(tile.id) ?? trained.fold) !== trained.fold)
    const losses = learned.map(({ tile }): [ImageId, number] => {
      const answer = trained.answers.get(names.get(tile.id) ?? '')?.faces[0]?.[task]
      const probability = answer?.probabilities[tile[task] ?? '']
      if (probability === undefined) throw new Error(`No answer for ${task} of image ${tile.id}`)
      return [tile.id, -Math.log(probability)]
    })
    const byLoss = losses.toSorted(([, a], [, b]) => b - a).map(([id]) => id)
    const own = new Set(byLoss.filter((id) => flipped.has(id)))
    console.log(
      `  of the ${byLoss.length} images that the model learned from, ${own.size} flipped: average precision ` +
        `${measureAveragePrecision(
          learned.map(({ tile }) => tile.id),
          own,
        ).toFixed(4)}, by plain loss ${measureAveragePrecision(byLoss, own).toFixed(4)}`,
    )
  }
}

function readTable(file: string): Map<string, string[]> {
  const lines = readFileSync(file, 'utf8').trim().split('\n').slice(1)
  return new Map(lines.map((line) => [line.split(',')[0] ?? '', line.trim().split(',')]))
}

/**
 * A flag is right where the label file and the truth differ in that label. Images that a reviewer has removed count neither as
 * wrong nor as flagged; those of a sealed test part are not judged.
 */
async function scoreSample(client: Client, project: string): Promise<void> {
  const told = readTable(join(project, 'sample', 'labels.csv'))
  const truth = readTable(join(project, 'sample', 'truth.csv'))
  const [judged, flagged, planted] = [new Set<string>(), new Set<string>(), new Set<string>()]
  let wrong = 0
  const removed = new Set<string>()
  for (let cursor: string | null = null; ;) {
    const page: Awaited<ReturnType<Client['image']['query']>> = await client.image.query({
      filter: { status: ['removed'] },
      limit: 500,
      cursor,
    })
    const names = await readNames(
      client,
      page.items.map(({ id }) => id),
    )
    for (const name of names.values()) removed.add(name)
    cursor = page.nextCursor
    if (cursor === null) break
  }
  for (const [column, task] of [
    [1, 'race'],
    [2, 'gender'],
    [3, 'age'],
  ] as const) {
    const findings = (await readQueue(client, { check: `label-${task}`, state: 'all' })).filter(
      ({ tile }) => tile.status !== 'removed',
    )
    const names = await readNames(
      client,
      findings.map(({ tile }) => tile.id),
    )
    const isWrong = (file: string): boolean => told.get(file)?.[column] !== truth.get(file)?.[column]
    for (const file of told.keys()) if (isWrong(file) && !removed.has(file)) wrong += 1
    for (const { tile, isFlagged } of findings) {
      const file = names.get(tile.id) ?? ''
      if (isFlagged) flagged.add(`${file} ${task}`)
      if (!isWrong(file)) continue
      judged.add(`${file} ${task}`)
      if (truth.get(file)?.[5] === 'mislabelled') planted.add(`${file} ${task}`)
    }
  }
  const share = (found: number, of: number): string => `${found} of ${of} (${(found / of).toFixed(3)})`
  const count = (among: ReadonlySet<string>): number => [...among].filter((one) => flagged.has(one)).length
  console.log(
    `${removed.size} images removed, ${wrong} wrong labels left, ${judged.size} of them judged; flagged: ${share(count(judged), judged.size)}, ` +
      `of those planted as mislabelled ${share(count(planted), planted.size)}; right flags ${share(count(judged), flagged.size)}`,
  )
}

const [command, first, second, answers, fold] = process.argv.slice(2)
if (command === 'make' && first !== undefined && second !== undefined) makeFlips(first, second)
else if (command === 'score' && first !== undefined && second !== undefined) {
  const flips = flipsFile.parse(JSON.parse(readFileSync(second, 'utf8')))
  const trained = answers === undefined ? null : readTrainedAnswers(answers, Number(fold))
  await withProject(first, (client) => scoreFlips(client, flips, trained))
} else if (command === 'draw' && first !== undefined && second !== undefined)
  await drawSample(first, Number(second))
else if (command === 'sample' && first !== undefined) {
  await withProject(first, (client) => scoreSample(client, first))
} else
  throw new Error(
    'Say "make <UTKFace folder> <out folder>", "score <project> <flips.json>", "draw <project> <seed>" or "sample <project>"',
  )
