import { describe, expect, it } from 'vitest'
import { countThreads } from '#engine/base/kernel/count-threads.ts'

describe('threads that may compute at once', () => {
  it('are as many as there are processors, or fewer where the environment says so', () => {
    expect(countThreads({}, 8)).toBe(8)
    expect(countThreads({ EVENHAND_THREADS: '' }, 8)).toBe(8)
    expect(countThreads({ EVENHAND_THREADS: '3' }, 8)).toBe(3)
    expect(countThreads({ EVENHAND_THREADS: '16' }, 8)).toBe(8)
  })

  it.each(['0', '-1', '1.5', 'many', 'NaN'])('are never %s', (asked) => {
    expect(() => countThreads({ EVENHAND_THREADS: asked }, 8)).toThrow(
      `EVENHAND_THREADS is "${asked}", but must be a whole number from 1.`,
    )
  })
})
