import { describe, expect, it } from 'vitest'
import { describeScores, nameAnswer, shortenAnswer } from '#renderer/features/evaluate/evaluate-view.ts'
import { describeYears, yearsOfGrouping } from '#renderer/features/evaluate/years-view.ts'
import type { YearsEvaluation } from '#shared/contract/evaluation.contract.ts'
import { formatAge, formatYears } from '#shared/domain/format.ts'
import { makeTaskEvaluation } from '#tests/component/factories.ts'

const estimate = (value: number) => ({ value, low: value - 0.5, high: value + 0.5, n: 1200 })
const nothing = { value: null, low: null, high: null, n: 12 }
const years: YearsEvaluation = {
  meanAbsoluteError: estimate(5.214),
  medianAbsoluteError: estimate(4),
  rootMeanSquareError: estimate(7),
  bias: estimate(0.25),
  within5: { value: 0.62, low: 0.6, high: 0.64, n: 1200 },
  errorSlope: { value: -0.21, low: -0.24, high: -0.18, n: 1200 },
  byGroup: [
    { grouping: 'race', group: 'White', meanAbsoluteError: estimate(5), bias: estimate(0) },
    { grouping: 'age', group: '0-2', meanAbsoluteError: nothing, bias: nothing },
  ],
  binAlone: 3,
}

describe('errors in years', () => {
  it('are words with an interval and n each, and say how many images are left out', () => {
    expect(describeYears(years).map(({ term, value }) => `${term}: ${value}`)).toEqual([
      'Mean absolute error: 5.21 years (4.71-5.71), n = 1,200',
      'Median absolute error: 4.00 years (3.50-4.50), n = 1,200',
      'Root mean square error: 7.00 years (6.50-7.50), n = 1,200',
      'Bias: +0.25 years (-0.25 to +0.75), n = 1,200',
      'At most 5 years off: 62.0% (60.0-64.0), n = 1,200',
      'Bias per 10 years of age: -2.10 years (-2.40 to -1.80), n = 1,200',
      'Left out: 3 images with an age bin but no years',
    ])
  })

  it('stand by one grouping at a time', () => {
    expect(yearsOfGrouping(years, 'age').map(({ group }) => group)).toEqual(['0-2'])
  })

  it('are not estimated where nothing was', () => {
    expect(formatYears(nothing)).toBe('not estimated, n = 12')
    expect(formatYears({ ...estimate(3), low: null, high: null })).toBe('3.00 years, n = 1,200')
  })
})

describe('the scores beside an accuracy', () => {
  it('leave out what a task or an older evaluation lacks', () => {
    const older = makeTaskEvaluation({ balancedAccuracy: null, macroF1: null })
    expect(describeScores(older)).toEqual([])
    const age = makeTaskEvaluation({ oneOff: { value: 0.9, low: 0.88, high: 0.92, n: 260 } })
    expect(describeScores(age).map(({ term }) => term)).toEqual([
      'Balanced accuracy',
      'Macro-F1',
      'At most one bin off',
    ])
  })
})

describe('an answer behind a confusion cell', () => {
  it('is its probability, or the predicted beside the labelled age', () => {
    const sure = { probability: 0.91, years: null, labelledYears: null }
    expect([nameAnswer(sure), shortenAnswer(sure)]).toEqual(['probability 91.0%', '91.0%'])
    const aged = { probability: 0.4, years: 34.24, labelledYears: 30 }
    expect([nameAnswer(aged), shortenAnswer(aged)]).toEqual([
      'predicted 34.2 years, labelled 30',
      '34.2 / 30',
    ])
    const binAlone = { ...aged, labelledYears: null }
    expect([nameAnswer(binAlone), shortenAnswer(binAlone)]).toEqual(['predicted 34.2 years', '34.2 / –'])
  })
})

describe('an age in words', () => {
  it('is cut, so that it never seems to stand outside its bin', () => {
    expect([formatAge(29.97, '20-29'), formatAge(-0.04, '0-2'), formatAge(34, '30-39')]).toEqual([
      '29.9 years (20-29)',
      '-0.1 years (0-2)',
      '34.0 years (30-39)',
    ])
  })
})
