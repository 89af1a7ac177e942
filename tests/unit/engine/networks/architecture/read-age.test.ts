import { describe, expect, it } from 'vitest'
import { countAgeNumbers, readAge } from '#engine/networks/architecture/read-age.ts'
import { findAgeReadOut, indexOfYears } from '#shared/domain/age-read-out.ts'
import { ageBinLabels } from '#shared/domain/label-schemes.ts'

describe('an age answer', () => {
  it('of a head of bins is the most probable bin, and gives no years', () => {
    const answer = readAge([0, 0, 3, 0, 0, 0, 0, 0, 0], 'class')
    expect([answer.bin, answer.years]).toEqual([2, null])
    expect(answer.probabilities?.[2]).toBeCloseTo(Math.exp(3) / (Math.exp(3) + 8), 12)
  })

  it('of a head of years is the number itself, also below 0 and above 100, and the bin it falls into', () => {
    expect(readAge([29.75], 'years')).toEqual({ bin: 3, years: 29.75, probabilities: null })
    expect(readAge([-2.5], 'years')).toEqual({ bin: 0, years: -2.5, probabilities: null })
    expect(readAge([117], 'years')).toEqual({ bin: 8, years: 117, probabilities: null })
  })

  it('of a head over years is their expectation; a bin sums its years', () => {
    const logits = new Float32Array(101).fill(-1000)
    logits[9] = 0
    logits[11] = 0
    expect(readAge(logits, 'expected-years')).toEqual({
      bin: 2,
      years: 10,
      probabilities: [0, 0.5, 0.5, 0, 0, 0, 0, 0, 0],
    })
    const level = readAge(new Float32Array(101), 'expected-years')
    expect(level.years).toBeCloseTo(50, 10)
    expect(level.probabilities?.map((probability) => Math.round(probability * 101))).toEqual([
      3, 7, 10, 10, 10, 10, 10, 10, 31,
    ])
  })

  it('is refused where a broken model gives no number', () => {
    expect(() => readAge([Number.NaN], 'years')).toThrow('NaN is no age')
  })

  it('comes from as many numbers as the read-out has', () => {
    expect((['class', 'years', 'expected-years'] as const).map(countAgeNumbers)).toEqual([9, 1, 101])
  })
})

describe('the bin of predicted years', () => {
  it('holds them from its first year to just before the next bin', () => {
    const binOf = (years: number) => ageBinLabels[indexOfYears(years)]
    expect([-0.1, 0, 2.99, 3, 69.99, 70, 250].map(binOf)).toEqual([
      '0-2',
      '0-2',
      '0-2',
      '3-9',
      '60-69',
      '70+',
      '70+',
    ])
  })
})

describe('the read-out of a run', () => {
  it('follows from what it was told about the age', () => {
    expect(findAgeReadOut({ target: 'bins' })).toBe('class')
    const years = { target: 'years', loss: 'l1', huberDelta: 5 } as const
    expect(findAgeReadOut({ ...years, readOut: 'expected-years' })).toBe('expected-years')
  })
})
