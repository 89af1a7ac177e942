/**
 * How often intervals hold the truth and verdicts are wrong, on simulated people whose truth is known.
 * Run: node bench/coverage.ts [--part intervals|null|verdicts|trees] [--repeats 2000] [--seed 1]
 *
 * A person's pictures are right with a rate of their own, drawn from a beta distribution about the group's: pictures of
 * one person correlate by 0.36.
 */
import { parseArgs } from 'node:util'
import { createRandom, type Random } from '#engine/base/kernel/random.ts'
import {
  criticalOf,
  estimateClusters,
  findBounds,
} from '#engine/assessment/metrics/domain/cluster-estimates.ts'
import { drawClusters, findIntervals } from '#engine/assessment/metrics/domain/cluster-bootstrap.ts'
import { sumClusters, type ClusterSums } from '#engine/assessment/metrics/domain/cluster-sums.ts'
import { compareGroups } from '#engine/assessment/metrics/domain/compare-groups.ts'
import { growAndConfirm } from '#engine/assessment/metrics/domain/confirm-leaves.ts'
import type { Covariate } from '#engine/assessment/metrics/domain/error-tree.ts'
import { findGapByChance } from '#engine/assessment/metrics/domain/gap-by-chance.ts'
import type { SumMetric } from '#engine/assessment/metrics/domain/sum-metrics.ts'
import { findQuantile } from '#engine/base/kernel/quantiles.ts'

const { values: flags } = parseArgs({
  options: {
    part: { type: 'string', default: 'all' },
    repeats: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
  },
})
const [repeats, seed] = [Number(flags.repeats), Number(flags.seed)]
const correlation = 0.36

/** Marsaglia & Tsang 2000. */
function drawGamma(random: Random, shape: number): number {
  if (shape < 1) return drawGamma(random, shape + 1) * (1 - random.float()) ** (1 / shape)
  const d = shape - 1 / 3
  for (;;) {
    const x = random.normal()
    const v = (1 + x / Math.sqrt(9 * d)) ** 3
    if (v > 0 && Math.log(1 - random.float()) < (x * x) / 2 + d - d * v + d * Math.log(v)) return d * v
  }
}

interface Group {
  readonly rate: number
  readonly images: number
}

/** Pictures of each person: five, or one to nine with five in the mean. */
type Pictures = 'five each' | 'one to nine'

function simulate(random: Random, groups: readonly Group[], pictures: Pictures): ClusterSums {
  const [clusters, indices, right]: [number[], number[], boolean[]] = [[], [], []]
  let person = 0
  groups.forEach(({ rate, images }, group) => {
    const share = (1 - correlation) / correlation
    for (let left = images; left > 0; person++) {
      const own = Math.min(left, pictures === 'five each' ? 5 : random.int(1, 9))
      const [x, y] = [drawGamma(random, rate * share), drawGamma(random, (1 - rate) * share)]
      for (let picture = 0; picture < own; picture++) {
        clusters.push(person)
        indices.push(group)
        right.push(random.float() < x / (x + y))
      }
      left -= own
    }
  })
  const metric: SumMetric = {
    width: 2,
    kind: 'share',
    unit: 'share',
    add: (image, into, at) => {
      into[at]! += right[image] === true ? 1 : 0
      into[at + 1]! += 1
    },
    value: (sums, at) => sums[at]! / sums[at + 1]!,
    count: (sums, at) => sums[at + 1]!,
  }
  return sumClusters(metric, {
    clusters: Int32Array.from(clusters),
    cells: { names: groups.map((_, group) => [String(group)]), indices: Int32Array.from(indices) },
  })
}

const percent = (share: number): string => (100 * share).toFixed(1)
const print = (line: string): void => void process.stdout.write(`${line}\n`)

/** The percentile bootstrap that draws pictures one by one. */
function bootstrapRows(
  { value, n }: { value: number; n: number },
  random: Random,
): readonly [number, number] {
  // Means of so many draws are binomial; a normal draw stands for it where n is large enough to make no difference.
  const draws = Float64Array.from({ length: 400 }, () => {
    if (n > 200) return value + random.normal() * Math.sqrt((value * (1 - value)) / n)
    let right = 0
    for (let image = 0; image < n; image++) right += random.float() < value ? 1 : 0
    return right / n
  }).sort()
  return [findQuantile(draws, 0.025), findQuantile(draws, 0.975)]
}

