/** Every loss and its gradient in the graph's float32, against central differences of a float64 definition. */
import { describe, expect, it } from 'vitest'
import {
  expectYears,
  measureCrossEntropy,
  measureYearsLoss,
  weighByUncertainty,
} from '#engine/networks/gradients/onnx/head-losses.ts'
import * as reference from '#tests/fixtures/reference-operators.ts'
import { differentiateNumerically, drawValues, measureError, runGraph } from './run-graph.ts'

const tolerance = 2e-5
const batch = 6
const labelSets = [
  ['every item labelled', [0, 1, 2, 3, 1, 0]],
  ['some labels missing', [-1, 2, -1, 0, 3, -1]],
  ['a single label', [-1, -1, -1, -1, 2, -1]],
] as const

describe('cross-entropy against rows of targets', () => {
  const classes = 4
  const logits = drawValues(batch * classes, 41)
  const matrices = {
    plain: {
      targets: Array.from({ length: 16 }, (_, index) => Number(index % 5 === 0)),
      weights: [1, 1, 1, 1],
    },
    'class weights': {
      targets: [2, 0, 0, 0, 0, 0.5, 0, 0, 0, 0, 0.25, 0, 0, 0, 0, 1.5],
      weights: [2, 0.5, 0.25, 1.5],
    },
    'soft rows': {
      targets: drawValues(16, 42).map((value) => Math.fround(Math.abs(value))),
      weights: [1, 1, 1, 1],
    },
    'rows and weights that have nothing to do with each other': {
      targets: drawValues(16, 43).map((value) => Math.fround(Math.abs(value))),
      weights: [0.125, 3, 0.5, 2],
    },
  }
  const run = (
    labels: readonly number[],
    loss: { targets: readonly number[]; weights: readonly number[] },
  ): Promise<Record<'loss' | 'gradient' | 'isLabelled', number[]>> =>
    runGraph(
      {
        logits: { shape: [batch, classes], values: logits },
        labels: { shape: [batch], values: labels, type: 'int32' },
      },
      (builder) => {
        const head = measureCrossEntropy(builder, 'logits', {
          labels: 'labels',
          batch,
          classes,
          loss: {
            kind: 'cross-entropy',
            targets: Float32Array.from(loss.targets),
            weights: Float32Array.from(loss.weights),
          },
        })
        return {
          loss: [head.loss, []],
          gradient: [head.gradient, [batch, classes]],
          isLabelled: [head.isLabelled, []],
        }
      },
    )

  describe.each(Object.entries(matrices))('%s', (_, matrix) => {
    it.each(labelSets)('%s: loss and gradient', async (__, labels) => {
      const results = await run(labels, matrix)
      const measure = (values: readonly number[]) => [reference.targetEntropy(values, labels, matrix)]
      expect(measureError(results.loss, measure(logits))).toBeLessThan(tolerance)
      expect(measureError(results.gradient, differentiateNumerically(measure, logits, [1]))).toBeLessThan(
        tolerance,
      )
      expect(results.isLabelled).toEqual([1])
    })
  })

  it.each([
    ['no label at all', [-1, -1, -1, -1, -1, -1]],
    ['labels that all weigh nothing', [2, -1, 2, 2, -1, 2]],
  ])('%s: costs 0 and teaches nothing', async (_, labels) => {
    const results = await run(labels, { ...matrices['soft rows'], weights: [1, 1, 0, 1] })
    expect(results.loss.map(Math.abs)).toEqual([0])
    expect(results.gradient.every((value) => value === 0)).toBe(true)
    expect(results.isLabelled).toEqual([0])
  })
})

const yearsLosses = [
  ['L1', { kind: 'l1' }, Math.abs],
  ['L2', { kind: 'l2' }, (d: number) => d * d],
  [
    'Huber',
    { kind: 'huber', delta: 5 },
    (d: number) => (Math.abs(d) <= 5 ? (d * d) / 2 : 5 * (Math.abs(d) - 2.5)),
  ],
] as const
const yearSets = [
  ['every age known', [31, 0, 64.5, 12, 90, 45]],
  ['some ages missing', [-1, 30, -1, 2.25, -1, 77]],
] as const

