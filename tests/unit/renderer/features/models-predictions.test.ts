import { describe, expect, it } from 'vitest'
import { describeHeads, describeYearsError, isFaithful } from '#renderer/features/models/models-view.ts'
import { describeFace, placeBox } from '#renderer/features/predict/predict-view.ts'
import { ageReadOuts } from '#shared/domain/age-read-out.ts'
import { describeParity } from '#shared/derived/describe-model.ts'
import { ageBinLabels } from '#shared/domain/label-schemes.ts'
import { makeModel } from '#tests/component/factories.ts'

describe('models and predictions', () => {
  it('call an export faithful only with images behind it and within the tolerance', () => {
    const parity = { images: 256, maxAbsDifference: 2.4e-6, maxAbsYearsDifference: null, agreement: 1 }
    expect(describeParity(parity)).toBe(
      'largest difference of logits 2.4e-6, 100.0% equal answers on 256 images',
    )
    const inYears = { ...parity, maxAbsYearsDifference: 0.02 }
    expect(describeParity(inYears)).toContain('logits 2.4e-6, of years 2.0e-2, 100.0%')
    expect(isFaithful(inYears)).toBe(false)
    expect([isFaithful(parity), isFaithful({ ...parity, images: 0 })]).toEqual([true, false])
    expect(isFaithful({ ...parity, maxAbsDifference: 2e-3 })).toBe(false)
    expect(describeHeads(makeModel())).toBe('race 2, gender 2')
    const labels = { age: [...ageBinLabels], gender: null, race: null }
    expect(ageReadOuts.map((ageReadOut) => describeHeads(makeModel({ labels, ageReadOut })))).toEqual([
      'age 9 bins',
      'age in years',
      'age in years, expected over 0 to 100',
    ])
  })

  it('order race by probability and keep the order of ages', () => {
    const bars = describeFace({
      box: { x: 0, y: 0, width: 10, height: 10 },
      race: { label: 'Indian', probabilities: { White: 0.3, Indian: 0.7 } },
      gender: null,
      age: { label: '3-9', probabilities: { '0-2': 0.1, '3-9': 0.9 }, years: 5.25 },
    })
    expect(bars.map(({ answer, bars: rows }) => [answer, rows.map(({ label }) => label)])).toEqual([
      ['Indian', ['Indian', 'White']],
      ['5.2 years (3-9)', ['0-2', '3-9']],
    ])
  })

  it('show years alone where the model gives no probabilities, cut so that they stay in their bin', () => {
    const [age] = describeFace({
      box: { x: 0, y: 0, width: 10, height: 10 },
      race: null,
      gender: null,
      age: { label: '20-29', probabilities: null, years: 29.97 },
    })
    expect([age?.answer, age?.bars]).toEqual(['29.9 years (20-29)', []])
  })

  it('place a face box in percent of the image', () => {
    expect(placeBox({ x: 10, y: 20, width: 30, height: 40 }, { width: 100, height: 200 })).toEqual({
      left: '10.000%',
      top: '10.000%',
      width: '30.000%',
      height: '20.000%',
    })
  })
})

describe('the validation error in years', () => {
  it('stands beside the accuracy where the run measured one, with its n', () => {
    expect(describeYearsError(null)).toEqual([])
    expect(describeYearsError({ n: 1200, mae: 5.214, rmse: 7, bias: -0.2 })).toEqual([
      { term: 'Age in years, validation', value: 'mean absolute error 5.21 years, n = 1,200' },
    ])
  })
})