function coverIntervals(pictures: Pictures): void {
  const sizes = [30, 60, 100, 300, 1000, 3000]
  print(
    `\nCoverage of 95 % intervals in %, ${pictures}, ${repeats} tables of six groups; rows: images of the group`,
  )
  const rates = [[0.5], [0.8], [0.9], [0.95], [0.99], [0.5, 0.8, 0.9, 0.95, 0.99, 0.8]]
  print(`rate            default: ${sizes.join('  ')}   | rows: ${sizes.join('  ')}`)
  for (const truth of rates) {
    const random = createRandom(seed, ['coverage', pictures, ...truth])
    const groups = sizes.map((images, index): Group => ({ images, rate: truth[index % truth.length]! }))
    const held = { own: sizes.map(() => 0), rows: sizes.map(() => 0) }
    for (let repeat = 0; repeat < repeats; repeat++) {
      estimateClusters(simulate(random, groups, pictures)).forEach((estimate, index) => {
        const { rate } = groups[index]!
        const holds = ([low, high]: readonly [number, number]): number =>
          low <= rate && rate <= high ? 1 : 0
        held.own[index]! += holds(findBounds(estimate, 'share', criticalOf(estimate)))
        held.rows[index]! += holds(bootstrapRows(estimate, random))
      })
    }
    const write = (counts: number[]): string => counts.map((count) => percent(count / repeats)).join('  ')
    print(`${truth.join('/').padEnd(24)} ${write(held.own)}   | ${write(held.rows)}`)
  }
}

/** The cluster bootstrap's own coverage, for what has no formula. */
function coverBootstrap(): void {
  const random = createRandom(seed, ['bootstrap coverage'])
  const tables = Math.max(1, Math.round(repeats / 4))
  print(
    `\nCoverage of the bootstrap over people in %, five each, ${tables} groups, 500 draws: percentile, BCa`,
  )
  for (const images of [60, 100, 300, 1000]) {
    for (const rate of [0.8, 0.95]) {
      let [percentile, bca, defined] = [0, 0, 0]
      for (let table = 0; table < tables; table++) {
        const sums = simulate(random, [{ images, rate }], 'five each')
        const [drawn] = drawClusters(sums, { seed: table, draws: 500 })
        const value = sums.groupSums[0]! / sums.groupSums[1]!
        const found = findIntervals(drawn!, { value, acceleration: 0 })
        if (found === null) continue
        defined++
        if (found.percentile.low <= rate && rate <= found.percentile.high) percentile++
        if (found.bca.low <= rate && rate <= found.bca.high) bca++
      }
      print(`n ${images} rate ${rate}: ${percent(percentile / defined)}  ${percent(bca / defined)}`)
    }
  }
}

function judgeNull(): void {
  const random = createRandom(seed, ['null'])
  const tables = Math.max(1, Math.round(repeats / 2))
  const groups = [60, 120, 300, 300, 600, 60, 200].map((images): Group => ({ images, rate: 0.9 }))
  const ps: number[] = []
  for (let table = 0; table < tables; table++) {
    const sums = simulate(random, groups, 'one to nine')
    const found = findGapByChance(sums, [...groups.keys()], { seed: table, draws: 400 })
    if (found !== null) ps.push(found.p)
  }
  const deciles = Array.from(
    { length: 10 },
    (_, decile) => ps.filter((p) => p > decile / 10 && p <= (decile + 1) / 10).length,
  )
  const ascending = ps.toSorted((a, b) => a - b)
  const distance = Math.max(...ascending.map((p, rank) => Math.abs(p - (rank + 0.5) / ps.length)))
  print(`\np of the gap of seven groups alike (one to nine pictures), ${ps.length} tables`)
  print(
    `by tenths: ${deciles.join(' ')}; p <= 0.05: ${percent(ps.filter((p) => p <= 0.05).length / ps.length)} %`,
  )
  print(
    `largest distance from uniform ${distance.toFixed(4)} (5 % critical ${(1.358 / Math.sqrt(ps.length)).toFixed(4)})`,
  )
}

