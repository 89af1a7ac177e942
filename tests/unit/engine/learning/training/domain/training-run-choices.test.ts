import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { applyAgeCap, noteAgeCap } from '#engine/learning/training/domain/age-cap.ts'
import {
  buildHeadLoss,
  countClasses,
  weighClasses,
  yearClasses,
} from '#engine/learning/training/domain/head-loss.ts'
import { weighDynamically } from '#engine/learning/training/domain/loss-weights.ts'
import {
  countEpochImages,
  noteSampling,
  orderEpoch,
  planSampling,
  sampleOnce,
  type LabelWords,
} from '#engine/learning/training/domain/sampling.ts'
import type { HeadLoss } from '#engine/networks/architecture/training-engine.ts'

const numbers = z.array(z.number())
const weightKinds = z.enum(['none', 'balanced', 'inverse-sqrt'])
const golden = z
  .object({
    classes: z.int(),
    logits: numbers,
    labels: numbers,
    counts: numbers,
    balanced: numbers,
    inverseSqrt: numbers,
    plain: z.array(z.object({ classWeights: weightKinds, labelSmoothing: z.number(), loss: z.number() })),
    spread: z.array(
      z.object({
        labels: z.enum(['soft', 'ordinal']),
        softness: z.number(),
        labelSmoothing: z.number(),
        loss: z.number(),
      }),
    ),
  })
  .parse(
    JSON.parse(
      readFileSync(new URL('../../../../../oracles/golden/head-losses.json', import.meta.url), 'utf8'),
    ),
  )

/** The loss as the engines compute it from the two tables. */
function computeLoss(loss: HeadLoss): number {
  if (loss.kind !== 'cross-entropy') throw new Error('not a cross-entropy')
  const { classes, logits, labels } = golden
  let [sum, weight] = [0, 0]
  labels.forEach((label, item) => {
    const row = logits.slice(item * classes, (item + 1) * classes)
    const logTotal = Math.log(row.reduce((total, logit) => total + Math.exp(logit), 0))
    row.forEach((logit, index) => (sum += (loss.targets[label * classes + index] ?? 0) * (logTotal - logit)))
    weight += loss.weights[label] ?? 0
  })
  return sum / weight
}

const bins = { target: 'bins', labels: 'plain', softness: 0.5 } as const
const plainConfig = { age: bins, classWeights: 'none', labelSmoothing: 0 } as const

