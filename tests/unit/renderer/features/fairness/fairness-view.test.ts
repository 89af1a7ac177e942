import { describe, expect, it } from 'vitest'
import { evaluationId } from '#shared/contract/base.contract.ts'
import { keepShown } from '#renderer/features/fairness/fairness-view.ts'

describe('figures while others are fetched', () => {
  const shown = { evaluationId: evaluationId.parse(1), task: 'race' } as const

  it('stay for another metric or grouping of the same evaluation and task', () => {
    expect(keepShown(shown, { ...shown })).toBe(shown)
  })

  it('go where another evaluation or task is asked for', () => {
    expect(keepShown(shown, { ...shown, evaluationId: evaluationId.parse(2) })).toBeUndefined()
    expect(keepShown(shown, { ...shown, task: 'gender' })).toBeUndefined()
    expect(keepShown(undefined, shown)).toBeUndefined()
  })
})