function judgeVerdicts(): void {
  const random = createRandom(seed, ['verdicts'])
  const ask = (groups: readonly Group[], pictures: Pictures, margin = 0.05) => {
    const sums = simulate(random, groups, pictures)
    return compareGroups(sums, estimateClusters(sums), { margin, correction: 'holm', fewest: 30 })
  }
  print(`\nVerdicts, ${repeats} simulations each`)
  for (const rate of [0.5, 0.8, 0.9, 0.95]) {
    let wrong = 0
    const pair: Group[] = [
      { images: 300, rate },
      { images: 300, rate },
    ]
    for (let repeat = 0; repeat < repeats; repeat++)
      wrong += ask(pair, 'five each')[0]!.verdict === 'differs' ? 1 : 0
    print(
      `two equal groups of 60 people with 5 pictures, rate ${rate}: told apart in ${percent(wrong / repeats)} %`,
    )
  }
  for (const [images, rate] of [
    [3000, 0.9],
    [3000, 0.7],
    [10000, 0.9],
    [1000, 0.95],
  ] as const) {
    let [alike, differs] = [0, 0]
    for (let repeat = 0; repeat < repeats; repeat++) {
      const [pair] = ask(
        [
          { images, rate },
          { images, rate: rate - 0.05 },
        ],
        'one to nine',
      )
      if (pair!.verdict === 'alike') alike++
      if (pair!.verdict === 'differs' && pair!.difference < 0) differs++
    }
    print(
      `${images} images, rates ${rate} and ${(rate - 0.05).toFixed(2)}: called alike within 5 points in ${percent(alike / repeats)} %, told apart the wrong way in ${percent(differs / repeats)} %`,
    )
  }
  let [anyWrong, families] = [0, 0]
  const seven = [60, 120, 300, 300, 600, 90, 200].map((images): Group => ({ images, rate: 0.9 }))
  for (let repeat = 0; repeat < repeats; repeat++) {
    families++
    if (ask(seven, 'one to nine').some(({ verdict }) => verdict === 'differs')) anyWrong++
  }
  print(`seven equal groups, 21 pairs, Holm: any pair told apart in ${percent(anyWrong / families)} %`)
  for (const images of [100, 300]) {
    const [pilot] = ask(
      [
        { images, rate: 0.9 },
        { images, rate: 0.85 },
      ],
      'five each',
    )
    const wanted = Math.ceil(pilot!.neededN / 5) * 5
    let seen = 0
    const tries = Math.max(1, Math.round(repeats / 10))
    for (let repeat = 0; repeat < tries; repeat++) {
      const [pair] = ask(
        [
          { images: wanted, rate: 0.9 },
          { images: wanted, rate: 0.85 },
        ],
        'five each',
      )
      if (pair!.verdict === 'differs') seen++
    }
    print(
      `not enough data at n ${images}: asks for ${wanted}, at which a difference of 5 points is seen in ${percent(seen / tries)} % of ${tries}`,
    )
  }
}

/** Trees of wrong answers over people who are all answered alike: how often a leaf of any is confirmed. */
function judgeTrees(): void {
  const trees = Math.max(1, Math.round(repeats / 2))
  print(`\nTrees of errors where there is nothing to find, ${trees} of 600 images each`)
  for (const pictures of [1, 5]) {
    for (const rate of [0.05, 0.2, 0.4]) {
      let [any, leaves] = [0, 0]
      for (let tree = 0; tree < trees; tree++) {
        const found = growAndConfirm(simulateErrors(pictures, { rate, seed: seed + tree })).leaves
        leaves += found.length
        if (found.some(({ state }) => state === 'confirmed')) any += 1
      }
      print(
        `${pictures} pictures of each person, ${percent(rate)} % wrong: a leaf confirmed in ${percent(any / trees)} % of trees, ${(leaves / trees).toFixed(1)} leaves each`,
      )
    }
  }
}

/** People with labels and pictures with a measure, none of which has to do with who is answered wrong. */
function simulateErrors(
  pictures: number,
  { rate, seed: tree }: { readonly rate: number; readonly seed: number },
): Parameters<typeof growAndConfirm>[0] {
  const random = createRandom(tree, ['trees', pictures, rate])
  const n = 600
  const clusters = Int32Array.from({ length: n }, (_, image) => Math.floor(image / pictures))
  const label = (name: string, labels: number): Covariate => {
    const own = Array.from({ length: n }, () => random.int(0, labels - 1))
    return {
      name,
      labels: Array.from({ length: labels }, (_, index) => String(index)),
      isOrdered: name === 'age',
      values: Float64Array.from(clusters, (person) => own[person] ?? 0),
    }
  }
  const share = (1 - correlation) / correlation
  const habits = Array.from({ length: n }, () => {
    const [x, y] = [drawGamma(random, rate * share), drawGamma(random, (1 - rate) * share)]
    return x / (x + y)
  })
  return {
    isWrong: Uint8Array.from(clusters, (person) => (random.float() < (habits[person] ?? 0) ? 1 : 0)),
    isLabelled: new Uint8Array(n).fill(1),
    clusters,
    covariates: [
      label('race', 7),
      label('gender', 2),
      label('age', 9),
      {
        name: 'brightness',
        labels: null,
        isOrdered: true,
        values: Float64Array.from({ length: n }, () => random.float()),
      },
    ],
    seed: tree,
  }
}

if (flags.part === 'all' || flags.part === 'intervals') {
  coverIntervals('five each')
  coverIntervals('one to nine')
  coverBootstrap()
}
if (flags.part === 'all' || flags.part === 'null') judgeNull()
if (flags.part === 'all' || flags.part === 'verdicts') judgeVerdicts()
if (flags.part === 'all' || flags.part === 'trees') judgeTrees()