describe('the loss of a head', () => {
  it.each(golden.plain)(
    'with class weights $classWeights and smoothing $labelSmoothing is PyTorch’s',
    ({ loss, ...choices }) => {
      const made = buildHeadLoss({
        task: 'race',
        counts: golden.counts,
        config: { ...plainConfig, ...choices },
      })
      expect(Math.abs(computeLoss(made) / loss - 1)).toBeLessThan(1e-6)
    },
  )

  it.each(golden.spread)(
    'with $labels labels of $softness and smoothing $labelSmoothing is PyTorch’s with those shares',
    ({ labels, softness, labelSmoothing, loss }) => {
      const config = { ...plainConfig, age: { target: 'bins', labels, softness }, labelSmoothing } as const
      const made = buildHeadLoss({ task: 'age', counts: golden.counts, config })
      expect(Math.abs(computeLoss(made) / loss - 1)).toBeLessThan(1e-6)
    },
  )

  it('weights classes as scikit-learn does, and a class without images not at all', () => {
    const weigh = (kind: 'balanced' | 'inverse-sqrt') => [...weighClasses(golden.counts, kind)]
    weigh('balanced').forEach((weight, index) => expect(weight).toBeCloseTo(golden.balanced[index] ?? NaN))
    weigh('inverse-sqrt').forEach((weight, index) =>
      expect(weight).toBeCloseTo(golden.inverseSqrt[index] ?? NaN),
    )
    expect(weigh('balanced')[7]).toBe(0)
    expect(weigh('inverse-sqrt')[7]).toBe(0)
  })

  it('holds finite numbers alone, whatever the classes’ counts', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(50), { minLength: 9, maxLength: 9 }),
        fc.constantFrom('none', 'balanced', 'inverse-sqrt'),
        fc.constantFrom('plain', 'soft', 'ordinal'),
        fc.double({ min: 0, max: 0.9, noNaN: true }),
        (counts, classWeights, labels, labelSmoothing) => {
          const age = { target: 'bins', labels, softness: 0.5 } as const
          const loss = buildHeadLoss({ task: 'age', counts, config: { age, classWeights, labelSmoothing } })
          if (loss.kind !== 'cross-entropy') throw new Error('not a cross-entropy')
          expect([...loss.targets, ...loss.weights].every(Number.isFinite)).toBe(true)
          const rows = Array.from(loss.weights, (weight, label) => ({
            isUnused: weight === 0,
            sum: loss.targets.subarray(label * 9, (label + 1) * 9).reduce((sum, share) => sum + share, 0),
          }))
          expect(rows.every(({ isUnused, sum }) => isUnused === (sum === 0))).toBe(true)
        },
      ),
    )
  })

  it('weighs a neighbour of the labelled age more than a distant one', () => {
    for (const labels of ['soft', 'ordinal'] as const) {
      const config = { ...plainConfig, age: { target: 'bins', labels, softness: 1 } } as const
      const loss = buildHeadLoss({ task: 'age', counts: golden.counts, config })
      if (loss.kind !== 'cross-entropy') throw new Error('not a cross-entropy')
      const row = [...loss.targets.subarray(4 * 9, 5 * 9)]
      expect(row.slice(0, 5)).toEqual(row.slice(0, 5).toSorted((a, b) => a - b))
      expect(row.slice(4)).toEqual(row.slice(4).toSorted((a, b) => b - a))
    }
  })

  it('of age in years is the one that was asked for; only years have it', () => {
    const years = { target: 'years', readOut: 'expected-years', loss: 'huber', huberDelta: 3 } as const
    const build = (task: 'age' | 'gender', loss: 'l1' | 'l2' | 'huber' | 'cross-entropy') => {
      const config = { ...plainConfig, age: { ...years, loss } }
      return buildHeadLoss({ task, counts: [5, 5], config })
    }
    expect(build('age', 'l1')).toEqual({ kind: 'l1' })
    expect(build('age', 'l2')).toEqual({ kind: 'l2' })
    expect(build('age', 'huber')).toEqual({ kind: 'huber', delta: 3 })
    const whole = build('age', 'cross-entropy')
    if (whole.kind !== 'cross-entropy') throw new Error('not a cross-entropy')
    expect(whole.weights).toHaveLength(yearClasses)
    expect(whole.targets[42 * yearClasses + 42]).toBe(1)
    expect(whole.targets.reduce((sum, target) => sum + target, 0)).toBe(yearClasses)
    expect(build('gender', 'l1')).toEqual({
      kind: 'cross-entropy',
      targets: Float32Array.of(1, 0, 0, 1),
      weights: Float32Array.of(1, 1),
    })
  })

  it('counts the images of each class, missing labels for none', () => {
    expect(countClasses(Int32Array.of(0, 2, -1, 2), 4)).toEqual([1, 0, 2, 0])
  })
})

describe('dynamic weight averaging', () => {
  const tasks = ['age', 'gender', 'race'] as const
  const temperature = 2

  it('weighs all tasks alike until two epochs are known', () => {
    const ones = new Map(tasks.map((task) => [task, 1]))
    expect(weighDynamically([], { tasks, temperature })).toEqual(ones)
    expect(weighDynamically([{ age: 2, gender: 1, race: 1 }], { tasks, temperature })).toEqual(ones)
  })

  it('gives K times the softmax of the last two epochs’ ratios', () => {
    const history = [
      { age: 9, gender: 9, race: 9 },
      { age: 2, gender: 0.7, race: 1.6 },
      { age: 1.9, gender: 0.35, race: 1.2 },
    ]
    const ratios = [1.9 / 2, 0.5, 0.75].map((ratio) => Math.exp(ratio / temperature))
    const total = ratios.reduce((sum, ratio) => sum + ratio, 0)
    const weights = [...weighDynamically(history, { tasks, temperature }).values()]
    weights.forEach((weight, index) => expect(weight).toBeCloseTo((3 * (ratios[index] ?? 0)) / total, 12))
  })

  it('takes a task without losses, or one that has reached 0, for unchanged', () => {
    const history = [
      { age: 0, gender: null, race: 2 },
      { age: 0, gender: null, race: 2 },
    ]
    for (const weight of weighDynamically(history, { tasks, temperature }).values()) {
      expect(weight).toBeCloseTo(1, 12)
    }
  })
})

