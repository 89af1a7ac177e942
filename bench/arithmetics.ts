/**
 * `node bench/arithmetics.ts --project FOLDER --split NAME [--seeds 1,2,3] -- <flags of evenhand train>`
 *
 * Trains one recipe with oneDNN in float32 and in bf16, seed by seed in turn, and compares the best epochs: each task's accuracy
 * on the validation part and the mean absolute error of the age. Hours on a processor; nothing else should run.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { trainResult, type TrainResult } from '#shared/contract/run.contract.ts'
import { tasks } from '#shared/domain/tasks.ts'

const { values: options, positionals: flags } = parseArgs({
  allowPositionals: true,
  options: {
    project: { type: 'string' },
    split: { type: 'string' },
    seeds: { type: 'string', default: '1,2,3' },
  },
})
const { project, split } = options
if (project === undefined || split === undefined)
  throw new Error('Usage: node bench/arithmetics.ts --project FOLDER --split NAME [--seeds 1,2,3] -- <flags>')

/** What bf16 may cost: points of accuracy, and years. */
const bars = { points: 1, years: 0.2 } as const

const cli = join(import.meta.dirname, '../src/main/cli.ts')

function train(arithmetic: 'float32' | 'bf16', seed: number): TrainResult['validation'] {
  const chosen = ['--engine', 'onednn', '--arithmetic', arithmetic, '--seed', String(seed)]
  const args = [cli, 'train', '--project', String(project), '--split', String(split), '--json']
  const run = spawnSync(process.execPath, [...args, ...chosen, ...flags], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (run.status !== 0) throw new Error(`The training in ${arithmetic} with seed ${seed} failed`)
  return trainResult.parse(JSON.parse(run.stdout)).validation
}

/** Figures of one training by name: accuracies in percent, and the error in years. */
function listFigures(validation: TrainResult['validation']): Map<string, number> {
  const figures = new Map<string, number>()
  for (const task of tasks) {
    const accuracy = validation[task]?.accuracy.value
    if (typeof accuracy === 'number') figures.set(task, accuracy * 100)
  }
  const years = validation.age?.years
  if (years !== undefined && years !== null) figures.set('years', years.mae)
  return figures
}

const seeds = options.seeds.split(',').map(Number)
const found = seeds.map((seed) => ({
  wide: listFigures(train('float32', seed)),
  narrow: listFigures(train('bf16', seed)),
}))
for (const name of found[0]?.wide.keys() ?? []) {
  const pick = (side: 'wide' | 'narrow') => found.map((one) => one[side].get(name) ?? Number.NaN)
  const [wide, narrow] = [pick('wide'), pick('narrow')]
  const gaps = narrow.map((value, at) => value - (wide[at] ?? Number.NaN))
  const bar = name === 'years' ? bars.years : bars.points
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
  const list = (numbers: readonly number[]): string => numbers.map((value) => value.toFixed(2)).join(' ')
  process.stdout.write(
    `${name}: float32 ${list(wide)}; bf16 ${list(narrow)}; mean difference ${mean.toFixed(2)}, ${Math.abs(mean) <= bar ? 'within' : 'beyond'} ${bar}\n`,
  )
}
