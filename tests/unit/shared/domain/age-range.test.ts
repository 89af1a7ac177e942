import { expect, it } from 'vitest'
import { countYearsApart } from '#shared/domain/age-range.ts'

const years = (ageYears: number) => ({ ageYears, ageBin: null })
const bin = (ageBin: string | null) => ({ ageYears: null, ageBin })

it('tells how far apart two ages are as labelled', () => {
  expect(countYearsApart(years(31), years(20))).toEqual({ low: 11, high: 11 })
  expect(countYearsApart(bin('20-29'), bin('50-59'))).toEqual({ low: 21, high: 39 })
  expect(countYearsApart(bin('20-29'), years(25))).toEqual({ low: 0, high: 5 })
  expect(countYearsApart(bin('3-9'), bin('70+'))).toEqual({ low: 61, high: 117 })
  expect(countYearsApart(bin(null), years(25))).toBeNull()
})