describe('the age cap', () => {
  const image = (ageYears: number | null, ageBin: string | null) => ({ ageYears, ageBin })

  it('goes by exact years where they are known, else by bins that lie wholly above it; unknown ages stay', () => {
    const images = [
      image(85, '70+'),
      image(85.5, '70+'),
      image(86, '70+'),
      image(null, '70+'),
      image(null, null),
      image(3, '3-9'),
    ]
    expect(applyAgeCap(images, 85)).toEqual({
      kept: images.filter((_, index) => index !== 2),
      leftOut: 1,
    })
    expect(applyAgeCap(images, 69).kept).toEqual([images[4], images[5]])
    expect(applyAgeCap(images, 70).kept).toEqual([images[3], images[4], images[5]])
    expect(applyAgeCap(images, null)).toEqual({ kept: images, leftOut: 0 })
  })

  it('says how many it leaves out', () => {
    expect(noteAgeCap(85, { train: 12, validation: 1 })).toEqual([
      'People above 85 years are left out: 12 training and 1 validation images.',
    ])
    expect(noteAgeCap(null, { train: 0, validation: 0 })).toEqual([])
  })
})

const labels = fc.record({
  age: fc.constantFrom('0-2', '20-29', null),
  gender: fc.constantFrom('Male', 'Female', null),
  race: fc.constantFrom('White', 'Black', 'Indian', null),
})
const images = fc.array(labels, { minLength: 1, maxLength: 60 })
const shuffle = { kind: 'shuffle', by: 'cell' } as const
const count = (order: Iterable<number>): Map<number, number> => {
  const counts = new Map<number, number>()
  for (const index of order) counts.set(index, (counts.get(index) ?? 0) + 1)
  return counts
}

