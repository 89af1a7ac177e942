import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { ageBinLabels } from '#shared/domain/label-schemes.ts'
import { indexOfYears } from '#shared/domain/age-read-out.ts'
import { createRandom } from '#engine/base/kernel/random.ts'
import { applyHead, fitHead } from '#engine/learning/training/domain/fit-probe.ts'
import { crossEntropy, softmax } from '#engine/networks/architecture/softmax.ts'

const numbers = z.array(z.number())
const golden = z
  .object({
    cases: z.array(
      z.object({
        c: z.number(),
        points: z.array(numbers),
        race: numbers,
        gender: numbers,
        raceProbabilities: z.array(numbers),
        genderProbabilities: z.array(numbers),
      }),
    ),
  })
  .parse(
    JSON.parse(readFileSync(new URL('../../../../../oracles/golden/probe.json', import.meta.url), 'utf8')),
  )

const bins = ageBinLabels.length
const onStep = (): void => undefined

/** `[points, classes]` */
function answer(head: ReturnType<typeof fitHead>, descriptors: Float32Array, classes: number): number[][] {
  const logits = applyHead(head, descriptors)
  return Array.from({ length: logits.length / classes }, (_, at) =>
    softmax(logits.subarray(at * classes, (at + 1) * classes)),
  )
}

describe.each(golden.cases)("heads are scikit-learn's at C = $c", ({ c, points, ...given }) => {
  const dimensions = points[0]?.length ?? 0
  const descriptors = Float32Array.from(points.flat())
  const faces = {
    descriptors,
    dimensions,
    labels: new Map([
      ['race' as const, Int32Array.from(given.race)],
      ['gender' as const, Int32Array.from(given.gender)],
    ]),
    years: new Float32Array(points.length).fill(-1),
  }
  const options = { bins, penalty: 1 / c, onStep }

  it('of several classes, one of which nobody has, and of missing labels', () => {
    const head = fitHead(faces, { task: 'race', classes: 5 }, options)
    expect(head.isConverged).toBe(true)
    answer(head, descriptors, 5).forEach((probabilities, at) => {
      const [first = 0, second = 0, third = 0, absent, last = 0] = probabilities
      expect(absent).toBeLessThan(1e-13)
      given.raceProbabilities[at]?.forEach((theirs, index) =>
        expect([first, second, third, last][index]).toBeCloseTo(theirs, 4),
      )
    })
  })

  it('whose loss at a class that nobody has can be read in a mean', () => {
    const logits = applyHead(fitHead(faces, { task: 'race', classes: 5 }, options), descriptors)
    for (let at = 0; at < points.length; at++) {
      const loss = crossEntropy(logits.subarray(5 * at, 5 * at + 5), 3)
      expect(loss).toBeGreaterThanOrEqual(30)
      expect(loss).toBeLessThan(100)
    }
  })

  it('of two classes', () => {
    const head = fitHead(faces, { task: 'gender', classes: 2 }, options)
    answer(head, descriptors, 2).forEach((probabilities, at) =>
      probabilities.forEach((ours, index) =>
        expect(ours).toBeCloseTo(given.genderProbabilities[at]?.[index] ?? -1, 4),
      ),
    )
  })
})

describe('an age head in years', () => {
  const random = createRandom(3)
  const count = 120
  const years = Float32Array.from({ length: count }, () => random.int(0, 90))
  const descriptors = Float32Array.from({ length: count * 4 }, (_, at) =>
    at % 4 === 0 ? (years[at / 4] ?? 0) / 100 + 0.05 * random.normal() : random.normal(),
  )
  const labels = new Map([['age' as const, Int32Array.from(years, indexOfYears)]])
  const faces = { descriptors, dimensions: 4, labels, years }
  const options = { bins, penalty: 0.1, onStep }
  const ofBins = answer(fitHead(faces, { task: 'age', classes: bins }, options), descriptors, bins)
  const ofYears = answer(
    fitHead(faces, { task: 'age', classes: 101, readOut: 'expected-years' }, options),
    descriptors,
    101,
  )

  it('gives each bin what a head of bins gives it', () => {
    ofYears.forEach((probabilities, at) => {
      const sums = new Float64Array(bins)
      probabilities.forEach((share, year) => {
        const bin = indexOfYears(year)
        sums[bin] = (sums[bin] ?? 0) + share
      })
      ofBins[at]?.forEach((share, bin) => expect(sums[bin]).toBeCloseTo(share, 5))
    })
  })

  it('is nearer to the years than the mean age is', () => {
    const mean = years.reduce((sum, age) => sum + age, 0) / count
    const off = (guess: (at: number) => number) =>
      years.reduce((sum, age, at) => sum + Math.abs(guess(at) - age), 0) / count
    const expectation = (at: number) =>
      (ofYears[at] ?? []).reduce((sum, share, year) => sum + share * year, 0)
    expect(off(expectation)).toBeLessThan(0.6 * off(() => mean))
  })
})

it('stops where it is told to', () => {
  const faces = {
    descriptors: new Float32Array([0, 1, 2, 3]),
    dimensions: 1,
    labels: new Map([['gender' as const, Int32Array.of(0, 1, 0, 1)]]),
    years: new Float32Array(4).fill(-1),
  }
  const stop = (): never => {
    throw new Error('Enough')
  }
  expect(() => fitHead(faces, { task: 'gender', classes: 2 }, { bins, penalty: 1, onStep: stop })).toThrow(
    'Enough',
  )
})