describe.each(yearsLosses)('%s in years', (_, loss, each) => {
  const close = drawValues(batch, 44).map((value) => Math.fround(30 + 20 * value))

  it.each(yearSets)('of one number, %s: loss and gradient', async (__, years) => {
    const results = await runGraph(
      { ages: { shape: [batch, 1], values: close }, years: { shape: [batch], values: years } },
      (builder) => {
        const measured = measureYearsLoss(builder, 'ages', { years: 'years', batch, loss })
        return { loss: [measured.loss, []], gradient: [measured.gradient, [batch, 1]] }
      },
    )
    const measure = (values: readonly number[]) => [reference.yearsLoss(values, years, each)]
    expect(measureError(results.loss, measure(close))).toBeLessThan(tolerance)
    expect(measureError(results.gradient, differentiateNumerically(measure, close, [1]))).toBeLessThan(
      tolerance,
    )
  })

  it.each(yearSets)('of the expectation over years, %s: loss and gradient', async (__, years) => {
    const classes = 101
    const logits = drawValues(batch * classes, 45)
    const results = await runGraph(
      { logits: { shape: [batch, classes], values: logits }, years: { shape: [batch], values: years } },
      (builder) => {
        const { ages, differentiate } = expectYears(builder, 'logits', classes)
        const measured = measureYearsLoss(builder, ages, { years: 'years', batch, loss })
        return {
          ages: [ages, [batch, 1]],
          loss: [measured.loss, []],
          gradient: [differentiate(measured.gradient), [batch, classes]],
        }
      },
    )
    const measure = (values: readonly number[]) => [
      reference.yearsLoss(reference.expectedYears(values, classes), years, each),
    ]
    expect(measureError(results.ages, reference.expectedYears(logits, classes))).toBeLessThan(tolerance)
    expect(measureError(results.loss, measure(logits))).toBeLessThan(tolerance)
    expect(measureError(results.gradient, differentiateNumerically(measure, logits, [1]))).toBeLessThan(
      tolerance,
    )
  })

  it('without any age costs 0 and teaches nothing', async () => {
    const years = Array.from({ length: batch }, () => -1)
    const results = await runGraph(
      { ages: { shape: [batch, 1], values: close }, years: { shape: [batch], values: years } },
      (builder) => {
        const measured = measureYearsLoss(builder, 'ages', { years: 'years', batch, loss })
        return { loss: [measured.loss, []], gradient: [measured.gradient, [batch, 1]] }
      },
    )
    expect([...results.loss, ...results.gradient].every((value) => value === 0)).toBe(true)
  })
})

describe('learned uncertainty', () => {
  const run = (isLabelled: number, isClassified: boolean) =>
    runGraph(
      {
        loss: { shape: [], values: [isLabelled * 1.75] },
        isLabelled: { shape: [], values: [isLabelled] },
        s: { shape: [], values: [0.625] },
      },
      (builder) => {
        const parts = { loss: 'loss', isLabelled: 'isLabelled' }
        const weighted = weighByUncertainty(builder, parts, { logVariance: 's', isClassified })
        return {
          factor: [weighted.factor, []],
          share: [weighted.share, []],
          gradient: [weighted.logVarianceGradient, []],
        }
      },
    )

  it.each([
    ['a cross-entropy', true, 1],
    ['a loss in years', false, 0.5],
  ])('%s: factor, share and gradient', async (_, isClassified, half) => {
    const results = await run(1, isClassified)
    const share = (s: readonly number[]) => s.map((value) => half * Math.exp(-value) * 1.75 + value / 2)
    expect(measureError(results.factor, [half * Math.exp(-0.625)])).toBeLessThan(tolerance)
    expect(measureError(results.share, share([0.625]))).toBeLessThan(tolerance)
    expect(measureError(results.gradient, differentiateNumerically(share, [0.625], [1]))).toBeLessThan(
      tolerance,
    )
  })

  it('a task without labels adds nothing and keeps its variance', async () => {
    const { share, gradient } = await run(0, true)
    expect([...share, ...gradient]).toEqual([0, 0])
  })
})
