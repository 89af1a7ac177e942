/**
 * How well the ranking of label issues finds labels that were flipped on purpose.
 *
 *   node bench/label-flips.ts make <UTKFace folder> <out folder>     writes labels.csv (5 % flipped per task) and flips.json
 *   evenhand import <UTKFace folder> --format csv --labels <out folder>/labels.csv ..., then split and crossval
 *   node bench/label-flips.ts score <project> <out folder>/flips.json
 *   evenhand predict <UTKFace folder>/*.jpg --model "..., fold 1 of 3" --json > answers.json
 *   node bench/label-flips.ts score <project> <out folder>/flips.json answers.json 1
 *       beside it the order by plain loss, that of a model on images it learned from: all folds' but its own
 *   node bench/label-flips.ts sample <project>     a scanned sample project: flagged labels beside the planted ones
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { createRouterClient, type RouterClient } from '@orpc/server'
import * as z from 'zod'
import { imagePrediction } from '#shared/contract/prediction.contract.ts'
import { labelSchemes } from '#shared/domain/label-schemes.ts'
import { createEngine } from '#engine/create-engine.ts'
import { findLabelIssues } from '#engine/curation/domain/labels/confident-learning.ts'
import { labelRankings, scoreLabels } from '#engine/curation/domain/labels/label-quality.ts'
import { createRandom } from '#engine/kernel/random.ts'
import { locateWorkers } from '#engine/workers/worker-locator.ts'

const share = 0.05
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
    if (random.float() < share) {
      gender = 1 - gender
      flips.gender.push(file)
    }
    if (random.float() < share) {
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

async function readRows(client: Client, task: 'race' | 'gender') {
  const newest = (await client.crossval.list()).find(({ foldsDone }) => foldsDone > 0)
  if (newest === undefined) throw new Error('The project has no cross-validation with a finished fold')
  if (task === 'race') console.log(`${newest.foldsDone} of ${newest.folds} folds`)
  const rows = []
  for (let after: number | null = 0; after !== null;) {
    const page = await client.crossval.predictions({ crossvalId: newest.id, task, after, limit: 1000 })
    rows.push(...page.rows)
    after = page.next
  }
  return rows
}

async function readNames(client: Client, ids: readonly number[]) {
  const names = new Map<number, string>()
  for (const id of ids) names.set(id, basename((await client.image.get({ imageId: id })).path))
  return names
}

type Client = RouterClient<ReturnType<typeof createEngine>['router']>

async function withProject(project: string, work: (client: Client) => Promise<void>): Promise<void> {
  const engine = createEngine({
    host: 'cli',
    userDataFolder: join(project, '.bench'),
    workers: locateWorkers(new URL('../src/main/cli.ts', import.meta.url).href),
  })
  try {
    const client = createRouterClient(engine.router)
    await client.project.open({ folder: resolve(project) })
    await work(client)
  } finally {
    await engine.dispose()
  }
}

/** Probability of each file's every label by a model that learned from it, and the fold that it did not learn from. */
interface TrainedAnswers {
  readonly answers: ReadonlyMap<string, z.infer<typeof imagePrediction>>
  readonly fold: number
}

function readTrainedAnswers(file: string, fold: number): TrainedAnswers {
  const answers = z.array(imagePrediction).parse(JSON.parse(readFileSync(file, 'utf8')))
  return { fold, answers: new Map(answers.map((answer) => [basename(answer.file), answer])) }
}

/** Lowest first. */
const orderBy = (scores: ArrayLike<number>): number[] =>
  Array.from(scores, (_, at) => at).sort((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0))