describe('an epoch', () => {
  it('takes every image once by default', () => {
    fc.assert(
      fc.property(images, fc.nat(), fc.integer({ min: 1, max: 50 }), (all, seed, epoch) => {
        const sampling = planSampling(all, { sampler: shuffle, oversampling: [] })
        expect(sampling).toEqual(sampleOnce(all.length))
        const order = orderEpoch(sampling, { seed, epoch })
        expect([...order].toSorted((a, b) => a - b)).toEqual([...all.keys()])
      }),
    )
  })

  it('has the same length every time, and oversampled images as often as their factor says', () => {
    fc.assert(
      fc.property(images, fc.nat(), fc.double({ min: 1, max: 4, noNaN: true }), (all, seed, factor) => {
        const oversampling = [{ task: 'race', label: 'Indian', factor } as const]
        const sampling = planSampling(all, { sampler: shuffle, oversampling })
        const isChosen = (index: number) => all[index]?.race === 'Indian'
        const chosen = all.filter((_, index) => isChosen(index)).length
        for (const epoch of [1, 2]) {
          const order = orderEpoch(sampling, { seed, epoch })
          expect(order).toHaveLength(countEpochImages(sampling))
          expect(order.filter((index) => isChosen(index)).length).toBe(
            chosen * Math.floor(factor) + Math.round(chosen * (factor - Math.floor(factor))),
          )
          for (const [index, times] of count(order)) {
            expect(times).toBeGreaterThanOrEqual(isChosen(index) ? Math.floor(factor) : 1)
            expect(times).toBeLessThanOrEqual(isChosen(index) ? Math.ceil(factor) : 1)
          }
        }
      }),
    )
  })

  it('multiplies the factors of an image in two oversampled classes', () => {
    const words: LabelWords[] = [
      { age: null, gender: 'Female', race: 'Indian' },
      { age: null, gender: 'Male', race: 'Indian' },
    ]
    const oversampling = [
      { task: 'race', label: 'Indian', factor: 2 } as const,
      { task: 'gender', label: 'Female', factor: 1.5 } as const,
    ]
    expect([...planSampling(words, { sampler: shuffle, oversampling }).weights]).toEqual([3, 2])
  })

  it.each(['balanced', 'inverse-sqrt'] as const)('draws cells by %s shares', (kind) => {
    // 400, 100 and 25 images, the last without a label.
    const words = [
      ...Array.from({ length: 400 }, () => 'White'),
      ...Array.from({ length: 100 }, () => 'Black'),
      ...Array.from({ length: 25 }, () => null),
    ].map((race) => ({ age: null, gender: null, race }))
    const sampling = planSampling(words, { sampler: { kind, by: 'race' }, oversampling: [] })
    const drawn = new Map<string | null, number>()
    for (let epoch = 1; epoch <= 40; epoch++) {
      const order = orderEpoch(sampling, { seed: 3, epoch })
      expect(order).toHaveLength(525)
      for (const index of order) {
        const race = words[index]?.race ?? null
        drawn.set(race, (drawn.get(race) ?? 0) + 1)
      }
    }
    const expected = kind === 'balanced' ? [1 / 3, 1 / 3, 1 / 3] : [20 / 35, 10 / 35, 5 / 35]
    ;['White', 'Black', null].forEach((race, at) => {
      expect(Math.abs((drawn.get(race) ?? 0) / (40 * 525) - (expected[at] ?? 0))).toBeLessThan(0.015)
    })
  })

  it('is drawn by cells of all three labels, or by one of them', () => {
    const words = [
      { age: '0-2', gender: 'Male', race: 'White' },
      { age: '0-2', gender: 'Female', race: 'White' },
      { age: '0-2', gender: 'Female', race: 'White' },
    ]
    const weigh = (by: 'cell' | 'age' | 'gender' | 'race') => [
      ...planSampling(words, { sampler: { kind: 'balanced', by }, oversampling: [] }).weights,
    ]
    expect(weigh('cell')).toEqual([1, 1 / 2, 1 / 2])
    expect(weigh('gender')).toEqual([1, 1 / 2, 1 / 2])
    expect(weigh('race')).toEqual([1 / 3, 1 / 3, 1 / 3])
  })

  it('is the same for the same seed and epoch, and another for any other', () => {
    const words = Array.from({ length: 100 }, (_, at) => ({
      age: null,
      gender: null,
      race: String(at % 7),
    }))
    const oversampling = [{ task: 'race', label: '3', factor: 1.5 } as const]
    for (const kind of ['shuffle', 'balanced', 'inverse-sqrt'] as const) {
      const sampling = planSampling(words, { sampler: { kind, by: 'race' }, oversampling })
      const order = orderEpoch(sampling, { seed: 7, epoch: 3 })
      expect(orderEpoch(sampling, { seed: 7, epoch: 3 })).toEqual(order)
      expect(orderEpoch(sampling, { seed: 7, epoch: 4 })).not.toEqual(order)
      expect(orderEpoch(sampling, { seed: 8, epoch: 3 })).not.toEqual(order)
    }
  })

  it('says what is drawn, and names what there is nothing of', () => {
    const words = [{ age: null, gender: null, race: 'White' }]
    const oversampling = [
      { task: 'race', label: 'White', factor: 2 } as const,
      { task: 'race', label: 'Indian', factor: 2 } as const,
    ]
    expect(noteSampling(words, { sampler: { kind: 'balanced', by: 'race' }, oversampling })).toEqual([
      'Images labelled White (race) are drawn 2 times as often: 1 of 1.',
      'No training image is labelled Indian (race): there is nothing to oversample.',
      'Each epoch draws 1 images with replacement, 1 cells in equal shares: rare images come again and again, others not at all.',
    ])
    expect(noteSampling(words, { sampler: shuffle, oversampling: [] })).toEqual([])
  })
})
