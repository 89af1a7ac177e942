import { describe, expect, it } from 'vitest'
import { decideTasks, type TaskQuestion } from '#engine/learning/purposes/domain/decide-tasks.ts'
import { purposeId } from '#shared/contract/purpose.contract.ts'
import { listGuardedHeads } from '#shared/domain/guarded-tasks.ts'
import { labelSchemes } from '#shared/domain/label-schemes.ts'

const purpose = {
  id: purposeId.parse(3),
  tasks: ['race' as const],
  who: 'Ann',
  what: 'Measuring bias',
  until: '2027-01-31',
}
const decide = (part: Partial<TaskQuestion> = {}) =>
  decideTasks({ heads: ['race', 'gender'], guarded: ['race'], purpose, today: '2027-01-31', ...part })

describe('what is answered under a purpose', () => {
  it('is its tasks, up to its last day', () => {
    expect(decide()).toEqual({ purpose, withheld: null })
  })

  it.each([
    ['no purpose was named', { purpose: null }],
    ['purpose 3 held until 2027-01-31', { today: '2027-02-01' }],
    ['purpose 3 was ended on 2027-01-02', { purpose: { ...purpose, endedAt: '2027-01-02T10:00:00.000Z' } }],
    ['purpose 3 is for gender alone', { purpose: { ...purpose, tasks: ['gender' as const] } }],
  ])('is nothing when %s', (reason, part) => {
    const decided = decide(part)
    expect(decided).toMatchObject({ purpose: null, withheld: { tasks: ['race'] } })
    expect(decided.withheld?.reason).toBe(
      `Race is left out: ${reason}. Record one in the project (evenhand purpose record --tasks race --who NAME --what TEXT --until DATE) and name its number with --purpose.`,
    )
  })

  it('leaves out each guarded task that the purpose does not name', () => {
    expect(decide({ guarded: ['race', 'gender'] })).toMatchObject({
      purpose,
      withheld: { tasks: ['gender'] },
    })
  })

  it('is everything where the model has no guarded head', () => {
    expect(decide({ heads: ['gender'], purpose: null })).toEqual({ purpose: null, withheld: null })
  })
})

it('the marks of the generated sample want no purpose, and the labels of people do', () => {
  expect(listGuardedHeads((task) => labelSchemes.sample[task])).toEqual([])
  expect(listGuardedHeads((task) => labelSchemes.utkface5[task])).toEqual(['race', 'gender'])
  expect(listGuardedHeads((task) => (task === 'race' ? labelSchemes.utkface5.race : null))).toEqual(['race'])
})