async function scoreFlips(client: Client, flips: Flips, trained: TrainedAnswers | null): Promise<void> {
  for (const task of ['race', 'gender'] as const) {
    const rows = (await readRows(client, task)).filter(({ labelled }) => labelled !== null)
    const names = await readNames(
      client,
      rows.map(({ imageId }) => imageId),
    )
    const flipped = new Set(flips[task])
    const isFlipped = rows.map(({ imageId }) => flipped.has(names.get(imageId) ?? ''))
    const hits = new Set(isFlipped.flatMap((flip, at) => (flip ? [at] : [])))
    const given = {
      classes: rows[0]?.probabilities?.length ?? 0,
      labels: Int32Array.from(rows, ({ labelled }) => labelled ?? 0),
      probabilities: Float64Array.from(rows.flatMap(({ probabilities }) => probabilities ?? [])),
    }
    const issues = findLabelIssues(given, { filter: 'prune_by_noise_rate', rankBy: 'self_confidence' })
    const found = [...issues].filter((image) => hits.has(image)).length
    console.log(
      `${task}: ${rows.length} images, ${hits.size} flipped, ${issues.length} flagged, ` +
        `recall ${(found / hits.size).toFixed(3)}, precision ${(found / issues.length).toFixed(3)}`,
    )
    for (const ranking of labelRankings) {
      const order = orderBy(scoreLabels(given, ranking))
      console.log(`  average precision by ${ranking}: ${measureAveragePrecision(order, hits).toFixed(4)}`)
    }
    if (trained === null) continue
    const classes = labelSchemes.utkface5[task]
    const seen = rows.flatMap(({ fold }, at) => (fold === trained.fold ? [] : [at]))
    const seenHits = new Set(seen.flatMap((row, at) => (isFlipped[row] === true ? [at] : [])))
    const loss = seen.map((row) => {
      const answer = trained.answers.get(names.get(rows[row]?.imageId ?? 0) ?? '')?.faces[0]?.[task]
      const label = classes[given.labels[row] ?? 0] ?? ''
      if (answer?.probabilities[label] === undefined) throw new Error(`No answer for ${task} of image ${row}`)
      return answer.probabilities[label]
    })
    const unseen = scoreLabels(given, 'self_confidence')
    const orders = {
      'plain loss': orderBy(loss),
      'self-confidence': orderBy(seen.map((row) => unseen[row] ?? 0)),
    }
    console.log(`  of the ${seen.length} images that the model learned from, ${seenHits.size} flipped:`)
    for (const [name, order] of Object.entries(orders)) {
      console.log(`    average precision by ${name}: ${measureAveragePrecision(order, seenHits).toFixed(4)}`)
    }
  }
}

function readTable(file: string): Map<string, string[]> {
  const lines = readFileSync(file, 'utf8').trim().split('\n').slice(1)
  return new Map(lines.map((line) => [line.split(',')[0] ?? '', line.trim().split(',')]))
}

/** A flag is right where the label file and the truth differ in that label. */
async function scoreSample(client: Client, project: string): Promise<void> {
  const told = readTable(join(project, 'sample', 'labels.csv'))
  const truth = readTable(join(project, 'sample', 'truth.csv'))
  const wrong = new Set<string>()
  const flagged = new Set<string>()
  for (const [column, task] of [
    [1, 'race'],
    [2, 'gender'],
    [3, 'age'],
  ] as const) {
    for (const [file, cells] of told)
      if (cells[column] !== truth.get(file)?.[column]) wrong.add(`${file} ${task}`)
    for (let cursor: string | null = null; ;) {
      const page: Awaited<ReturnType<Client['finding']['queue']>> = await client.finding.queue({
        check: `label-${task}`,
        state: 'flagged',
        limit: 500,
        cursor,
      })
      for (const { tile } of page.items) {
        flagged.add(`${basename((await client.image.get({ imageId: tile.id })).path)} ${task}`)
      }
      cursor = page.nextCursor
      if (cursor === null) break
    }
  }
  const found = [...flagged].filter((one) => wrong.has(one)).length
  console.log(
    `${wrong.size} wrong labels, ${flagged.size} flagged, recall ${(found / wrong.size).toFixed(3)}, ` +
      `precision ${(found / flagged.size).toFixed(3)}`,
  )
}

const [command, first, second, answers, fold] = process.argv.slice(2)
if (command === 'make' && first !== undefined && second !== undefined) makeFlips(first, second)
else if (command === 'score' && first !== undefined && second !== undefined) {
  const flips = flipsFile.parse(JSON.parse(readFileSync(second, 'utf8')))
  const trained = answers === undefined ? null : readTrainedAnswers(answers, Number(fold))
  await withProject(first, (client) => scoreFlips(client, flips, trained))
} else if (command === 'sample' && first !== undefined) {
  await withProject(first, (client) => scoreSample(client, first))
} else
  throw new Error(
    'Say "make <UTKFace folder> <out folder>", "score <project> <flips.json>" or "sample <project>"',
  )
