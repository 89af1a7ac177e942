import { describe, expect, it } from 'vitest'
import { rateFlags } from '#engine/curation/checks/flag-rates.ts'
import { exceedChiSquare } from '#engine/curation/checks/test-groups.ts'
import { describeGroupRates, differByGroup } from '#shared/domain/describe-group-rates.ts'

const cell = (race: string | null, flagged: number, n: number) => ({
  race,
  gender: null,
  ageBin: null,
  flagged,
  n,
})
const rateRaces = (...cells: readonly ReturnType<typeof cell>[]) => {
  const { race, tests } = rateFlags(cells)
  return { rates: race, test: tests.race }
}

describe('the share of the chi-square distribution above a value', () => {
  it.each([
    // Tabled critical values, and where the degrees are even the closed form e^(-x/2) sum (x/2)^k / k!.
    [3.841458820694124, 1, 0.05],
    [15.50731305586545, 8, 0.05],
    [10.82756617004926, 1, 0.001],
    [100, 6, Math.exp(-50) * (1 + 50 + 1250)],
    [0.5, 4, Math.exp(-0.25) * 1.25],
    [0, 3, 1],
  ])('%f with %i degrees', (value, degrees, share) => {
    expect(exceedChiSquare(value, degrees) / share).toBeCloseTo(1, 9)
  })
})

describe('whether a check flags groups alike', () => {
  it('is tested as Pearson does', () => {
    // 20 of 100 and 10 of 100: 200 (20 x 90 - 80 x 10)^2 / (100 x 100 x 30 x 170).
    const { test } = rateRaces(cell('Asian', 20, 100), cell('White', 10, 100))
    expect(test).toMatchObject({ degrees: 1, n: 200, pooled: [] })
    expect(test?.chiSquare).toBeCloseTo(3.9216, 4)
    expect(test?.p).toBeCloseTo(0.0477, 4)
  })

  it('leaves out images without the label', () => {
    const known = [cell('Asian', 40, 100), cell('White', 10, 100)]
    expect(rateRaces(...known, cell(null, 0, 1000)).test).toEqual(rateRaces(...known).test)
  })

  it('takes groups together that are too small to stand alone, and says which', () => {
    const { test } = rateRaces(
      cell('Asian', 40, 400),
      cell('White', 40, 400),
      cell('Black', 3, 30),
      cell('Indian', 1, 30),
    )
    expect(test).toMatchObject({ degrees: 2, n: 860, pooled: expect.arrayContaining(['Black', 'Indian']) })
  })

  it('is not told from a handful of flags, nor from one group, nor where all or none are flagged', () => {
    expect(rateRaces(cell('Asian', 4, 100), cell('White', 0, 100)).test).toBeNull()
    expect(rateRaces(cell('Asian', 40, 100)).test).toBeNull()
    expect(rateRaces(cell('Asian', 0, 100), cell('White', 0, 100)).test).toBeNull()
    expect(rateRaces(cell('Asian', 100, 100), cell('White', 100, 100)).test).toBeNull()
  })

  it('is said in words with the groups at both ends', () => {
    const uneven = rateRaces(cell('Asian', 60, 300), cell('Black', 30, 300), cell('White', 15, 300))
    expect(differByGroup(uneven.test)).toBe(true)
    expect(describeGroupRates('race', uneven)).toBe(
      'race: differs, p < 0.001; most Asian 20.0% (15.9-24.9), least White 5.0% (3.1-8.1)',
    )
    const withFew = rateRaces(
      cell('Asian', 60, 300),
      cell('Black', 0, 100),
      cell('White', 9, 300),
      cell('Others', 5, 5),
    )
    expect(describeGroupRates('race', withFew)).toContain('least Black 0.0%')
    expect(describeGroupRates('race', withFew)).toContain('most Asian')
    const even = rateRaces(cell('Asian', 30, 300), cell('White', 31, 300))
    expect(describeGroupRates('race', even)).toBe('race: no more than chance gives, p = 0.893')
    expect(describeGroupRates('race', rateRaces(cell('Asian', 1, 300), cell('White', 1, 300)))).toBe(
      'race: too few to tell groups apart',
    )
  })
})
