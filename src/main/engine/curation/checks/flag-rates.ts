import type { FlagRates } from '#shared/contract/check.contract.ts'
import { estimateProportion, type Estimate } from '#shared/domain/intervals.ts'
import { testGroups } from './test-groups.ts'

interface FlagCell {
  readonly race: string | null
  readonly gender: string | null
  readonly ageBin: string | null
  readonly flagged: number
  readonly n: number
}

interface GroupRate {
  readonly group: string | null
  readonly rate: Estimate
}

/** The share that is flagged in each group, with Wilson's interval; groups in the order of their labels, missing ones last. */
function rateGroups(cells: readonly FlagCell[], labelOf: (cell: FlagCell) => string | null): GroupRate[] {
  const groups = new Map<string | null, { flagged: number; n: number }>()
  for (const cell of cells) {
    const group = labelOf(cell)
    const sums = groups.get(group) ?? { flagged: 0, n: 0 }
    groups.set(group, { flagged: sums.flagged + cell.flagged, n: sums.n + cell.n })
  }
  return [...groups]
    .map(([group, { flagged, n }]) => ({ group, rate: estimateProportion(flagged, n) }))
    .sort((a, b) => compareGroups(a.group, b.group))
}

/** What a check flags of each group, and whether groups differ by more than chance. */
export function rateFlags(cells: readonly FlagCell[]): FlagRates {
  const sum = (key: 'flagged' | 'n'): number => cells.reduce((all, cell) => all + cell[key], 0)
  const race = rateGroups(cells, (cell) => cell.race)
  const gender = rateGroups(cells, (cell) => cell.gender)
  const age = rateGroups(cells, ({ ageBin }) => ageBin)
  return {
    n: sum('n'),
    flagged: sum('flagged'),
    race,
    gender,
    age,
    tests: { race: testGroups(race), gender: testGroups(gender), age: testGroups(age) },
  }
}

/** Age bins begin with their first year, so that they sort as numbers. */
function compareGroups(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  return a.localeCompare(b, 'en', { numeric: true })
}
