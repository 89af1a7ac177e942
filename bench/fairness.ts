/**
 * Speed of figures by group over 108,501 answers: each metric and grouping, and 2,000 bootstraps over people of the whole table.
 * Run: node bench/fairness.ts [--images 108501] [--draws 2000] [--fairlearn PYTHONPATH]
 *
 * With the folder of an installed Fairlearn it times MetricFrame's `n_boot` on the same rows, with few draws, whose time
 * grows with their number.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ageBinLabels, labelSchemes } from '#shared/domain/label-schemes.ts'
import { fairnessMetricNames, fairnessMetrics } from '#shared/domain/fairness-metrics.ts'
import { createRandom } from '#engine/base/kernel/random.ts'
import { chooseMetric } from '#engine/assessment/fairness/domain/choose-metric.ts'
import { describeFairness } from '#engine/assessment/fairness/domain/describe-fairness.ts'
import { drawClusters } from '#engine/assessment/metrics/domain/cluster-bootstrap.ts'
import { sumClusters } from '#engine/assessment/metrics/domain/cluster-sums.ts'
import { findGapByChance } from '#engine/assessment/metrics/domain/gap-by-chance.ts'
import { crossGroups, type TaskRecords } from '#engine/assessment/metrics/domain/records.ts'
import type { Task } from '#shared/domain/tasks.ts'

const { values: flags } = parseArgs({
  options: {
    images: { type: 'string', default: '108501' },
    draws: { type: 'string', default: '2000' },
    fairlearn: { type: 'string' },
  },
})
const [images, draws] = [Number(flags.images), Number(flags.draws)]
const fewDraws = 10

const random = createRandom(1, ['bench'])
const groups = { race: labelSchemes.fairface7.race, gender: labelSchemes.fairface7.gender, age: ageBinLabels }
const draw = (count: number): Int16Array =>
  Int16Array.from({ length: images }, () => random.int(0, count - 1))
const drawn = { race: draw(7), gender: draw(2), age: draw(9) }

/** Most people have one picture, some have several. */
function drawPeople(): Int32Array {
  let person = 0
  let left = 0
  return Int32Array.from({ length: images }, () => {
    if (left === 0) {
      person++
      left = random.float() < 0.7 ? 1 : random.int(2, 8)
    }
    left--
    return person - 1
  })
}

const clusters = drawPeople()

function makeRecords(task: Task): TaskRecords {
  const labels = groups[task]
  const labelled = drawn[task]
  const predicted = labelled.map((label) => (random.float() < 0.8 ? label : random.int(0, labels.length - 1)))
  const years = Float64Array.from(drawn.age, (bin) => bin * 9 + random.int(0, 8))
  return {
    task,
    labels,
    labelled,
    predicted,
    clusters,
    probabilities: Float32Array.from(
      { length: images * labels.length },
      () => random.float() / labels.length,
    ),
    groupings: {
      race: { groups: groups.race, indices: drawn.race },
      gender: { groups: groups.gender, indices: drawn.gender },
      age: { groups: groups.age, indices: drawn.age },
    },
    ...(task === 'age'
      ? { years: { labelled: years, predicted: years.map((age) => age + 6 * random.normal()) } }
      : {}),
  }
}

const print = (line: string): void => void process.stdout.write(`${line}\n`)
const cpuMs = (): number => process.cpuUsage().user / 1000

const records = { race: makeRecords('race'), gender: makeRecords('gender'), age: makeRecords('age') }
const groupings = [['race'], ['gender'], ['age'], ['race', 'gender'], ['race', 'gender', 'age']] as const
const times: { ms: number; what: string }[] = []
for (const task of ['race', 'gender', 'age'] as const) {
  for (const metric of fairnessMetricNames.filter((name) =>
    fairnessMetrics[name].tasks.some((one) => one === task),
  )) {
    for (const by of groupings) {
      const start = cpuMs()
      const cells = crossGroups(records[task], by)
      const sums = sumClusters(chooseMetric(records[task], { metric }).metric, { clusters, cells })
      const options = {
        margin: 0.05,
        correction: 'holm',
        intervals: 'each',
        confidence: 0.95,
        isHeldAgainstZero: false,
      } as const
      describeFairness(sums, cells, { options, resampled: null })
      times.push({ ms: cpuMs() - start, what: `${task} ${metric} by ${by.join(', ')}` })
    }
  }
}
const slowest = times.toSorted((a, b) => b.ms - a.ms)
const middle = slowest[Math.floor(slowest.length / 2)]
print(
  `${images} answers, ${clusters.at(-1)! + 1} people, ${times.length} switches of metric and grouping, CPU ms`,
)
print(
  `median ${middle?.ms.toFixed(0)}, slowest ${slowest
    .slice(0, 3)
    .map(({ ms, what }) => `${ms.toFixed(0)} (${what})`)
    .join(', ')}`,
)

const cells = crossGroups(records.race, ['race', 'gender', 'age'])
const sums = sumClusters(chooseMetric(records.race, { metric: 'accuracy' }).metric, { clusters, cells })
const startDraws = cpuMs()
drawClusters(sums, { seed: 1, draws })
const ownMs = cpuMs() - startDraws
print(`${draws} bootstraps over people of 126 cells: ${(ownMs / 1000).toFixed(2)} s CPU, one thread`)
const startNull = cpuMs()
findGapByChance(sums, [...cells.names.keys()], { seed: 1, draws })
print(
  `${draws} shuffles for the gap of chance: ${((cpuMs() - startNull) / 1000).toFixed(2)} s CPU, one thread`,
)

if (flags.fairlearn !== undefined) {
  const folder = mkdtempSync(join(tmpdir(), 'fairness-'))
  const file = join(folder, 'rows.csv')
  const rows = Array.from(drawn.race, (race, image) =>
    [race, records.race.predicted[image], race, drawn.gender[image], drawn.age[image]].join(','),
  )
  writeFileSync(file, `y,p,race,gender,age\n${rows.join('\n')}\n`)
  const script = [
    'import sys, time, pandas as pd',
    'from fairlearn.metrics import MetricFrame',
    'from sklearn.metrics import accuracy_score',
    'd = pd.read_csv(sys.argv[1]); n = int(sys.argv[2])',
    't = time.process_time()',
    "MetricFrame(metrics=accuracy_score, y_true=d.y, y_pred=d.p, sensitive_features=d[['race','gender','age']], n_boot=n, ci_quantiles=[0.025, 0.975], random_state=1)",
    'print(time.process_time() - t)',
  ].join('\n')
  const seconds = Number(
    execFileSync('python3', ['-c', script, file, String(fewDraws)], {
      env: { ...process.env, PYTHONPATH: flags.fairlearn },
      encoding: 'utf8',
    }),
  )
  rmSync(folder, { recursive: true })
  const ratio = seconds / fewDraws / (ownMs / 1000 / draws)
  print(
    `Fairlearn n_boot=${fewDraws}: ${seconds.toFixed(2)} s CPU, ${ratio.toFixed(0)} times as much for each draw`,
  )
}
